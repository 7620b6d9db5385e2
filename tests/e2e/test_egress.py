"""What real clients publish is in the files, the segments and the stream."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from livekit import api

from tests.rtmp_receiver import RtmpReceiver
from tests.running_server import RunningServer, loopback_config, running_server
from tests.unit.media.ports.recorder.storage_server import Storage, serve
from tests.unit.media.ports.recorder.watching import Seen, watch

from .meeting import Meeting
from .showing import BLUE, GREEN
from .waiting import WITHIN, until

Status = api.EgressStatus
SMALL = api.EncodingOptions(width=320, height=180, framerate=15, key_frame_interval=1)
"""An encoding that leaves some of this machine to the clients."""


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serve() as running:
        yield running


async def ended(meeting: Meeting, egress_id: str, within: float = 2 * WITHIN) -> api.EgressInfo:
    """Wait for the end of an egress."""
    return await reached(meeting, egress_id, lambda info: info.status >= Status.EGRESS_COMPLETE, within)


async def active(meeting: Meeting, egress_id: str) -> api.EgressInfo:
    """Wait until it records. Raises AssertionError if it ends instead."""
    info = await reached(meeting, egress_id, lambda info: info.status != Status.EGRESS_STARTING)
    assert info.status == Status.EGRESS_ACTIVE, info.error
    return info


async def reached(
    meeting: Meeting, egress_id: str, wanted: Callable[[api.EgressInfo], bool], within: float = 2 * WITHIN
) -> api.EgressInfo:
    async with asyncio.timeout(within):
        while True:
            answer = await meeting.api.egress.list_egress(api.ListEgressRequest(egress_id=egress_id))
            if answer.items and wanted(answer.items[0]):
                return answer.items[0]
            await asyncio.sleep(0.1)


async def record(seconds: float = 4.0) -> None:
    """Let so much of the meeting pass: a recording has no other measure of its length."""
    await asyncio.sleep(seconds)


async def stop(meeting: Meeting, egress_id: str) -> api.EgressInfo:
    """Stop it, and wait until it is complete."""
    await meeting.api.egress.stop_egress(api.StopEgressRequest(egress_id=egress_id))
    info = await ended(meeting, egress_id)
    assert info.status == Status.EGRESS_COMPLETE, info.error
    return info


def pitch(seen: Seen) -> int:
    """Hz of what is strongest in the middle second."""
    middle = len(seen.sound) // 2
    piece = seen.sound[middle - seen.rate // 2 : middle + seen.rate // 2]
    spectrum = np.abs(np.fft.rfft(piece))
    return round(float(np.argmax(spectrum)) * seen.rate / len(piece))


def is_blue(seen: Seen) -> bool:
    """Whether the pictures of the middle are more blue than anything else; a white bar wanders over them."""
    red, green, blue = seen.pictures[len(seen.pictures) // 2][1]
    return blue > red + 40 and blue > green + 40


async def test_a_track_egress_of_a_microphone_is_what_was_said(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    microphone = await alice.publish_tone(450)
    started = await meeting.api.egress.start_track_egress(
        api.TrackEgressRequest(
            room_name=meeting.name, track_id=microphone.sid, file=api.DirectFileOutput(filepath="{track_id}")
        )
    )
    await active(meeting, started.egress_id)
    await record()
    await alice.me.unpublish_track(microphone.sid)
    info = await ended(meeting, started.egress_id)
    assert (info.status, info.error) == (Status.EGRESS_COMPLETE, "")
    assert info.file.filename == f"{microphone.sid}.ogg"
    seen = watch(info.file.location)
    assert seen.sound_seconds > 3
    assert pitch(seen) == pytest.approx(450, abs=10)


async def test_a_participant_egress_has_picture_and_sound(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    await alice.publish_tone(700)
    await alice.publish_picture(BLUE)
    started = await meeting.api.egress.start_participant_egress(
        api.ParticipantEgressRequest(
            room_name=meeting.name,
            identity="alice",
            file_outputs=[api.EncodedFileOutput(filepath="{room_id}-{publisher_identity}")],
        )
    )
    await active(meeting, started.egress_id)
    [room] = (await meeting.api.room.list_rooms(api.ListRoomsRequest(names=[meeting.name]))).rooms
    assert room.active_recording
    await record()
    await alice.leave()
    info = await ended(meeting, started.egress_id)
    assert (info.status, info.error) == (Status.EGRESS_COMPLETE, "")
    seen = watch(info.file.location)
    assert pitch(seen) == pytest.approx(700, abs=10)
    assert is_blue(seen)
    assert seen.seconds > 3


async def test_a_participant_that_nobody_else_watches_is_still_recorded(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_picture(BLUE, simulcast=True, size=(640, 360))
    await bob.sees("alice", BLUE)
    started = await meeting.api.egress.start_participant_egress(
        api.ParticipantEgressRequest(
            room_name=meeting.name, identity="alice", file_outputs=[api.EncodedFileOutput(filepath="{room_id}")]
        )
    )
    await active(meeting, started.egress_id)
    await bob.leave()
    await record(8)  # longer than it takes until publishers hear that nobody watches
    info = await stop(meeting, started.egress_id)
    assert watch(info.file.location).pictures[-1][0] > 7


async def test_a_room_composite_egress_is_an_mp4_of_everybody(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone(450)
    await alice.publish_picture(BLUE)
    await bob.publish_picture(GREEN)
    started = await meeting.api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name=meeting.name,
            layout="grid",
            advanced=SMALL,
            file_outputs=[api.EncodedFileOutput(filepath="{room_id}/all.mp4")],
        )
    )
    await active(meeting, started.egress_id)
    await record()
    info = await stop(meeting, started.egress_id)
    assert info.file.filename.endswith("/all.mp4")
    seen = watch(info.file.location)
    assert seen.sizes == [(320, 180)]
    assert pitch(seen) == pytest.approx(450, abs=10)


async def test_hls_segments_play_in_order(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    await alice.publish_tone(450)
    await alice.publish_picture(BLUE)
    started = await meeting.api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name=meeting.name,
            advanced=SMALL,
            segment_outputs=[api.SegmentedFileOutput(filename_prefix="{room_id}/hls", segment_duration=1)],
        )
    )
    await active(meeting, started.egress_id)
    await record()
    info = await stop(meeting, started.egress_id)
    [segments] = info.segment_results
    assert segments.segment_count >= 3
    assert watch(segments.playlist_location).seconds > 3


async def test_a_room_is_streamed_to_a_local_rtmp_server(meeting: Meeting, tmp_path: Path) -> None:
    alice = await meeting.join("alice")
    await alice.publish_tone(450)
    await alice.publish_picture(BLUE)
    async with RtmpReceiver(tmp_path / "received.flv") as receiver:
        started = await meeting.api.egress.start_room_composite_egress(
            api.RoomCompositeEgressRequest(
                room_name=meeting.name,
                advanced=SMALL,
                stream_outputs=[api.StreamOutput(protocol=api.StreamProtocol.RTMP, urls=[receiver.url])],
            )
        )
        await reached(meeting, started.egress_id, lambda info: any(stream.started_at for stream in info.stream_results))
        await record()
        await stop(meeting, started.egress_id)
        await receiver.ended()
    with av.open(str(receiver.path)) as received:
        assert {stream.type for stream in received.streams} == {"video", "audio"}


async def test_a_room_that_brings_its_egress_records_every_track(meeting: Meeting) -> None:
    await meeting.api.room.create_room(
        api.CreateRoomRequest(
            name=meeting.name, egress=api.RoomEgress(tracks=api.AutoTrackEgress(filepath="{room_id}/{track_id}"))
        )
    )
    alice = await meeting.join("alice")
    microphone = await alice.publish_tone(450)
    camera = await alice.publish_picture(BLUE)
    bob = await meeting.join("bob")
    await bob.sees("alice", BLUE)
    await bob.hears("alice")
    answer = await meeting.api.egress.list_egress(api.ListEgressRequest(room_name=meeting.name))
    assert {info.track.track_id for info in answer.items} == {microphone.sid, camera.sid}
    for info in answer.items:
        await active(meeting, info.egress_id)
    await record()
    await alice.leave()
    done = [await ended(meeting, info.egress_id) for info in answer.items]
    assert [info.status for info in done] == [Status.EGRESS_COMPLETE] * 2
    assert all(watch(info.file.location).seconds > 3 for info in done)


async def test_a_server_that_dies_leaves_a_playable_file_and_says_so_when_it_is_back(tmp_path: Path) -> None:
    config = loopback_config()
    async with running_server(tmp_path, config) as server:
        started = await _record_until_killed(server)
    async with running_server(tmp_path, config) as server:
        meeting = Meeting(server)
        info = await ended(meeting, started)
        assert (info.status, info.error) == (Status.EGRESS_FAILED, "server restarted")
        assert info.file.location in info.details
        assert watch(info.file.location).seconds > 2
        await meeting.close()


@pytest.mark.timeout(300)  # it starts two servers
@pytest.mark.parametrize("composed", [False, True], ids=["track", "composed"])
async def test_a_recording_is_whole_and_uploaded_though_the_server_is_stopped_first(
    tmp_path: Path, storage: Storage, composed: bool
) -> None:
    config = loopback_config()
    async with running_server(tmp_path, config) as server:
        meeting = Meeting(server)
        alice = await meeting.join("alice")
        microphone = await alice.publish_tone(450)
        s3 = api.S3Upload(access_key="key", secret="secret", region="x", endpoint=storage.url, bucket="films")
        if composed:
            file = api.EncodedFileOutput(filepath="film", s3=s3)
            started = await meeting.api.egress.start_room_composite_egress(
                api.RoomCompositeEgressRequest(room_name=meeting.name, audio_only=True, file_outputs=[file])
            )
        else:
            output = api.DirectFileOutput(filepath="film", s3=s3)
            started = await meeting.api.egress.start_track_egress(
                api.TrackEgressRequest(room_name=meeting.name, track_id=microphone.sid, file=output)
            )
        await reached(meeting, started.egress_id, lambda info: bool(info.file_results))
        await record()
        storage.failing = 1_000_000
        await server.stop()
        await meeting.close()
        # Nothing was stored while there was a server.
        assert not storage.objects
        storage.failing = 0
        in_storage = await until(lambda: storage.objects.get("/films/film.ogg"), "the upload")
    film = tmp_path / "film.ogg"
    film.write_bytes(in_storage)
    assert watch(film).sound_seconds > 3
    async with running_server(tmp_path, config) as server:
        meeting = Meeting(server)
        info = await ended(meeting, started.egress_id)
        assert (info.status, info.error) == (Status.EGRESS_FAILED, "server restarted")
        assert info.file.location == "s3://films/film.ogg"
        assert "Playable up to about the restart: s3://films/film.ogg." in info.details
        await meeting.close()


async def _record_until_killed(server: RunningServer) -> str:
    meeting = Meeting(server)
    alice = await meeting.join("alice")
    microphone = await alice.publish_tone(450)
    started = await meeting.api.egress.start_track_egress(
        api.TrackEgressRequest(room_name=meeting.name, track_id=microphone.sid, file=api.DirectFileOutput())
    )
    await reached(meeting, started.egress_id, lambda info: bool(info.file_results))
    await record()
    await server.kill()
    await meeting.close()
    return started.egress_id
