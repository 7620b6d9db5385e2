"""What is selected is in the files, the recording ends when it should, and the room does not mind."""

import json
import time

import pytest

from roomful.media.ports.frames import Codec
from roomful.media.ports.recorder import Grouping, Reason
from roomful.media.ports.recording import Ending, Everything, OneParticipant, Phase, Tracks
from roomful.rooms.model import SERVER, Encryption, LeaveReason, ParticipantKind, TrackKind, TrackSource
from roomful.rooms.permissions import Permission
from roomful.rooms.tracks import TrackSpec
from tests.unit.media.ports.recorder.footage import opus
from tests.unit.media.ports.recorder.watching import watch
from tests.unit.media.ports.recording.conftest import Studio
from tests.venue import until


async def test_one_track_is_recorded_until_it_is_unpublished(studio: Studio) -> None:
    alice = studio.join("alice")
    microphone = studio.publish(alice, Codec.OPUS)
    studio.publish(alice, Codec.VP8)
    recording = studio.record(Tracks(frozenset({microphone.sid})), grouping=Grouping.TRACK)
    await until(lambda: recording.phase is Phase.ACTIVE)
    assert studio.engine.tracks == {microphone.sid}
    studio.unpublish(microphone)
    await recording.finished(20)
    assert (recording.phase, recording.ending) == (Phase.COMPLETE, Ending.NOTHING_LEFT)
    (file,) = recording.status.files
    assert file.path.endswith(".ogg")
    assert watch(file.path).sound_seconds == pytest.approx(2, abs=0.1)
    assert studio.phases["EG_0"] == [Phase.STARTING, Phase.ACTIVE, Phase.ENDING, Phase.COMPLETE]


async def test_a_participant_is_recorded_with_what_it_publishes_later(studio: Studio) -> None:
    alice, bob = studio.join("alice"), studio.join("bob")
    microphone = studio.publish(alice, Codec.OPUS)
    studio.publish(bob, Codec.OPUS)
    recording = studio.record(OneParticipant("alice"))
    await until(lambda: recording.phase is Phase.ACTIVE)
    camera = studio.publish(alice, Codec.H264)
    studio.publish(alice, Codec.VP8, TrackSource.SCREEN_SHARE)
    assert studio.engine.tracks == {microphone.sid, camera.sid}
    studio.leave(alice)
    await recording.finished(20)
    assert (recording.phase, recording.ending) == (Phase.COMPLETE, Ending.NOTHING_LEFT)
    assert {sid for file in recording.status.files for sid in file.tracks} == {microphone.sid, camera.sid}
    assert studio.room.is_open


async def test_a_participant_that_connects_anew_goes_on_in_its_recording(studio: Studio) -> None:
    studio.publish(studio.join("alice"), Codec.OPUS)
    recording = studio.record(OneParticipant("alice"))
    await until(lambda: recording.phase is Phase.ACTIVE)
    microphone = studio.publish(studio.join("alice"), Codec.OPUS)
    assert recording.phase is Phase.ACTIVE
    assert studio.engine.tracks == {microphone.sid}


async def test_everything_is_what_participants_see_until_the_last_publisher_has_left(studio: Studio) -> None:
    alice, bob = studio.join("alice"), studio.join("bob")
    studio.join("audience", can_publish=False)
    spy = studio.join("spy", hidden=True)
    tracks = {studio.publish(alice, Codec.OPUS).sid, studio.publish(bob, Codec.VP8).sid}
    studio.publish(spy, Codec.OPUS)
    recording = studio.record(Everything())
    await until(lambda: recording.phase is Phase.ACTIVE)
    assert studio.engine.tracks == tracks
    studio.leave(alice)
    assert recording.phase is Phase.ACTIVE
    studio.leave(bob)
    await recording.finished(20)
    assert (recording.phase, recording.ending) == (Phase.COMPLETE, Ending.NOTHING_LEFT)
    assert len(recording.status.files) == 2


async def test_an_empty_room_costs_no_worker_and_the_first_track_starts_it(studio: Studio) -> None:
    recording = studio.record(Everything(until_empty=False))
    alice = studio.join("alice")
    studio.leave(alice)
    assert (recording.phase, recording.worker) == (Phase.WAITING, None)
    studio.publish(studio.join("alice"), Codec.OPUS)
    await until(lambda: recording.phase is Phase.ACTIVE)


async def test_the_room_closing_ends_it_with_whole_files(studio: Studio) -> None:
    studio.publish(studio.join("alice"), Codec.OPUS)
    recording = studio.record(Everything())
    await until(lambda: recording.phase is Phase.ACTIVE)
    studio.rooms.delete("standup", time.time())
    await recording.finished(20)
    assert (recording.phase, recording.ending) == (Phase.COMPLETE, Ending.ROOM_CLOSED)
    assert watch(recording.status.files[0].path).sound_seconds == pytest.approx(2, abs=0.1)


async def test_stopped_before_there_was_anything_it_is_aborted(studio: Studio) -> None:
    recording = studio.record(Everything())
    recording.stop()
    await recording.finished(5)
    assert (recording.phase, recording.ending) == (Phase.ABORTED, Ending.STOPPED)


async def test_stopped_while_the_worker_starts_it_is_aborted_and_leaves_no_file(studio: Studio) -> None:
    studio.publish(studio.join("alice"), Codec.OPUS)
    studio.stop_at = Phase.STARTING
    recording = studio.record(Everything())
    await recording.finished(20)
    assert recording.phase is Phase.ABORTED
    assert list(studio.folder.iterdir()) == []
    assert len(studio.room.participants) == 1


async def test_while_it_records_it_is_a_hidden_participant_and_the_room_counts_as_recorded(studio: Studio) -> None:
    alice = studio.join("alice")
    track = studio.publish(alice, Codec.OPUS)
    recording = studio.record(Everything())
    await until(lambda: recording.phase is Phase.ACTIVE)
    egress = studio.room.with_identity("EG_0")
    assert (egress.kind, egress.hidden, egress.permission.can_publish) == (ParticipantKind.EGRESS, True, False)
    assert studio.room.wishes.get(egress.sid, track.sid) is True
    assert studio.room.counts == (1, 1, True)
    assert studio.room.others(alice.sid) == []
    recording.stop()
    assert studio.room.counts == (1, 1, False)


async def test_who_removes_its_participant_ends_it(studio: Studio) -> None:
    studio.publish(studio.join("alice"), Codec.OPUS)
    recording = studio.record(Everything())
    await until(lambda: recording.phase is Phase.ACTIVE)
    sid = studio.room.with_identity("EG_0").sid
    studio.room.leave(sid, LeaveReason.PARTICIPANT_REMOVED, time.time())
    await recording.finished(20)
    assert (recording.phase, recording.ending) == (Phase.COMPLETE, Ending.REMOVED)


async def test_a_killed_worker_fails_its_recording_and_nothing_else(studio: Studio) -> None:
    alice = studio.join("alice")
    studio.publish(alice, Codec.OPUS)
    first, second = studio.record(Everything()), studio.record(Everything())
    await until(lambda: first.phase is second.phase is Phase.ACTIVE)
    assert first.worker is not None
    await first.worker.kill()
    await first.finished(20)
    assert (first.phase, first.ending, first.status.reason) == (Phase.FAILED, Ending.WORKER, Reason.KILLED)
    assert "SIGKILL" in first.error
    assert second.phase is Phase.ACTIVE
    assert studio.room.observers.failures == 0
    assert [one.identity for one in studio.room.participants.values()] == ["alice", "EG_1"]


async def test_a_full_disk_fails_it_with_a_reason(studio: Studio) -> None:
    studio.publish(studio.join("alice"), Codec.OPUS)
    recording = studio.record(Everything(), min_free_bytes=1 << 60)
    await recording.finished(20)
    assert (recording.phase, recording.ending) == (Phase.FAILED, Ending.WORKER)
    assert "are free in" in recording.error


async def test_encrypted_tracks_are_named_and_left_out(studio: Studio) -> None:
    alice = studio.join("alice")
    secret = studio.publish(alice, Codec.VP8, encryption=Encryption.GCM)
    recording = studio.record(Everything())
    assert (recording.phase, recording.unreadable) == (Phase.WAITING, {secret.sid})
    studio.publish(alice, Codec.OPUS)
    await until(lambda: recording.phase is Phase.ACTIVE)
    assert secret.sid not in studio.engine.tracks


async def test_a_worker_that_needs_a_keyframe_gets_it_from_the_publisher(studio: Studio) -> None:
    camera = studio.publish(studio.join("alice"), Codec.VP8)
    footage = studio.engine.footage
    studio.engine.footage = lambda number, codec, at=0.0: list(footage(number, codec, at))[1:]
    studio.record(Everything())
    await until(lambda: camera.sid in studio.engine.keyframes)


async def test_a_mute_does_not_end_it(studio: Studio) -> None:
    microphone = studio.publish(studio.join("alice"), Codec.OPUS)
    recording = studio.record(Tracks(frozenset({microphone.sid})))
    await until(lambda: recording.phase is Phase.ACTIVE)
    studio.room.mute(microphone.sid, True, SERVER, time.time())
    assert recording.phase is Phase.ACTIVE
    assert studio.engine.tracks == {microphone.sid}


async def test_a_pause_is_not_in_the_file(studio: Studio) -> None:
    alice = studio.join("alice")
    microphone = studio.publish(alice, Codec.OPUS)
    recording = studio.record(OneParticipant("alice"))
    await until(lambda: recording.phase is Phase.ACTIVE)
    (port,) = studio.engine.ports.values()
    number = port.numbers[microphone.sid]
    recording.pause(paused=True)
    port.put(*opus(number, 3, at=2))
    studio.engine.seconds = 5
    recording.pause(paused=False)
    port.put(*opus(number, 1, at=5))
    studio.leave(alice)
    await recording.finished(20)
    (file,) = recording.status.files
    assert watch(file.path).sound_seconds == pytest.approx(3, abs=0.1)


async def test_it_may_begin_with_a_pause(studio: Studio) -> None:
    alice = studio.join("alice")
    recording = studio.record(OneParticipant("alice"))
    recording.pause(paused=True)
    studio.engine.seconds = 0.5
    microphone = studio.publish(alice, Codec.OPUS)
    await until(lambda: recording.phase is Phase.ACTIVE)
    (port,) = studio.engine.ports.values()
    port.put(*opus(port.numbers[microphone.sid], 2, at=0.5))
    studio.leave(alice)
    await recording.finished(20)
    assert [watch(file.path).sound_seconds for file in recording.status.files] == pytest.approx([0.5], abs=0.1)


async def test_metadata_is_its_participants(studio: Studio) -> None:
    studio.publish(studio.join("alice"), Codec.OPUS)
    recording = studio.record(Everything())
    recording.set_metadata(json.dumps({"layout": "grid"}))
    await until(lambda: recording.phase is Phase.ACTIVE)
    egress = studio.room.with_identity("EG_0")
    assert egress.metadata == '{"layout": "grid"}'
    recording.set_metadata("{}")
    assert egress.metadata == "{}"


async def test_who_becomes_visible_is_recorded_and_who_vanishes_is_not_any_more(studio: Studio) -> None:
    alice, spy = studio.join("alice"), studio.join("spy", hidden=True)
    microphone, hidden = studio.publish(alice, Codec.OPUS), studio.publish(spy, Codec.OPUS)
    recording = studio.record(Everything())
    await until(lambda: recording.phase is Phase.ACTIVE)
    studio.room.update_participant(spy.sid, time.time(), permission=Permission())
    assert studio.engine.tracks == {microphone.sid, hidden.sid}
    studio.room.update_participant(spy.sid, time.time(), permission=Permission(hidden=True))
    assert studio.engine.tracks == {microphone.sid}


async def test_an_announced_track_is_waited_for(studio: Studio) -> None:
    alice = studio.join("alice")
    announced = [
        studio.room.publish(alice.sid, TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE), time.time())
        for _ in range(2)
    ]
    coming, withdrawn = (studio.record(Tracks(frozenset({track.sid}))) for track in announced)
    assert (coming.phase, withdrawn.phase) == (Phase.WAITING, Phase.WAITING)
    studio.room.bind(announced[0].sid, "audio/opus", "0", time.time())
    await until(lambda: coming.phase is Phase.ACTIVE)
    studio.unpublish(announced[1])
    await withdrawn.finished(5)
    assert (withdrawn.phase, withdrawn.ending) == (Phase.ABORTED, Ending.NOTHING_LEFT)
