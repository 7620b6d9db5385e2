"""LiveKit's command line tool sends for agents. Runs where ROOMFUL_PEERS names the folder that `lk` is in."""

import re

from tests.lk import needs_lk, run_lk

from .agency import KEY, SECRET
from .conftest import Server

pytestmark = needs_lk


async def lk(server: Server, *arguments: str) -> str:
    return await run_lk(server.url, KEY, SECRET, *arguments)


async def test_dispatches_are_made_listed_and_deleted(server: Server) -> None:
    made = await lk(server, "dispatch", "create", "--room", "hall", "--agent-name", "greeter", "--metadata", "m")
    [dispatch] = set(re.findall(r"AD_\w+", made))
    listed = await lk(server, "dispatch", "list", "hall")
    assert dispatch in listed
    assert "greeter" in listed
    await lk(server, "dispatch", "delete", "hall", dispatch)
    assert dispatch not in await lk(server, "dispatch", "list", "hall")
