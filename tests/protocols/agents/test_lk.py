"""LiveKit's command line tool sends for agents. Runs where ROOMFUL_PEERS names the folder that `lk` is in."""

import asyncio
import os
import re
from pathlib import Path

import pytest

from .agency import KEY, SECRET
from .conftest import Server

LK = Path(os.environ.get("ROOMFUL_PEERS", "/nowhere")) / "lk"

pytestmark = pytest.mark.skipif(not LK.exists(), reason="ROOMFUL_PEERS names no folder with lk")


async def lk(server: Server, *arguments: str) -> str:
    flags = ["--url", server.url, "--api-key", KEY, "--api-secret", SECRET]
    process = await asyncio.create_subprocess_exec(
        LK, *arguments, *flags, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(30):
        printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def test_dispatches_are_made_listed_and_deleted(server: Server) -> None:
    made = await lk(server, "dispatch", "create", "--room", "hall", "--agent-name", "greeter", "--metadata", "m")
    [dispatch] = set(re.findall(r"AD_\w+", made))
    listed = await lk(server, "dispatch", "list", "hall")
    assert dispatch in listed
    assert "greeter" in listed
    await lk(server, "dispatch", "delete", "hall", dispatch)
    assert dispatch not in await lk(server, "dispatch", "list", "hall")
