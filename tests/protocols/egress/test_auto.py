"""What a room brings with it is recorded without anybody asking again."""

from typing import Any

import pytest
from livekit import api

from roomful.media.ports.frames import Codec
from roomful.protocols.livekit.egress.auto import track_request
from roomful.rooms.model import ParticipantKind, TrackKind
from roomful.rooms.participant import JoinRequest
from roomful.rooms.tracks import TrackSpec
from tests.protocols.egress.conftest import Server
from tests.venue import until

Status = api.EgressStatus


async def create(client: api.LiveKitAPI, **egress: Any) -> None:
    await client.room.create_room(api.CreateRoomRequest(name="standup", egress=api.RoomEgress(**egress)))


async def test_every_track_gets_an_egress_of_its_own(livekit_api: api.LiveKitAPI, server: Server) -> None:
    await create(livekit_api, tracks=api.AutoTrackEgress(filepath="{room_name}/{publisher_identity}.x"))
    alice = server.join("alice")
    microphone, camera = server.publish(alice, Codec.OPUS), server.publish(alice, Codec.VP8)
    assert [info.track.track_id for info in server.egresses.list()] == [microphone.sid, camera.sid]
    for info in server.egresses.list():
        await server.wait_for(info.egress_id, Status.EGRESS_ACTIVE)
    ids = [info.egress_id for info in server.egresses.list()]
    server.leave(alice)
    done = [await server.wait_for(egress_id, Status.EGRESS_COMPLETE) for egress_id in ids]
    assert [info.file.filename for info in done] == [
        f"standup/alice-{microphone.sid}.x.ogg",
        f"standup/alice-{camera.sid}.x.webm",
    ]


async def test_a_track_that_is_published_again_is_another_egress(livekit_api: api.LiveKitAPI, server: Server) -> None:
    await create(livekit_api, tracks=api.AutoTrackEgress())
    alice = server.join("alice")
    server.unpublish(server.publish(alice, Codec.OPUS))
    server.publish(alice, Codec.OPUS)
    assert len({info.egress_id for info in server.egresses.list()}) == 2


async def test_recorders_and_the_like_are_not_recorded(livekit_api: api.LiveKitAPI, server: Server) -> None:
    await create(livekit_api, tracks=api.AutoTrackEgress())
    other = server.room.join(JoinRequest(identity="recorder", kind=ParticipantKind.EGRESS), 0.0)
    track = server.room.publish(other.sid, TrackSpec(kind=TrackKind.AUDIO), 0.0)
    server.room.bind(track.sid, "audio/opus", "0", 0.0)
    assert server.egresses.list() == []


async def test_each_participant_gets_one_egress_until_it_leaves(livekit_api: api.LiveKitAPI, server: Server) -> None:
    output = api.EncodedFileOutput(filepath="{publisher_identity}")
    await create(livekit_api, participant=api.AutoParticipantEgress(file_outputs=[output]))
    alice = server.join("alice")
    server.publish(alice, Codec.OPUS)
    camera = server.publish(alice, Codec.H264)
    [info] = server.egresses.list()
    assert info.participant.identity == "alice"
    await server.wait_for(info.egress_id, Status.EGRESS_ACTIVE)
    server.unpublish(camera)
    server.publish(alice, Codec.H264)
    [info] = server.egresses.list()
    server.leave(alice)
    await server.wait_for(info.egress_id, Status.EGRESS_COMPLETE)
    server.publish(server.join("alice"), Codec.OPUS)
    await until(lambda: len(server.egresses.list()) == 2)


async def test_an_egress_that_cannot_start_has_failed_and_the_room_goes_on(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    await create(livekit_api, tracks=api.AutoTrackEgress(filepath="../{track_id}"))
    alice = server.join("alice")
    server.publish(alice, Codec.OPUS)
    [(event, info)] = server.events
    assert (event, info.status) == ("egress_ended", Status.EGRESS_FAILED)
    assert info.error == "a path must not lead out of the folder of recordings"
    assert server.room.is_open
    assert server.room.observers.failures == 0


async def test_a_room_cannot_bring_an_egress_to_an_address_that_is_nobodys_business(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    s3 = api.S3Upload(bucket="b", endpoint="http://[fe80::1]:9000")
    stream = api.StreamOutput(urls=["rtmp://169.254.169.254/live/key"])
    await create(
        livekit_api,
        room=api.RoomCompositeEgressRequest(stream_outputs=[stream]),
        tracks=api.AutoTrackEgress(filepath="x", s3=s3),
    )
    server.publish(server.join("alice"), Codec.OPUS)
    for egress in server.egresses.list():
        info = await server.wait_for(egress.egress_id, Status.EGRESS_FAILED)
        assert "does not connect" in info.error
    assert len(server.egresses.list()) == 2
    assert server.room.is_open


async def test_the_egress_of_a_room_waits_for_its_first_track(livekit_api: api.LiveKitAPI, server: Server) -> None:
    request = api.RoomCompositeEgressRequest(
        room_name="other", layout="speaker", file_outputs=[api.EncodedFileOutput(filepath="x")]
    )
    await create(livekit_api, room=request)
    [info] = server.egresses.list()
    assert (info.status, info.room_name, info.room_composite.room_name) == (
        Status.EGRESS_STARTING,
        "standup",
        "standup",
    )
    server.leave(server.join("alice"))
    await livekit_api.room.delete_room(api.DeleteRoomRequest(room="standup"))
    await server.wait_for(info.egress_id, Status.EGRESS_ABORTED)


@pytest.mark.parametrize(
    ("path", "with_track"),
    [
        ("", "{track_id}-{time}"),
        ("a/{track_id}.ogg", "a/{track_id}.ogg"),
        ("a.b/c.ogg", "a.b/c-{track_id}.ogg"),
        ("a/c", "a/c-{track_id}"),
        ("a/c.tar.gz", "a/c-{track_id}.tar.gz"),
        ("a/", "a/{track_id}-{time}"),
    ],
)
def test_paths_of_tracks_tell_them_apart(path: str, with_track: str) -> None:
    request = track_request(api.AutoTrackEgress(filepath=path), "standup", "TR_1")
    assert request.file.filepath == with_track
