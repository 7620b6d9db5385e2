"""What is said in a room becomes its events, for those who may hear it; whatever goes wrong, the room goes on."""

import os
import signal
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from roomful.media.ports.frames import Codec, Frame
from roomful.media.ports.transcriber import TranscriptionPlan
from roomful.media.ports.transcription import TooManyTranscriptions, Transcriptions, TranscriptionSettings
from roomful.rooms.events import RoomEvent, Transcribed, TranscriptionChanged
from roomful.rooms.model import SERVER, Encryption, LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.subscriptions import SubscriptionPermission, TrackGrant
from roomful.rooms.transcripts import TranscriptSegment
from tests.asr_server import AsrServer
from tests.frames_engine import FramesEngine
from tests.unit.media.ports.transcriber.calls import call
from tests.venue import Venue, until


class Talk(FramesEngine):
    """Everybody presses one key after the other."""

    def footage(self, number: int, codec: Codec, at: float = 0.0) -> Iterable[Frame]:
        return call(number, "123", at=at) if codec.is_audio else super().footage(number, codec, at)


class Office(Venue):
    """A venue, and transcriptions of it."""

    def __init__(self, plan: TranscriptionPlan, **settings: Any) -> None:
        super().__init__()
        self.engine = Talk()
        self.transcriptions = Transcriptions(self.engine, TranscriptionSettings(plan=plan, **settings))
        self.events: list[RoomEvent] = []
        self.rooms.on_opened += [lambda room: room.observers.add(self.events.append), self.transcriptions.on_opened]

    @property
    def segments(self) -> list[TranscriptSegment]:
        return [event.segment for event in self.events if isinstance(event, Transcribed)]

    @property
    def state(self) -> str:
        info = self.transcriptions.info("standup")
        return info.state if info is not None else "none"

    def pid(self) -> int:
        """Of the worker."""
        (run,) = self.transcriptions._running.values()
        worker: Any = run._current._recording.worker
        return worker.pid

    def told(self) -> list[tuple[bool, str]]:
        """How the transcription is going, as the room was told."""
        changes = [event.transcription for event in self.events if isinstance(event, TranscriptionChanged)]
        return [(one.running, one.trouble) for one in changes]


@pytest.fixture
async def office(asr: AsrServer) -> AsyncIterator[Office]:
    plan = TranscriptionPlan(room="", url=asr.url, first_wait_seconds=0.05, timeout_seconds=3.0, attempts=2)
    place = Office(plan, max_active=1)
    yield place
    await place.transcriptions.close(10.0)


async def test_what_everybody_says_is_told_with_who_said_it(office: Office) -> None:
    alice, bob = office.join("alice"), office.join("bob")
    office.transcriptions.start(office.room)
    one, two = office.publish(alice, Codec.OPUS), office.publish(bob, Codec.OPUS)
    office.publish(bob, Codec.VP8)
    await until(lambda: len(office.segments) == 2)
    assert {(s.identity, s.speaker, s.track, s.text) for s in office.segments} == {
        ("alice", alice.sid, one.sid, "1 2 3"),
        ("bob", bob.sid, two.sid, "1 2 3"),
    }
    assert all(segment.start < segment.end and segment.hearers is None for segment in office.segments)
    assert office.told() == [(True, "")]
    assert office.room.counts.active_recording is False
    assert office.room.counts.num_participants == 2


async def test_stopped_it_ends_and_can_be_started_again(office: Office) -> None:
    office.publish(office.join("alice"), Codec.OPUS)
    office.transcriptions.start(office.room)
    await until(lambda: office.state == "active")
    office.transcriptions.stop(office.room)
    await until(lambda: office.state == "complete")
    assert office.told() == [(True, ""), (False, "")]
    assert office.segments  # what was said before the end
    assert office.transcriptions.stop(office.room) is None
    office.transcriptions.start(office.room)
    await until(lambda: office.state == "active")


async def test_an_empty_room_has_no_worker(office: Office) -> None:
    office.transcriptions.start(office.room)
    assert office.state == "waiting"
    office.transcriptions.stop(office.room)
    await until(lambda: office.state == "aborted")


async def test_there_are_no_more_than_allowed(office: Office) -> None:
    office.transcriptions.start(office.room)
    office.transcriptions.start(office.room)
    other = office.rooms.create("other", RoomOptions(), time.time())
    with pytest.raises(TooManyTranscriptions, match="at most 1"):
        office.transcriptions.start(other)


async def test_all_rooms_are_transcribed_if_that_is_configured(asr: AsrServer) -> None:
    place = Office(TranscriptionPlan(room="", url=asr.url), all_rooms=True)
    place.publish(place.join("alice"), Codec.OPUS)
    await until(lambda: place.segments)
    place.rooms.close_all(LeaveReason.ROOM_DELETED, time.time())
    await until(lambda: place.state == "complete")
    await place.transcriptions.close(10.0)


async def test_who_may_not_hear_may_not_read(office: Office) -> None:
    alice, bob, deaf = office.join("alice"), office.join("bob"), office.join("deaf", can_subscribe=False)
    office.join("mallory")
    only_bob = SubscriptionPermission(all_participants=False, grants=(TrackGrant(identity="bob", all_tracks=True),))
    office.room.set_subscription_permission(alice.sid, only_bob, time.time())
    office.transcriptions.start(office.room)
    office.publish(alice, Codec.OPUS)
    await until(lambda: office.segments)
    (segment,) = office.segments
    assert segment.hearers is not None
    assert segment.hearers == {alice.sid, bob.sid}
    assert not segment.is_for(deaf.sid)


async def test_what_was_private_stays_so_when_the_speaker_has_left(office: Office, asr: AsrServer) -> None:
    alice, bob = office.join("alice"), office.join("bob")
    office.join("mallory")
    office.transcriptions.start(office.room)
    await until(lambda: office.state == "active")
    only_bob = SubscriptionPermission(all_participants=False, grants=(TrackGrant(identity="bob", all_tracks=True),))
    office.room.set_subscription_permission(alice.sid, only_bob, time.time())
    asr.faults = [500]
    office.publish(alice, Codec.OPUS)
    office.leave(alice)
    await until(lambda: office.segments)
    assert office.segments[0].hearers == {bob.sid}


async def test_a_recognizer_that_fails_is_told_until_it_works_again(office: Office, asr: AsrServer) -> None:
    asr.faults = [503, 503]
    alice, bob = office.join("alice"), office.join("bob")
    office.transcriptions.start(office.room)
    await until(lambda: office.state == "active")
    office.publish(alice, Codec.OPUS)
    await until(lambda: office.told()[-1] == (True, "status 503: not today"))
    info = office.transcriptions.info("standup")
    assert info is not None
    assert (info.service, info.state) == ("failing", "active")
    await until(lambda: (info := office.transcriptions.info("standup")) is not None and info.lost == 1)
    office.publish(bob, Codec.OPUS)
    await until(lambda: office.told()[-1] == (True, ""))
    assert [segment.identity for segment in office.segments] == ["bob"]
    assert office.room.is_open


async def test_a_worker_that_is_killed_is_replaced(office: Office) -> None:
    office.join("alice")
    office.transcriptions.start(office.room)
    await until(lambda: office.state == "active")
    os.kill(office.pid(), signal.SIGKILL)
    await until(lambda: (False, "the transcriber was killed by SIGKILL") in office.told())
    await until(lambda: office.state == "active")
    assert office.told()[-1] == (True, "")
    counted = office.transcriptions
    assert (counted.active, counted.started, counted.failed) == (1, 1, 1)
    office.publish(office.join("bob"), Codec.OPUS)
    await until(lambda: [segment.identity for segment in office.segments] == ["bob"])


async def test_who_removes_its_participant_ends_it(office: Office) -> None:
    office.join("alice")
    office.transcriptions.start(office.room)
    await until(lambda: office.state == "active")
    (agent,) = [one for one in office.room.participants.values() if one.is_agent]
    assert agent.hidden
    office.room.leave(agent.sid, LeaveReason.PARTICIPANT_REMOVED, time.time())
    await until(lambda: office.state == "complete")
    assert office.room.is_open


async def test_encrypted_tracks_are_left_out_and_named(office: Office) -> None:
    alice = office.join("alice")
    office.transcriptions.start(office.room)
    await until(lambda: office.state == "active")
    secret = office.publish(alice, Codec.OPUS, encryption=Encryption.GCM)
    info = office.transcriptions.info("standup")
    assert info is not None
    assert info.unreadable == [secret.sid]
    assert office.engine.tracks == set()


async def test_a_muted_microphone_is_no_end(office: Office) -> None:
    alice = office.join("alice")
    office.transcriptions.start(office.room)
    track = office.publish(alice, Codec.OPUS)
    await until(lambda: office.segments)
    office.room.mute(track.sid, True, SERVER, time.time())
    assert office.state == "active"
