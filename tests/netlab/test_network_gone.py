"""A network that goes away without a word: who comes back is back, who doesn't is missed in time."""

import pytest

from . import NetLab
from .room_server import RoomServer
from .rtc_messages import (
    Disconnected,
    ParticipantJoined,
    ParticipantLeft,
    Reconnected,
    Reconnecting,
    TrackUnsubscribed,
)


@pytest.mark.timeout(120)
async def test_a_client_resumes_when_its_network_is_back_soon(netlab: NetLab, room_server: RoomServer) -> None:
    async with room_server.client("alice", tone=400) as alice, room_server.client("bob", tone=500) as bob:
        await alice.sees_and_hears("bob", within=20)
        await bob.sees_and_hears("alice", within=20)

        since = {alice: alice.mark(), bob: bob.mark()}
        netlab.host("alice").cut()
        await alice.wait_for(Reconnecting, within=30)  # it is the SDK that notices, after 10 to 15 s without a pong
        netlab.host("alice").restore()
        await alice.wait_for(Reconnected, within=10)
        await alice.sees_and_hears("bob", within=10, since=alice.mark())
        await bob.sees_and_hears("alice", within=10, since=bob.mark())

        for client in (alice, bob):
            for gone in (Disconnected, ParticipantLeft, TrackUnsubscribed):
                assert client.said(gone, since[client]) == [], (
                    f"{client.host.name} lost nobody and nothing: it was a resume"
                )


@pytest.mark.timeout(120)
async def test_a_client_comes_back_after_twenty_seconds_without_network(
    netlab: NetLab, room_server: RoomServer
) -> None:
    async with room_server.client("alice", tone=400) as alice, room_server.client("bob", tone=500) as bob:
        await alice.sees_and_hears("bob", within=20)
        await bob.sees_and_hears("alice", within=20)

        netlab.host("alice").cut()
        await bob.watch(20)
        netlab.host("alice").restore()
        await alice.wait_for(Reconnected, within=30)
        await alice.sees_and_hears("bob", within=15, since=alice.mark())
        await bob.sees_and_hears("alice", within=15, since=bob.mark())

        assert alice.said(Disconnected) == []
        departed = {left.sid for left in bob.said(ParticipantLeft)}
        present = [joined for joined in bob.said(ParticipantJoined) if joined.sid not in departed]
        assert [joined.identity for joined in present] == ["alice"], "she is there once"
        assert bob.said(Reconnecting) == [], "bob's own connection had nothing to do with it"


@pytest.mark.timeout(120)
async def test_a_killed_client_is_missed_within_thirty_seconds(room_server: RoomServer) -> None:
    async with room_server.client("alice", tone=400) as alice, room_server.client("bob", tone=500) as bob:
        await bob.sees_and_hears("alice", within=20)
        (joined,) = bob.said(ParticipantJoined)

        since = bob.mark()
        alice.kill()
        # 10 s until ICE is disconnected, 5 s until it has failed, 5 s to resume, and some for looking and telling.
        left = await bob.wait_for(ParticipantLeft, within=30)
        assert left.sid == joined.sid
        assert len(bob.said(TrackUnsubscribed, since)) == 2, "her tone and her picture"
