"""LiveKit's Python server SDK records tracks and participants, and the files are what was sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from livekit import api

from roomful.media.ports.frames import Codec
from roomful.rooms.model import Encryption, TrackSource
from tests.protocols.egress.conftest import Server
from tests.unit.media.ports.recorder.footage import SECOND, START
from tests.unit.media.ports.recorder.watching import watch

Status = api.EgressStatus


def size_of(path: str) -> int:
    return Path(path).stat().st_size


def read_json(path: str) -> dict[str, Any]:
    return json.loads(Path(path).read_text())


async def test_a_track_egress_of_a_microphone_is_an_ogg_file(livekit_api: api.LiveKitAPI, server: Server) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(
            room_name="standup",
            track_id=microphone.sid,
            file=api.DirectFileOutput(filepath="{room_name}/{publisher_identity}-{track_type}"),
        )
    )
    assert started.egress_id.startswith("EG_")
    assert (started.status, started.room_name) == (Status.EGRESS_STARTING, "standup")
    assert started.track.track_id == microphone.sid
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    stopped = await livekit_api.egress.stop_egress(api.StopEgressRequest(egress_id=started.egress_id))
    assert stopped.status == Status.EGRESS_ENDING
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    [file] = info.file_results
    assert file.filename == "standup/alice-audio.ogg"
    assert file.location == str(server.folder / "standup/alice-audio.ogg")
    assert (file.size, file.started_at) == (size_of(file.location), START)
    assert file.duration == pytest.approx(2 * SECOND, abs=0.1 * SECOND)
    assert info.file == file
    assert info.ended_at > info.started_at > 0
    assert watch(file.location).sound_seconds == pytest.approx(2, abs=0.1)
    told = server.told(started.egress_id)
    assert list(dict.fromkeys(told)) == [
        "egress_started EGRESS_STARTING",
        "egress_updated EGRESS_ACTIVE",
        "egress_updated EGRESS_ENDING",
        "egress_ended EGRESS_COMPLETE",
    ]
    assert told.count("egress_ended EGRESS_COMPLETE") == 1


@pytest.mark.parametrize(("codec", "extension"), [(Codec.VP8, ".webm"), (Codec.H264, ".mp4")])
async def test_a_track_egress_of_a_camera_ends_with_the_track(
    livekit_api: api.LiveKitAPI, server: Server, codec: Codec, extension: str
) -> None:
    camera = server.publish(server.join("alice"), codec)
    started = await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(room_name="standup", track_id=camera.sid, file=api.DirectFileOutput())
    )
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    server.unpublish(camera)
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    assert info.file.location.endswith(extension)
    assert camera.sid in info.file.filename
    assert len(watch(info.file.location).pictures) == 50


async def test_a_participant_egress_has_picture_and_sound_in_one_file_until_she_leaves(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    alice = server.join("alice")
    server.publish(alice, Codec.H264)
    server.publish(alice, Codec.OPUS)
    screen = server.publish(alice, Codec.VP8, TrackSource.SCREEN_SHARE)
    started = await livekit_api.egress.start_participant_egress(
        api.ParticipantEgressRequest(
            room_name="standup", identity="alice", file_outputs=[api.EncodedFileOutput(filepath="/out/alice.mp4")]
        )
    )
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    assert screen.sid not in server.engine.tracks
    server.leave(alice)
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    [file] = info.file_results
    assert file.location == str(server.folder / "out/alice.mp4")
    seen = watch(file.location)
    assert seen.beeps == pytest.approx(seen.flashes, abs=0.06)
    assert info.details == ""


async def test_vp8_that_was_to_be_mp4_is_recorded_as_it_is_and_the_details_say_so(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    alice = server.join("alice")
    camera, microphone = server.publish(alice, Codec.VP8), server.publish(alice, Codec.OPUS)
    started = await livekit_api.egress.start_track_composite_egress(
        api.TrackCompositeEgressRequest(
            room_name="standup",
            audio_track_id=microphone.sid,
            video_track_id=camera.sid,
            file_outputs=[api.EncodedFileOutput(filepath="both.mp4", file_type=api.EncodedFileType.MP4)],
        )
    )
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    await livekit_api.egress.stop_egress(api.StopEgressRequest(egress_id=started.egress_id))
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    assert info.file.filename == "both.webm"
    assert info.details == "both.webm is not MP4: vp8 and opus were recorded without transcoding."
    assert watch(info.file.location).seconds == pytest.approx(2, abs=0.1)


async def test_start_egress_records_media_of_one_participant(livekit_api: api.LiveKitAPI, server: Server) -> None:
    alice = server.join("alice")
    server.publish(alice, Codec.H264)
    server.publish(alice, Codec.OPUS)
    server.publish(server.join("bob"), Codec.OPUS)
    started = await livekit_api.egress.start_egress(
        api.StartEgressRequest(
            room_name="standup",
            media=api.MediaSource(
                participant_video=api.ParticipantVideo(identity="alice"),
                audio=api.AudioConfig(routes=[api.AudioRoute(participant_identity="alice")]),
            ),
            outputs=[api.Output(file=api.FileOutput(filepath="alice"))],
        )
    )
    assert started.egress.media.participant_video.identity == "alice"
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    server.leave(alice)
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    assert info.file.filename == "alice.mp4"
    assert watch(info.file.location).seconds == pytest.approx(2, abs=0.1)


async def test_a_manifest_beside_the_files_says_when_they_began(livekit_api: api.LiveKitAPI, server: Server) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    request = api.TrackEgressRequest(
        room_name="standup", track_id=microphone.sid, file=api.DirectFileOutput(filepath="a/b")
    )
    started = await livekit_api.egress.start_track_egress(request)
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    server.unpublish(microphone)
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    assert info.manifest_location == str(server.folder / "a" / f"{started.egress_id}.json")
    manifest = read_json(info.manifest_location)
    assert (manifest["egress_id"], manifest["room_name"]) == (started.egress_id, "standup")
    [file] = manifest["files"]
    assert (file["started_at"], file["publisher_identity"], file["codecs"]) == (START, "alice", ["opus"])
    assert file["track_ids"] == [microphone.sid]


async def test_without_a_manifest_there_is_the_file_alone(livekit_api: api.LiveKitAPI, server: Server) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    output = api.DirectFileOutput(filepath="b", disable_manifest=True)
    started = await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(room_name="standup", track_id=microphone.sid, file=output)
    )
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    server.unpublish(microphone)
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    assert info.manifest_location == ""
    assert [path.name for path in server.folder.rglob("*")] == ["b.ogg"]


async def test_the_room_counts_as_recorded_while_it_is(livekit_api: api.LiveKitAPI, server: Server) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(room_name="standup", track_id=microphone.sid, file=api.DirectFileOutput())
    )
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    [room] = (await livekit_api.room.list_rooms(api.ListRoomsRequest())).rooms
    assert (room.active_recording, room.num_participants) == (True, 1)
    egress = await livekit_api.room.get_participant(
        api.RoomParticipantIdentity(room="standup", identity=started.egress_id)
    )
    assert egress.kind == api.ParticipantInfo.Kind.EGRESS
    assert egress.permission.hidden
    await livekit_api.room.remove_participant(api.RoomParticipantIdentity(room="standup", identity=started.egress_id))
    await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    [room] = (await livekit_api.room.list_rooms(api.ListRoomsRequest())).rooms
    assert not room.active_recording


async def test_an_encrypted_track_is_refused(livekit_api: api.LiveKitAPI, server: Server) -> None:
    secret = server.publish(server.join("alice"), Codec.OPUS, encryption=Encryption.GCM)
    with pytest.raises(api.TwirpError) as refused:
        await livekit_api.egress.start_track_egress(
            api.TrackEgressRequest(room_name="standup", track_id=secret.sid, file=api.DirectFileOutput())
        )
    assert refused.value.code == api.TwirpErrorCode.FAILED_PRECONDITION
    assert "end-to-end encrypted" in refused.value.message
