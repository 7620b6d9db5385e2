"""What cannot be done is said at once, in the words of the reference where it has some. Nothing starts."""

import re

import httpx
import pytest
from google.protobuf.message import Message
from livekit import api
from livekit.protocol import egress as messages

from roomful.media.ports.frames import Codec
from tests.protocols.egress.conftest import Server

METHODS = {
    messages.RoomCompositeEgressRequest: "StartRoomCompositeEgress",
    messages.ParticipantEgressRequest: "StartParticipantEgress",
    messages.TrackCompositeEgressRequest: "StartTrackCompositeEgress",
    messages.TrackEgressRequest: "StartTrackEgress",
    messages.StartEgressRequest: "StartEgress",
    messages.WebEgressRequest: "StartWebEgress",
    messages.UpdateLayoutRequest: "UpdateLayout",
    messages.UpdateStreamRequest: "UpdateStream",
    messages.StopEgressRequest: "StopEgress",
    messages.ListEgressRequest: "ListEgress",
}
FILE = api.EncodedFileOutput(filepath="x")
ROOM = "standup"


async def call(server: Server, request: Message, **rights: object) -> httpx.Response:
    """One call, as JSON, with `roomRecord` unless other rights are given."""
    from google.protobuf.json_format import MessageToJson

    async with httpx.AsyncClient() as client:
        return await client.post(
            f"{server.url}/twirp/livekit.Egress/{METHODS[type(request)]}",
            content=MessageToJson(request),
            headers={
                "content-type": "application/json",
                "authorization": f"Bearer {server.token(**(rights or {'room_record': True}))}",
            },
        )


@pytest.mark.parametrize("kind", METHODS)
async def test_without_the_grant_to_record_every_call_is_denied(server: Server, kind: type[Message]) -> None:
    answer = await call(server, kind(), room_admin=True, room_create=True, room_list=True, room="standup")
    assert (answer.status_code, answer.json()) == (401, {"code": "unauthenticated", "msg": "permissions denied"})


REFUSED = [
    (messages.RoomCompositeEgressRequest(room_name="nowhere", file=FILE), 404, "requested room does not exist"),
    (messages.TrackEgressRequest(room_name="nowhere", track_id="x"), 404, "requested room does not exist"),
    (messages.RoomCompositeEgressRequest(file=FILE), 400, "request has missing or invalid field: room_name"),
    (messages.RoomCompositeEgressRequest(room_name=ROOM), 400, "request has missing or invalid field: output"),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, layout="cinema", file=FILE),
        400,
        "unknown layout: there are grid, speaker, single-speaker, each also with -dark or -light behind",
    ),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, audio_only=True, video_only=True, file=FILE),
        400,
        "audio_only and video_only exclude each other",
    ),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, custom_base_url="https://x", file=FILE),
        501,
        "needs a browser",
    ),
    (
        messages.RoomCompositeEgressRequest(
            room_name=ROOM, file=FILE, audio_mixing=messages.AudioMixing.DUAL_CHANNEL_AGENT
        ),
        501,
        "audio_mixing is not supported",
    ),
    (
        messages.RoomCompositeEgressRequest(
            room_name=ROOM, file=FILE, preset=messages.EncodingOptionsPreset.PASSTHROUGH
        ),
        400,
        "PASSTHROUGH",
    ),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, file=FILE, advanced={"width": 5, "height": 5}),
        400,
        "even numbers",
    ),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, file=FILE, advanced={"framerate": 1000}),
        400,
        "framerate is 1 to 60",
    ),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, file=FILE, advanced={"video_codec": 4}), 501, "H.264"),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, stream={"urls": ["srt://x"]}), 400, "rtmp://host/app/key"),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, stream={"urls": ["rtmp://"]}), 400, "rtmp://host/app/key"),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, stream={"urls": ["rtmp://h/a/k\nx"]}),
        400,
        "rtmp://host/app/key",
    ),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, stream={"protocol": 2, "urls": ["srt://x"]}),
        501,
        "not supported",
    ),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, stream={"urls": [f"rtmp://h/{n}" for n in range(17)]}),
        400,
        "too many",
    ),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, image_outputs=[{}]), 400, "capture_interval"),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, segments={"protocol": 2}), 501, "MPEG-TS"),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, segments={"filename_prefix": "a/../../b"}),
        400,
        "must not lead out",
    ),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, segments={"playlist_name": "../b"}), 400, "must not lead out"),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, file={"filepath": "../x"}), 400, "must not lead out"),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, file={"filepath": "..\\x"}), 400, "must not lead out"),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, file={"filepath": "x" * 1025}), 400, "max length 1024"),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, file={"s3": {}}), 400, "bucket"),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, file={"s3": {"bucket": "b", "assume_role_arn": "x"}}),
        501,
        "assume_role",
    ),
    (messages.RoomCompositeEgressRequest(room_name=ROOM, file={"s3": {"bucket": "b", "proxy": {}}}), 501, "proxy"),
    (
        messages.RoomCompositeEgressRequest(room_name=ROOM, file_outputs=[{"s3": {"bucket": "b"}}, {}]),
        501,
        "all outputs of an egress go to the same storage",
    ),
    (
        messages.ParticipantEgressRequest(room_name=ROOM, identity="nobody", file_outputs=[FILE]),
        404,
        "participant does not exist",
    ),
    (messages.ParticipantEgressRequest(room_name=ROOM, file_outputs=[FILE]), 400, "identity"),
    (messages.TrackCompositeEgressRequest(room_name=ROOM, audio_track_id="TR_x", file=FILE), 404, "track is not found"),
    (messages.TrackCompositeEgressRequest(room_name=ROOM, file=FILE), 400, "audio_track_id or video_track_id"),
    (messages.TrackEgressRequest(room_name=ROOM, track_id="TR_x", file={}), 404, "track is not found"),
    (messages.TrackEgressRequest(room_name=ROOM, file={}), 400, "track_id"),
    (messages.StartEgressRequest(room_name=ROOM, outputs=[{"file": {}}]), 400, "source"),
    (messages.StartEgressRequest(room_name=ROOM, outputs=[{"file": {}}], media={}), 400, "media"),
    (messages.StartEgressRequest(room_name=ROOM, outputs=[{"file": {}}], web={"url": "https://x"}), 501, "browser"),
    (messages.StartEgressRequest(room_name=ROOM, outputs=[{}], template={}), 400, "output"),
    (messages.WebEgressRequest(url="https://x", file=FILE), 501, "web egress needs a browser"),
    (messages.StopEgressRequest(), 400, "egress_id"),
    (messages.StopEgressRequest(egress_id="EG_x"), 404, "egress does not exist"),
    (messages.UpdateLayoutRequest(egress_id="EG_x", layout="grid"), 404, "egress does not exist"),
    (messages.UpdateStreamRequest(egress_id="EG_x"), 404, "egress does not exist"),
]


@pytest.mark.parametrize(("request_", "status", "message"), REFUSED)
async def test_a_bad_request_is_refused(server: Server, request_: Message, status: int, message: str) -> None:
    server.join("alice")
    answer = await call(server, request_)
    assert answer.status_code == status
    assert message in answer.json()["msg"]
    assert server.events == []
    assert server.egresses.list() == []
    assert not server.folder.exists()


@pytest.mark.parametrize(
    ("codec", "url", "message"),
    [
        (Codec.VP8, "wss://example.com/a", "only sound is sent over WebSockets, record a file"),
        (Codec.OPUS, "https://example.com/a", "wss://host/path"),
        (Codec.OPUS, "wss://", "wss://host/path"),
        (Codec.OPUS, "wss://example.com/a#b", "wss://host/path"),
        (Codec.OPUS, "wss://example.com/a b", "wss://host/path"),
        (Codec.OPUS, f"wss://example.com/{'a' * 5000}", "wss://host/path"),
        (Codec.OPUS, "wss://example.com:70000/", "wss://host/path"),
        (Codec.OPUS, "ws://169.254.169.254/latest", "does not connect"),
        (Codec.OPUS, "ws://[fe80::1]/", "does not connect"),
    ],
)
async def test_a_track_goes_over_a_websocket_only_where_that_makes_sense(
    server: Server, codec: Codec, url: str, message: str
) -> None:
    track = server.publish(server.join("alice"), codec)
    answer = await call(server, messages.TrackEgressRequest(room_name=ROOM, track_id=track.sid, websocket_url=url))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")
    assert message in answer.json()["msg"]
    assert server.events == []


async def test_a_track_of_the_wrong_kind_is_refused(server: Server) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    answer = await call(
        server, messages.TrackCompositeEgressRequest(room_name=ROOM, video_track_id=microphone.sid, file=FILE)
    )
    assert answer.json()["msg"] == f"{microphone.sid} is no video track"


async def test_what_has_ended_cannot_be_stopped_or_updated(livekit_api: api.LiveKitAPI, server: Server) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(room_name="standup", track_id=microphone.sid, file=api.DirectFileOutput())
    )
    await server.wait_for(started.egress_id, api.EgressStatus.EGRESS_ACTIVE)
    answer = await call(server, messages.UpdateLayoutRequest(egress_id=started.egress_id, layout="grid"))
    assert answer.json()["msg"] == "this egress is recorded as it is encoded and has no layout"
    answer = await call(server, messages.UpdateStreamRequest(egress_id=started.egress_id))
    assert answer.json()["msg"] == "this egress was started without streams"
    await call(server, messages.StopEgressRequest(egress_id=started.egress_id))
    answer = await call(server, messages.StopEgressRequest(egress_id=started.egress_id))
    assert re.fullmatch(r"egress with status EGRESS_(ENDING|COMPLETE) cannot be stopped", answer.json()["msg"])
    await server.wait_for(started.egress_id, api.EgressStatus.EGRESS_COMPLETE)
    answer = await call(server, messages.StopEgressRequest(egress_id=started.egress_id))
    assert (answer.status_code, answer.json()["code"]) == (412, "failed_precondition")
    assert answer.json()["msg"] == "egress with status EGRESS_COMPLETE cannot be stopped"
    answer = await call(server, messages.UpdateLayoutRequest(egress_id=started.egress_id, layout="grid"))
    assert answer.json()["msg"] == "egress with status EGRESS_COMPLETE cannot be updated"


@pytest.mark.parametrize(
    "request_",
    [
        api.RoomCompositeEgressRequest(
            room_name=ROOM, stream_outputs=[api.StreamOutput(urls=["rtmp://169.254.169.254/live/key"])]
        ),
        api.RoomCompositeEgressRequest(
            room_name=ROOM,
            file_outputs=[
                api.EncodedFileOutput(filepath="a.mp4", s3=api.S3Upload(bucket="b", endpoint="http://[fe80::1]:9000"))
            ],
        ),
    ],
    ids=["stream", "storage"],
)
async def test_addresses_that_are_nobodys_business_are_refused(
    server: Server, livekit_api: api.LiveKitAPI, request_: api.RoomCompositeEgressRequest
) -> None:
    assert server.room.name == ROOM
    with pytest.raises(api.TwirpError, match="does not connect"):
        await livekit_api.egress.start_room_composite_egress(request_)
