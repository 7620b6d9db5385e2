"""The table of bad input, row by row. specs/nkmedia.md §16; what closes a connection is in `test_connections`."""

from typing import Any

import pytest

from .negotiating import answered, listen, publish
from .stage import ANSWER, OFFER, Client, Stage

SFU = {"class": "sfu"}
CREATE = "media/session/create"
PUBLISH: dict[str, Any] = {"type": "publish", "room_id": "r1", "offer": {"sdp": OFFER}}
CANDIDATE = {"sdpMLineIndex": 0, "candidate": "candidate:1"}

ROWS: list[tuple[str, Any, int, str]] = [
    ("nkmedia/room/create", SFU, 100006, "Not implemented"),
    ("media/room/frobnicate", {}, 100006, "Not implemented"),
    ("media/session/frobnicate", {}, 100042, "Unknown command 'frobnicate'"),
    ("core/event/frobnicate", {}, 100042, "Unknown command 'frobnicate'"),
    ("media/room/list", [], 100044, "Syntax error: data"),
    ("media/room/create", {}, 100045, "Missing field: class"),
    ("media/room/create", {"class": "foo"}, 100006, "Not implemented"),
    ("media/room/create", {**SFU, "backend": "nkmedia_fs"}, 100006, "Not implemented"),
    ("media/room/create", {**SFU, "backend": "foo"}, 300003, "Unknown backend"),
    ("media/room/create", {**SFU, "video_codec": "av1"}, 100044, "Syntax error: video_codec"),
    ("media/room/create", {**SFU, "bitrate": -1}, 100044, "Syntax error: bitrate"),
    ("media/room/create", {**SFU, "timeout": 4}, 100044, "Syntax error: timeout"),
    ("media/room/create", {**SFU, "room_id": "r1"}, 304002, "Room already exists"),
    ("media/room/create", {"class": "mcu", "room_id": "r1"}, 304002, "Room already exists"),
    ("media/room/destroy", {}, 100045, "Missing field: room_id"),
    ("media/room/info", {}, 100045, "Missing field: room_id"),
    ("media/room/destroy", {"room_id": "none"}, 304001, "Room not found"),
    ("media/room/info", {"room_id": "none"}, 304001, "Room not found"),
    (CREATE, {}, 100045, "Missing field: type"),
    (CREATE, {"type": "foo"}, 100006, "Not implemented"),
    (CREATE, {"type": "publish", "room_id": "r1"}, 100040, "Invalid operation"),
    (CREATE, {**PUBLISH, "offer": {}}, 300015, "Missing SDP"),
    (CREATE, {**PUBLISH, "offer": {"sdp": "nonsense"}}, 300016, "Invalid SDP"),
    (CREATE, {**PUBLISH, "room_id": "none"}, 304001, "Room not found"),
    (CREATE, {"type": "listen"}, 100045, "Missing field: publisher_id"),
    (CREATE, {"type": "listen", "publisher_id": "none"}, 304005, "Invalid publisher"),
    (CREATE, {"type": "listen", "publisher_id": "l1"}, 304005, "Invalid publisher"),
    (CREATE, {"type": "listen", "publisher_id": "p1", "offer": {"sdp": OFFER}}, 100040, "Invalid operation"),
    (CREATE, {**PUBLISH, "trickle_ice_timeout": 50}, 100044, "Syntax error: trickle_ice_timeout"),
    ("media/session/set_answer", {"session_id": "l1", "answer": {"sdp": ANSWER}}, 300013, "Answer already set"),
    ("media/session/set_answer", {"session_id": "early", "answer": {"sdp": ANSWER}}, 300010, "Offer not set"),
    ("media/session/set_answer", {"session_id": "waits"}, 100045, "Missing field: answer"),
    ("media/session/set_candidate", {"session_id": "l1", "sdpMLineIndex": 0}, 100045, "Missing field: candidate"),
    ("media/session/set_candidate", {"session_id": "gone", **CANDIDATE}, 100062, "Session not found"),
    (
        "media/session/set_type",
        {"session_id": "l1", "type": "listen", "publisher_id": "far"},
        *(304005, "Invalid publisher"),
    ),
    ("media/session/room_action", {"session_id": "p1", "action": "layout"}, 300032, "No active room"),
    ("media/session/recorder_action", {"session_id": "p1", "action": "fly"}, 100043, "Invalid action 'fly'"),
    ("media/session/player_action", {"session_id": "p1", "action": "pause"}, 300031, "No active player"),
]


@pytest.mark.parametrize(("path", "data", "code", "error"), ROWS)
def test_bad_input(stage: Stage, client: Client, path: str, data: Any, code: int, error: str) -> None:
    publish(stage, client)
    publish(stage, client, "far", room_id="other", create_room=True)
    answered(stage, client)
    listen(stage, client, "waits")
    client.ok(CREATE, type="listen", session_id="early", publisher_id="p1")
    before = (client.ok("media/room/list"), client.ok("media/session/list"))
    assert client.response(client.begin(path, data))["data"] == {"code": code, "error": error}
    assert (client.ok("media/room/list"), client.ok("media/session/list")) == before, "nothing has come of it"
    assert client.closed is None


def test_a_room_is_destroyed_once(client: Client) -> None:
    client.ok("media/room/destroy", room_id="r1")
    assert client.refused("media/room/destroy", room_id="r1") == (304001, "Room not found")


def test_what_is_no_mistake(stage: Stage, client: Client) -> None:
    client.ok("media/session/destroy", session_id="never-was")
    client.say(result="ok", tid=4711)
    client.ok("media/room/info", room_id="r1", colour="red")
    (unknown,) = client.events("session_event", "unrecognized_fields")
    assert unknown["body"]["fields"] == ["colour"]
    assert Client(stage).refused("media/room/list") == (100031, "Not authenticated")
