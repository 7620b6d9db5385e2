"""A network that goes away without a word: who comes back is back, who doesn't is missed in time.

It goes away from two clients at once, one of each mode of LiveKit's signalling: alice has a single peer connection,
carol has two. Bob stays and sees it all.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from .remote_client import RtcClient
from .room_server import RoomServer
from .rtc_messages import (
    Disconnected,
    ParticipantJoined,
    ParticipantLeft,
    Reconnected,
    Reconnecting,
    TrackUnsubscribed,
)

pytestmark = pytest.mark.timeout(150)


@pytest.fixture
async def clients(room_server: RoomServer) -> AsyncIterator[tuple[RtcClient, RtcClient, RtcClient]]:
    """Alice, carol and bob, in a room, seeing and hearing each other."""
    async with (
        room_server.client("alice", tone=400, single_peer_connection=True) as alice,
        room_server.client("carol", tone=500, single_peer_connection=False) as carol,
        room_server.client("bob", tone=600) as bob,
    ):
        await alice.sees_and_hears("bob", "carol", within=20)
        await carol.sees_and_hears("bob", "alice", within=20)
        await bob.sees_and_hears("alice", "carol", within=20)
        yield alice, carol, bob


async def test_clients_resume_when_their_network_is_back_soon(clients: tuple[RtcClient, RtcClient, RtcClient]) -> None:
    alice, carol, bob = clients
    since = {client: client.mark() for client in clients}

    async def is_without_network_until_it_notices(client: RtcClient) -> None:
        client.host.cut()
        await client.wait_for(Reconnecting, within=30)  # 10 to 15 s without an answer to its pings
        client.host.restore()
        await client.wait_for(Reconnected, within=10)

    await asyncio.gather(is_without_network_until_it_notices(alice), is_without_network_until_it_notices(carol))
    await alice.sees_and_hears("bob", "carol", within=10, since=alice.mark())
    await carol.sees_and_hears("bob", "alice", within=10, since=carol.mark())
    await bob.sees_and_hears("alice", "carol", within=10, since=bob.mark())

    for client in clients:
        for gone in (Disconnected, ParticipantLeft, TrackUnsubscribed):
            assert client.said(gone, since[client]) == [], (
                f"{client.host.name} lost nobody and nothing: it was a resume"
            )


async def test_clients_come_back_after_twenty_seconds_without_network(
    clients: tuple[RtcClient, RtcClient, RtcClient],
) -> None:
    alice, carol, bob = clients
    for client in (alice, carol):
        client.host.cut()
    await bob.watch(20)
    for client in (alice, carol):
        client.host.restore()
    await asyncio.gather(*(client.wait_for(Reconnected, within=30) for client in (alice, carol)))
    await alice.sees_and_hears("bob", "carol", within=20, since=alice.mark())
    await carol.sees_and_hears("bob", "alice", within=20, since=carol.mark())
    await bob.sees_and_hears("alice", "carol", within=20, since=bob.mark())

    assert alice.said(Disconnected) == carol.said(Disconnected) == []
    departed = {left.sid for left in bob.said(ParticipantLeft)}
    present = [joined.identity for joined in bob.said(ParticipantJoined) if joined.sid not in departed]
    assert sorted(present) == ["alice", "carol"], "each is there once"
    assert bob.said(Reconnecting) == [], "bob's own connection had nothing to do with it"


async def test_killed_clients_are_missed_within_thirty_seconds(clients: tuple[RtcClient, RtcClient, RtcClient]) -> None:
    alice, carol, bob = clients
    joined = {message.identity: message.sid for message in bob.said(ParticipantJoined)}
    since = bob.mark()
    for client in (alice, carol):
        client.kill()
    for identity in ("alice", "carol"):
        # 10 s until ICE is disconnected, 5 s until it has failed, 5 s to resume, and some for looking and telling.
        left = await bob.wait_for(
            ParticipantLeft, lambda left, who=identity: left.identity == who, within=30, since=since
        )
        assert left.sid == joined[identity]
    assert len(bob.said(TrackUnsubscribed, since)) == 4, "two tones and two pictures"
