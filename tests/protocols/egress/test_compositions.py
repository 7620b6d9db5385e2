"""LiveKit's Python server SDK composes rooms: into files, HLS, stills and RTMP."""

from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest
from livekit import api

from roomful.media.ports.frames import Codec
from tests.protocols.egress.conftest import Server
from tests.rtmp_receiver import KEY, RtmpReceiver
from tests.unit.media.ports.recorder.watching import watch
from tests.venue import until

Status = api.EgressStatus


def size_of(path: str) -> int:
    return Path(path).stat().st_size


def text_of(path: str) -> str:
    return Path(path).read_text()


def count(folder: Path, pattern: str) -> int:
    return len(list(folder.glob(pattern)))


@pytest.fixture
def server(server: Server) -> Server:
    """With cameras that run as long as they are published."""
    server.engine.live = True
    return server


def meet(server: Server) -> None:
    """Two people with camera and microphone."""
    for name, codec in (("alice", Codec.VP8), ("bob", Codec.H264)):
        someone = server.join(name)
        server.publish(someone, codec)
        server.publish(someone, Codec.OPUS)


async def stop(client: api.LiveKitAPI, server: Server, egress_id: str, seconds: float = 2.5) -> api.EgressInfo:
    """Stop it when so much has been composed."""
    running = server.egresses.running(egress_id, "stopped")
    await until(lambda: running.recording.status and running.recording.status.duration_ns > seconds * 1e9)
    await client.egress.stop_egress(api.StopEgressRequest(egress_id=egress_id))
    return await server.wait_for(egress_id, Status.EGRESS_COMPLETE)


async def test_a_room_composite_egress_is_an_mp4_file_of_the_room(livekit_api: api.LiveKitAPI, server: Server) -> None:
    meet(server)
    started = await livekit_api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name="standup",
            layout="grid",
            advanced=api.EncodingOptions(width=320, height=180, framerate=15),
            file_outputs=[api.EncodedFileOutput(filepath="{room_name}/all")],
        )
    )
    info = await stop(livekit_api, server, started.egress_id)
    assert info.file.filename == "standup/all.mp4"
    seen = watch(info.file.location)
    assert seen.sizes == [(320, 180)]
    assert seen.seconds > 2
    assert seen.beeps
    assert info.file.size == size_of(info.file.location)


async def test_a_room_composite_egress_of_sound_is_an_ogg_file(livekit_api: api.LiveKitAPI, server: Server) -> None:
    meet(server)
    started = await livekit_api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name="standup", audio_only=True, file=api.EncodedFileOutput(filepath="sound")
        )
    )
    info = await stop(livekit_api, server, started.egress_id)
    assert info.file.filename == "sound.ogg"
    seen = watch(info.file.location)
    assert (seen.pictures, bool(seen.beeps)) == ([], True)


async def test_hls_segments_and_stills_are_there_with_their_playlist(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    meet(server)
    started = await livekit_api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name="standup",
            advanced=api.EncodingOptions(width=320, height=180, framerate=15),
            segment_outputs=[
                api.SegmentedFileOutput(
                    filename_prefix="hls/part",
                    playlist_name="all.m3u8",
                    live_playlist_name="live.m3u8",
                    segment_duration=1,
                )
            ],
            image_outputs=[api.ImageOutput(capture_interval=1, filename_prefix="stills/still")],
        )
    )
    info = await stop(livekit_api, server, started.egress_id)
    [segments] = info.segment_results
    assert segments.playlist_location == str(server.folder / "hls/all.m3u8")
    assert segments.segment_count == count(server.folder, "hls/part_*.ts") >= 2
    assert "#EXT-X-ENDLIST" in text_of(segments.playlist_location)
    assert info.segments == segments
    assert watch(segments.playlist_location).seconds > 2
    [images] = info.image_results
    assert images.image_count == count(server.folder, "stills/still_*.jpeg") >= 2


async def test_a_participant_with_an_encoding_of_its_own_is_composed(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    meet(server)
    started = await livekit_api.egress.start_participant_egress(
        api.ParticipantEgressRequest(
            room_name="standup",
            identity="alice",
            advanced=api.EncodingOptions(width=160, height=120, framerate=15),
            file_outputs=[api.EncodedFileOutput(filepath="alice")],
        )
    )
    info = await stop(livekit_api, server, started.egress_id)
    assert info.file.filename == "alice.mp4"
    assert watch(info.file.location).sizes == [(160, 120)]


async def test_tracks_of_two_people_are_composed_into_one_file(livekit_api: api.LiveKitAPI, server: Server) -> None:
    camera = server.publish(server.join("alice"), Codec.VP8)
    microphone = server.publish(server.join("bob"), Codec.OPUS)
    started = await livekit_api.egress.start_track_composite_egress(
        api.TrackCompositeEgressRequest(
            room_name="standup",
            video_track_id=camera.sid,
            audio_track_id=microphone.sid,
            file_outputs=[api.EncodedFileOutput(filepath="both")],
        )
    )
    info = await stop(livekit_api, server, started.egress_id)
    seen = watch(info.file.location)
    assert seen.beeps
    # Her camera is red; what is beside it in the frame is not.
    assert any(red > green + 50 for _, (red, green, _) in seen.pictures)


async def test_the_layout_changes_by_request_and_by_metadata(livekit_api: api.LiveKitAPI, server: Server) -> None:
    meet(server)
    started = await livekit_api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name="standup",
            layout="grid",
            advanced=api.EncodingOptions(width=320, height=180, framerate=15),
            file_outputs=[api.EncodedFileOutput(filepath="x")],
        )
    )
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    running = server.egresses.running(started.egress_id, "updated")
    await livekit_api.egress.update_layout(api.UpdateLayoutRequest(egress_id=started.egress_id, layout="speaker"))
    assert server.room.with_identity(started.egress_id).metadata == '{"layout":"speaker"}'
    await until(lambda: running.recording.status.layout == "speaker")
    await livekit_api.room.update_participant(
        api.UpdateParticipantRequest(
            room="standup", identity=started.egress_id, metadata='{"layout":"single-speaker-light"}'
        )
    )
    await until(lambda: running.recording.status.layout == "single-speaker-light")


@pytest.fixture
async def receivers(tmp_path: Path) -> AsyncIterator[list[RtmpReceiver]]:
    async with (
        RtmpReceiver(tmp_path / "received1.flv") as first,
        RtmpReceiver(tmp_path / "received2.flv") as second,
    ):
        yield [first, second]


async def test_streams_are_pushed_over_rtmp_added_and_taken_away(
    livekit_api: api.LiveKitAPI, server: Server, receivers: list[RtmpReceiver]
) -> None:
    meet(server)
    first, second = receivers
    started = await livekit_api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name="standup",
            advanced=api.EncodingOptions(width=320, height=180, framerate=15, key_frame_interval=1),
            stream_outputs=[api.StreamOutput(protocol=api.StreamProtocol.RTMP, urls=[first.url])],
        )
    )
    assert list(started.room_composite.stream_outputs[0].urls) == [first.shown_url]
    running = server.egresses.running(started.egress_id, "updated")
    await until(lambda: [stream.status for stream in running.info.stream_results if stream.started_at])
    await livekit_api.egress.update_stream(
        api.UpdateStreamRequest(
            egress_id=started.egress_id, add_output_urls=[second.url], remove_output_urls=[first.shown_url]
        )
    )
    await until(lambda: len([one for one in running.info.stream_results if one.started_at]) == 2)
    info = await stop(livekit_api, server, started.egress_id, seconds=5)
    assert [one.url for one in info.stream_results] == [first.shown_url, second.shown_url]
    assert {one.status for one in info.stream_results} == {api.StreamInfo.Status.FINISHED}
    assert KEY not in str(server.events)
    for one in receivers:
        await one.ended()
        with av.open(str(one.path)) as received:
            assert {stream.type for stream in received.streams} == {"video", "audio"}
