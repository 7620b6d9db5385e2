"""A good call between two, to be held while somebody else misbehaves on the same server."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit import rtc
from livekit.rtc.room import EventTypes

from .client import Client
from .meeting import Meeting, MeetingPlace
from .watching import largest_gap

LONGEST_SILENCE = 5.0
"""Seconds that one may hear nothing of the other: the tests' own work in the same process costs some of it."""
DISTURBANCES: tuple[EventTypes, ...] = (
    "reconnecting",
    "disconnected",
    "participant_disconnected",
    "track_unpublished",
    "track_unsubscribed",
)


class SteadyCall:
    """Alice and Bob, in a room of their own, see and hear each other. Made by `steady_call`."""

    def __init__(self, alice: Client, bob: Client) -> None:
        self.pairs = ((alice, bob), (bob, alice))

    @asynccontextmanager
    async def undisturbed(self) -> AsyncIterator[None]:
        """Asserts that whatever goes on meanwhile costs the two nothing: no interruption, no packet."""
        marks = {client.identity: client.mark() for client, _ in self.pairs}
        lost = await self._packets_lost()
        start = time.monotonic()
        yield
        for client, other in self.pairs:
            await client.hears(other.identity)
            await client.sees(other.identity)
        end = time.monotonic()
        for client, other in self.pairs:
            for event in DISTURBANCES:
                assert client.told(event, since=marks[client.identity]) == [], f"{client.identity} noticed"
            silence = largest_gap(client.sound(other.identity).heard_at, start, end)
            assert silence < LONGEST_SILENCE, f"{client.identity} heard nothing for {silence} s"
        assert await self._packets_lost() == lost

    async def _packets_lost(self) -> int:
        lost = 0
        for client, _ in self.pairs:
            stats = await client.room.get_rtc_stats()
            lost += sum(_lost(one) for one in (*stats.publisher_stats, *stats.subscriber_stats))
        return lost


@asynccontextmanager
async def steady_call(place: MeetingPlace) -> AsyncIterator[SteadyCall]:
    """The call, once it is up; one of the two has one peer connection, the other has two."""
    meeting = Meeting(place)
    try:
        alice, bob = await meeting.meet("alice", "bob")
        for client in (alice, bob):
            await client.publish_tone()
            await client.publish_picture()
        call = SteadyCall(alice, bob)
        async with call.undisturbed():
            pass
        yield call
    finally:
        await meeting.close()


def _lost(stats: rtc.stats.RtcStats) -> int:
    return stats.inbound_rtp.received.packets_lost if stats.HasField("inbound_rtp") else 0
