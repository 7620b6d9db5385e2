"""The machine a result belongs to."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def describe() -> str:
    """Processor, cores, kernel and date, on one line."""
    cores = os.cpu_count()
    return ", ".join(
        [
            _processor(),
            "1 core" if cores == 1 else f"{cores} cores",
            f"{platform.system()} {platform.release()}",
            f"{datetime.now(UTC):%Y-%m-%d}",
        ]
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
