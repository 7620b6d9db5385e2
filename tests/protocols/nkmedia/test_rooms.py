"""Commands and events of rooms, field by field. specs/nkmedia.md §8, §16."""

import uuid
from typing import Any

import pytest

from roomful.protocols.nkmedia.services import Settings
from roomful.rooms.model import TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.tracks import TrackSpec

from .stage import Client, Stage

STARTED = {"class": "sfu", "backend": "roomful", "audio_codec": "opus", "video_codec": "vp8", "bitrate": 0}


@pytest.fixture
def client(stage: Stage) -> Client:
    return stage.client()


def create(client: Client, room_id: str = "r1", **data: Any) -> None:
    client.ok("media/room/create", **{"class": "sfu", "room_id": room_id, **data})


def test_a_room_is_made_listed_described_and_destroyed(stage: Stage, client: Client) -> None:
    client.ok("core/event/subscribe", **{"class": "media"}, subclass="room", body={"mine": True})
    assert client.ok("media/room/create", **{"class": "sfu"}, room_id="r1") == {"room_id": "r1"}
    assert client.ok("media/room/list") == [{"class": "sfu", "room_id": "r1"}]
    assert client.ok("media/room/info", room_id="r1") == {
        **STARTED,
        "room_id": "r1",
        "engine": "builtin",
        "timeout": 300,
        "publishers": {},
        "listeners": {},
    }
    assert client.ask("media/room/destroy", room_id="r1").keys() == {"result", "tid"}
    assert client.events() == [
        {"class": "media", "subclass": "room", "type": "started", "obj_id": "r1", "body": {**STARTED, "mine": True}},
        {
            "class": "media",
            "subclass": "room",
            "type": "destroyed",
            "obj_id": "r1",
            "body": {"code": 100013, "reason": "API stop received", "mine": True},
        },
    ]
    assert client.refused("media/room/destroy", room_id="r1") == (304001, "Room not found")
    assert client.ok("media/room/list") == []
    assert stage.rooms.get("r1") is None


def test_an_id_is_made_if_none_is_given(stage: Stage, client: Client) -> None:
    room_id = client.ok("media/room/create", **{"class": "sfu"})["room_id"]
    assert uuid.UUID(room_id)
    assert stage.rooms.get(room_id) is not None


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("audio_codec", "pcmu", "pcmu"),
        ("audio_codec", "pcma", "pcma"),
        ("video_codec", "vp9", "vp9"),
        ("video_codec", "h264", "h264"),
        ("bitrate", 500_000, 500_000),
        ("bitrate", "500000", 500_000),
        ("timeout", 5, 5),
        ("timeout", 259_200, 259_200),
        ("backend", "roomful", "roomful"),
        ("room_id", 77, "77"),
        ("room_id", "x" * 128, "x" * 128),
    ],
)
def test_what_a_room_is_made_with(client: Client, field: str, value: object, told: object) -> None:
    room_id = client.ok("media/room/create", **{"class": "sfu", field: value})["room_id"]
    assert client.ok("media/room/info", room_id=room_id)[field] == told


@pytest.mark.parametrize(
    ("data", "code", "error"),
    [
        ({}, 100045, "Missing field: class"),
        ({"class": "foo"}, 100006, "Not implemented"),
        ({"class": "mcu", "layout": "9x9"}, 100046, "Invalid value: layout"),
        ({"class": "mcu", "backend": "roomful"}, 100006, "Not implemented"),
        ({"class": "sfu", "backend": "nkmedia_fs"}, 100006, "Not implemented"),
        ({"class": "sfu", "backend": "nkmedia_janus"}, 300001, "No mediaserver available"),
        ({"class": "sfu", "backend": "nkmedia_kms"}, 300001, "No mediaserver available"),
        ({"class": "sfu", "backend": "p2p"}, 100006, "Not implemented"),
        ({"class": "sfu", "backend": "foo"}, 300003, "Unknown backend"),
        ({"class": "sfu", "audio_codec": "isac32"}, 100041, "Invalid parameters"),
        ({"class": "sfu", "audio_codec": "mp3"}, 100044, "Syntax error: audio_codec"),
        ({"class": "sfu", "video_codec": "av1"}, 100044, "Syntax error: video_codec"),
        ({"class": "sfu", "bitrate": -1}, 100044, "Syntax error: bitrate"),
        ({"class": "sfu", "bitrate": "much"}, 100044, "Syntax error: bitrate"),
        ({"class": "sfu", "timeout": 4}, 100044, "Syntax error: timeout"),
        ({"class": "sfu", "timeout": 259_201}, 100044, "Syntax error: timeout"),
        ({"class": "sfu", "room_id": ""}, 100044, "Syntax error: room_id"),
        ({"class": "sfu", "room_id": "x" * 129}, 100044, "Syntax error: room_id"),
        ({"class": ["sfu"]}, 100044, "Syntax error: class"),
        ({"bitrate": -1}, 100044, "Syntax error: bitrate"),
        ({"class": "sfu", "room_id": "taken"}, 304002, "Room already exists"),
        ({"class": "sfu", "room_id": "taken", "backend": "nkmedia_janus"}, 304002, "Room already exists"),
        ({"class": "mcu", "room_id": "taken"}, 304002, "Room already exists"),
    ],
)
def test_rooms_that_cannot_be_made(stage: Stage, client: Client, data: Any, code: int, error: str) -> None:
    create(client, "taken")
    assert client.refused("media/room/create", **data) == (code, error)
    assert len(stage.rooms) == 1


@pytest.mark.parametrize("cmd", ["destroy", "info", "get_info"])
def test_commands_for_one_room(client: Client, cmd: str) -> None:
    assert client.refused(f"media/room/{cmd}") == (100045, "Missing field: room_id")
    assert client.refused(f"media/room/{cmd}", room_id="none") == (304001, "Room not found")
    assert client.refused(f"media/room/{cmd}", room_id=[]) == (100044, "Syntax error: room_id")


@pytest.mark.parametrize(
    ("path", "code", "error"),
    [
        ("nkmedia/room/list", 100006, "Not implemented"),
        ("media/room/frobnicate", 100006, "Not implemented"),
        ("media/call/frobnicate", 100006, "Not implemented"),
        ("media/session/frobnicate", 100042, "Unknown command 'frobnicate'"),
        ("core/event/frobnicate", 100042, "Unknown command 'frobnicate'"),
        ("core/nothing/ping", 100042, "Unknown command 'ping'"),
    ],
)
def test_commands_that_are_none(client: Client, path: str, code: int, error: str) -> None:
    assert client.refused(path) == (code, error)


def test_data_is_an_object(client: Client) -> None:
    assert client.response(client.begin("media/room/list", []))["data"] == {
        "code": 100044,
        "error": "Syntax error: data",
    }


def test_a_codec_that_the_server_forbids() -> None:
    stage = Stage(settings=Settings(codecs=frozenset({"audio/opus", "video/h264"})))
    assert stage.client().refused("media/room/create", **{"class": "sfu"}) == (100041, "Invalid parameters")
    assert stage.client().ok("media/room/create", **{"class": "sfu"}, video_codec="h264")


def test_an_empty_room_ends_in_time(stage: Stage, client: Client) -> None:
    client.ok("core/event/subscribe", **{"class": "media"})
    create(client, timeout=5)
    stage.pass_time(4)
    assert not client.events("room", "destroyed")
    stage.pass_time(2)
    (event,) = client.events("room", "destroyed")
    assert event["body"] == {"code": 100005, "reason": "Timeout"}


def test_a_room_outlives_its_maker(stage: Stage, client: Client) -> None:
    create(client)
    client.vanish()
    assert stage.client("bob").ok("media/room/list") == [{"class": "sfu", "room_id": "r1"}]


def test_rooms_and_publishers_of_other_protocols(stage: Stage, client: Client) -> None:
    client.ok("core/event/subscribe", **{"class": "media"}, subclass="room")
    room = stage.rooms.create("hall", RoomOptions(), stage.now)
    assert client.refused("media/room/create", **{"class": "sfu"}, room_id="hall")[0] == 304002
    alice = room.join(JoinRequest(identity="alice", protocol="livekit"), stage.now)
    room.join(JoinRequest(identity="watcher", protocol="livekit"), stage.now)
    for kind, source in ((TrackKind.AUDIO, TrackSource.MICROPHONE), (TrackKind.VIDEO, TrackSource.CAMERA)):
        track = room.publish(alice.sid, TrackSpec(kind=kind, source=source), stage.now)
        room.bind(track.sid, "audio/opus", "0", stage.now)
    assert client.ok("media/room/info", room_id="hall")["publishers"] == {alice.sid: {"user": "alice"}}
    assert client.ok("media/room/get_info", room_id="hall")["members"] == {
        alice.sid: {"role": "publisher", "user_id": "alice"}
    }
    room.unpublish(next(iter(alice.tracks)), stage.now)
    assert not client.events("room", "stopped_publisher")
    room.unpublish(next(iter(alice.tracks)), stage.now)
    member = {"session_id": alice.sid, "user": "alice"}
    assert client.told() == [("started", STARTED), ("started_publisher", member), ("stopped_publisher", member)]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("g1", ["started", "started_publisher", "stopped_publisher", "destroyed"]),
        ("g2", ["created", "started_member", "stopped_member", "destroyed"]),
        (
            "both",
            [
                *("created", "started", "started_member", "started_publisher"),
                *("stopped_member", "stopped_publisher", "destroyed"),
            ],
        ),
    ],
)
def test_names_of_events(names: str, told: list[str]) -> None:
    stage = Stage(settings=Settings(event_names=names))
    client = stage.client()
    client.ok("core/event/subscribe", **{"class": "media"}, subclass="room")
    create(client)
    room = stage.rooms.with_name("r1")
    alice = room.join(JoinRequest(identity="alice"), stage.now)
    track = room.publish(alice.sid, TrackSpec(kind=TrackKind.AUDIO), stage.now)
    room.bind(track.sid, "audio/opus", "0", stage.now)
    client.ok("media/room/destroy", room_id="r1")
    assert [kind for kind, _ in client.told()] == told
    later = {"session_id": alice.sid, "role": "publisher", "user_id": "alice"}
    assert all(body == later for kind, body in client.told() if kind == "started_member")
