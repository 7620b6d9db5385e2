"""Clients that reach nothing but a TURN server: ours, or somebody else's."""

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.coturn import turn_server
from tests.running_server import free_port, loopback_config, running_server

from .meeting import Meeting, MeetingPlace
from .showing import BLUE, RED

SECRET = "shared-with-coturn"


async def _meet_through_relays(server: MeetingPlace, *, single: bool) -> None:
    """One client is relayed, the other is not; both see each other."""
    meeting = Meeting(server)
    try:
        alice = await meeting.join("alice")
        bob = await meeting.join("bob", single=single, relayed=True)
        await alice.publish_picture(BLUE)
        await bob.publish_picture(RED)
        await bob.sees("alice", BLUE)
        await alice.sees("bob", RED)
    finally:
        await meeting.close()


async def test_clients_are_relayed_by_the_server_itself(tmp_path: Path) -> None:
    turn = {"enabled": True, "udp_port": free_port(socket.SOCK_DGRAM)}
    async with running_server(tmp_path, loopback_config(turn=turn)) as server:
        for single in (False, True):
            await _meet_through_relays(server, single=single)


async def test_clients_are_relayed_by_coturn_with_credentials_made_for_them(tmp_path: Path) -> None:
    async with turn_server(tmp_path, SECRET) as port:
        config = loopback_config()
        rtc: Any = config["rtc"]
        entry = {"host": "127.0.0.1", "port": port, "protocol": "udp", "secret": SECRET}
        config["rtc"] = rtc | {"turn_servers": [entry]}
        async with running_server(tmp_path, config) as server:
            await _meet_through_relays(server, single=True)


async def test_a_server_without_the_certificate_that_is_configured_says_so_and_ends(tmp_path: Path) -> None:
    turn = {"enabled": True, "tls_port": 5349, "domain": "turn.example", "cert_file": "no.pem", "key_file": "no.key"}
    with pytest.raises(RuntimeError, match=r"no\.pem"):
        async with running_server(tmp_path, loopback_config(turn=turn)):
            pass
