"""A client whose network lets no UDP through is in the room by ICE-TCP, with nothing set on either side."""

import pytest

from . import Impairment, NetLab
from .room_server import RoomServer

NO_UDP = Impairment(blocks_udp=True)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("single_peer_connection", [False, True], ids=["two connections", "one connection"])
async def test_who_can_only_use_tcp_sees_and_hears_and_is_seen_and_heard(
    netlab: NetLab, room_server: RoomServer, single_peer_connection: bool
) -> None:
    netlab.host("alice").impair(up=NO_UDP, down=NO_UDP)
    async with (
        room_server.client("alice", tone=400, single_peer_connection=single_peer_connection) as alice,
        room_server.client("bob", tone=500) as bob,
    ):
        await alice.sees_and_hears("bob", within=20)
        await bob.sees_and_hears("alice", within=20)
        assert netlab.host("alice").counters().up.blocked > 0, "it would have taken UDP"
