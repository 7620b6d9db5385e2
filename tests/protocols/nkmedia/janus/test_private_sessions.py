"""Media sessions on Janus that are in no room."""

from typing import Any

import pytest

from tests.protocols.nkmedia.stage import ANSWER, OFFER, Client

from .fake_janus import FakeJanus

CREATE = "media/session/create"


def result(event: str, sdp: str, kind: str) -> dict[str, Any]:
    """What the video call says without being asked."""
    data = {"videocall": "event", "result": {"event": event}}
    plugindata = {"plugin": "janus.plugin.videocall", "data": data}
    return {"plugindata": plugindata, "jsep": {"type": kind, "sdp": sdp}}


def codes(client: Client) -> dict[str, int]:
    """Session id → why it ended."""
    return {one["obj_id"]: one["body"]["code"] for one in client.events("session", "destroyed")}


@pytest.fixture
def bridged(janus: FakeJanus, client: Client) -> FakeJanus:
    """A caller `a` and a callee `b`, who has been offered what the caller offers."""
    client.ok(CREATE, type="proxy", session_id="a", offer={"sdp": OFFER}, mute_video=True)
    tid = client.begin(CREATE, {"type": "bridge", "session_id": "b", "peer_id": "a", "wait_reply": True})
    janus.tell("event", janus.last("register"), **result("incomingcall", OFFER, "offer"))
    assert client.response(tid)["data"]["offer"]["sdp"] == OFFER
    return janus


def test_an_echo(janus: FakeJanus, client: Client) -> None:
    made = client.ok(CREATE, type="echo", session_id="e1", offer={"sdp": OFFER}, mute_video=True, wait_reply=True)
    assert made == {"session_id": "e1", "answer": {"sdp": ANSWER, "sdp_type": "webrtc", "trickle_ice": False}}
    asked = [one for one in janus.asked if one["janus"] == "message"][-1]
    assert asked["body"] == {"video": False}
    janus.tell("webrtcup", asked)
    client.ok("media/session/update_media", session_id="e1", mute_video=False, bitrate=100_000)
    changes = [one["body"] for one in janus.asked if one["janus"] == "message"][-2:]
    assert changes == [{"bitrate": 100_000}, {"video": True}]
    assert client.ok("media/session/info", session_id="e1")["backend"] == "nkmedia_janus"
    client.ok("media/session/destroy", session_id="e1")
    assert janus.last("destroy")["session_id"] == asked["session_id"]


def test_two_clients_are_bridged(bridged: FakeJanus, client: Client) -> None:
    assert [one["body"]["username"] for one in bridged.requests("register")] == ["a", "b"]
    assert bridged.last("set")["body"] == {"request": "set", "video": False}
    call = bridged.last("call")
    assert call["body"]["username"] == "b"
    assert call["jsep"]["type"] == "offer"
    assert not client.events("session", "answer")
    client.ok("media/session/set_answer", session_id="b", answer={"sdp": ANSWER})
    assert bridged.last("accept")["jsep"]["type"] == "answer"
    bridged.tell("event", call, **result("accepted", ANSWER, "answer"))
    assert [one["obj_id"] for one in client.events("session", "answer")] == ["b", "a"]
    assert client.events("session", "type")[-1]["body"] == {"type": "bridge", "peer_id": "b"}
    assert client.ok("media/session/get_answer", session_id="a")["answer"]["sdp"] == ANSWER
    assert client.refused("media/session/set_answer", session_id="b", answer={"sdp": ANSWER})[0] == 300013


@pytest.mark.parametrize(("first", "second"), ["ab", "ba"])
def test_when_one_ends_so_does_the_other(bridged: FakeJanus, client: Client, first: str, second: str) -> None:
    client.ok("media/session/destroy", session_id=first)
    assert codes(client) == {first: 100011, second: 300020}


def test_both_end_with_janus(bridged: FakeJanus, client: Client) -> None:
    bridged.vanish()
    assert set(codes(client).values()) == {301003}


def test_who_is_not_there_ends_the_bridge_alone(janus: FakeJanus, client: Client) -> None:
    janus.refusals["call"] = [478]
    client.ok(CREATE, type="proxy", session_id="a", offer={"sdp": OFFER})
    assert client.refused(CREATE, type="bridge", peer_id="a", wait_reply=True)[0] == 301001


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"type": "echo"}, 100040),
        ({"type": "proxy"}, 100040),
        ({"type": "proxy", "offer": {}}, 300015),
        ({"type": "bridge"}, 100045),
        ({"type": "bridge", "peer_id": "nobody"}, 100062),
        ({"type": "bridge", "peer_id": "e1", "backend": "nkmedia_janus"}, 100040),
        ({"type": "bridge", "peer_id": "a", "offer": {"sdp": OFFER}}, 100040),
        ({"type": "bridge", "peer_id": "a"}, 100040),
    ],
)
def test_what_cannot_be_done_is_refused(bridged: FakeJanus, client: Client, data: dict[str, Any], code: int) -> None:
    client.ok(CREATE, type="echo", session_id="e1", offer={"sdp": OFFER})
    assert client.refused(CREATE, **data)[0] == code
    assert not codes(client).keys() & {"a", "b"}
