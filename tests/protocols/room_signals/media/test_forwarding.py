"""Which uplinks are offered as HLS, until when, and where. specs/room-signals.md §7.2."""

import time

import pytest

from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.signals import Category
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from tests.e2e.waiting import until
from tests.rtc import Tone, peers

from .conftest import Hall, Seat


class Streams:
    """Has place for one, and notes what is wanted of it."""

    def __init__(self) -> None:
        self.running: dict[str, tuple[str, str]] = {}
        """Sid of the participant → where it is found."""
        self.kinds: list[tuple[bool, bool]] = []

    def begin(
        self, place: tuple[str, str], room: Room, participant: Participant, *, screen: bool, audio_only: bool
    ) -> bool:
        if self.running and participant.sid not in self.running:
            return False
        self.running[participant.sid] = place
        self.kinds.append((screen, audio_only))
        return True

    def of(self, participant: str) -> object | None:
        return self.running.get(participant)

    def end(self, participant: str) -> None:
        self.running.pop(participant, None)


@pytest.fixture
def streams(hall: Hall) -> Streams:
    made = Streams()
    hall.forward(made, lambda session: f"https://example.com/{session.user_id}")
    return made


async def test_it_is_for_who_wants_it_and_a_restart_keeps_it(hall: Hall, streams: Streams) -> None:
    alice = hall.seat("alice")
    async with peers(3) as (first, second, third):
        for peer in (first, second, third):
            peer.send(Tone(440))
        assert (await alice.ask(await first.offer())).hls == ""
        assert (await alice.ask(await first.offer(), restarting=True, hls_forwarding=True)).hls == (
            "https://example.com/alice"
        )
        assert streams.running == {alice.participant.sid: ("alice", "hall")}
        assert (await alice.ask(await second.offer(), restarting=True)).hls, "another connection, the same stream"
        assert (await alice.ask(await third.offer())).hls == "", "one that begins anew wants it no more"
        assert streams.running == {}


async def test_where_there_is_no_place_the_flag_is_ignored(hall: Hall, streams: Streams) -> None:
    alice, bob = hall.seat("alice"), hall.seat("bob")
    async with peers(2) as (of_alice, of_bob):
        await alice.ask(await of_alice.send(Tone(440)).offer(), hls_forwarding=True)
        answer = await bob.ask(await of_bob.send(Tone(440)).offer(), hls_forwarding=True)
        assert (answer.sdp[:3], answer.hls) == ("v=0", "")


async def test_it_ends_with_the_uplink_the_session_or_a_join_anew(hall: Hall, streams: Streams) -> None:
    alice = hall.seat("alice")

    async def offer() -> None:
        async with peers(1) as (up,):
            await up.accept((await alice.ask(await up.send(Tone(440)).offer(), hls_forwarding=True)).sdp)
            await hall.until(lambda: alice.participant.is_publisher)
            assert streams.running

    await offer()
    await until(lambda: not streams.running, "the end of the uplink is noticed")
    await offer()
    hall.connections.restart(alice, time.time())  # type: ignore[arg-type]
    assert streams.running == {}
    await offer()
    hall.room.leave(alice.participant.sid, LeaveReason.CLIENT_INITIATED, time.time())
    assert streams.running == {}


async def test_a_shared_screen_is_the_screen(hall: Hall, streams: Streams) -> None:
    async with peers(1) as (up,):
        screen = hall.seat("alice-screen", Category.SCREENSHARE)
        await screen.ask(await up.send(Tone(440)).offer(), hls_forwarding=True)
    assert streams.kinds == [(True, False)]


@pytest.mark.parametrize("channel", [Channel.A2M])
async def test_rooms_for_sound_have_no_pictures_there_either(hall: Hall, streams: Streams) -> None:
    seat: Seat = hall.seat("alice")
    async with peers(1) as (up,):
        await seat.ask(await up.send(Tone(440)).offer(), hls_forwarding=True)
    assert streams.kinds == [(False, True)]
