"""The terminal: what is said to people, and how mistakes are told."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class CommandError(Exception):
    """A command cannot do what it was asked. One line says why; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "", status: int = 1) -> None:
        super().__init__(message)
        self.hint = hint
        self.status = status


def tell_error(message: str, hint: str = "") -> None:
    """One line in red, and the advice below it."""
    err.print(Text.assemble(("✗ ", "bold red"), (message, "bold")), soft_wrap=True)
    for line in hint.splitlines():
        err.print(Text(f"  {line}", style="dim"), soft_wrap=True)


def print_json(value: Any) -> None:
    """For programs: JSON on stdout, plain when it is a pipe."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if sys.stdout.isatty():
        out.print_json(text)
    else:
        sys.stdout.write(text + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> None:
    """For people: a table, or one sentence when there is nothing in it.

    Cells are `Text`, never markup: names come from strangers.
    """
    if not rows:
        out.print(nothing, style="dim")
        return
    table = Table(box=None, header_style="bold cyan", pad_edge=False)
    for column in columns:
        numeric = all(row[len(table.columns)].isdigit() for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_printable(cell)) for cell in row))
    out.print(table)


def done(message: str) -> None:
    """A command that changes something says what it did."""
    out.print(Text.assemble(("✓ ", "bold green"), _printable(message)), soft_wrap=True)


def _printable(text: str) -> str:
    """Control characters could move the cursor or change the terminal: they are shown as `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
