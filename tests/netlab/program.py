"""How programs of this package are run: by `python -m`, with the package found where it was found here."""

import os
import sys
from pathlib import Path

_PACKAGE = str(__package__)
_ROOT = Path(__file__).resolve().parents[_PACKAGE.count(".") + 1]


def command(module: str, *arguments: str) -> list[str]:
    """The command line of a module of this package."""
    return [sys.executable, "-m", f"{_PACKAGE}.{module}", *arguments]


def environment() -> dict[str, str]:
    """The environment it needs: ours, with the folder of this package first where modules are looked for."""
    inherited = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{_ROOT}{os.pathsep}{inherited}" if inherited else str(_ROOT)}
