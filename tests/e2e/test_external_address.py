"""Behind NAT: the server asks a STUN server where it is, and tells its clients."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.coturn import stun_server
from tests.running_server import loopback_config, running_server

from .meeting import Meeting
from .showing import BLUE


def discovering(*stun_servers: str) -> dict[str, object]:
    """A configuration that offers clients nothing but the address that is discovered."""
    config = loopback_config()
    rtc: Any = config["rtc"]
    return config | {"rtc": rtc | {"node_ip": "192.0.2.7", "use_external_ip": True, "stun_servers": [*stun_servers]}}


async def test_clients_meet_at_the_discovered_address(tmp_path: Path) -> None:
    async with stun_server(tmp_path) as stun, running_server(tmp_path, discovering(stun)) as server:
        meeting = Meeting(server)
        try:
            alice, bob = await meeting.meet("alice", "bob")
            await alice.publish_picture(BLUE)
            await bob.sees("alice", BLUE)
        finally:
            await meeting.close()


async def test_a_server_that_finds_no_address_says_so_and_ends(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(RuntimeError, match=r"rtc\.use_external_ip"):
            async with (
                asyncio.timeout(60),
                running_server(tmp_path, discovering(f"127.0.0.1:{silent.getsockname()[1]}")),
            ):
                pass
