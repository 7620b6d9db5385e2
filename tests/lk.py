"""LiveKit's command line tool, where ROOMFUL_PEERS names the folder that it is in."""

import asyncio
import os
from pathlib import Path

import pytest

LK = Path(os.environ.get("ROOMFUL_PEERS", "/nowhere")) / "lk"
WITHIN = 30
"""Seconds for one command."""

needs_lk = pytest.mark.skipif(not LK.exists(), reason="ROOMFUL_PEERS names no folder with lk")


async def run_lk(url: str, key: str, secret: str, *arguments: str) -> str:
    """What a command prints. Fails with that when the command does, and raises TimeoutError."""
    flags = ["--url", url, "--api-key", key, "--api-secret", secret]
    process = await asyncio.create_subprocess_exec(
        LK, *arguments, *flags, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(WITHIN):
        printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()
