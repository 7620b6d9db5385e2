"""Sessions of two clients without a media engine. specs/nkmedia.md §9.4."""

from typing import Any

import pytest

from .negotiating import ended
from .stage import ANSWER, OFFER, Client, Stage

CREATE, START = "media/session/create", "media/session/start"
SDP = {"sdp": ANSWER, "sdp_type": "webrtc", "trickle_ice": False}


@pytest.fixture
def callee(stage: Stage) -> Client:
    return stage.client("bob")


def call(client: Client, callee: Client, **data: Any) -> None:
    """Sessions `a`, of the caller, and `b`, its slave."""
    client.ok(CREATE, type="p2p", session_id="a", offer={"sdp": OFFER, "trickle_ice": True})
    ends = {"peer_id": "a", "master_id": "a", "set_master_answer": True}
    assert callee.ok(CREATE, type="p2p", session_id="b", offer={"sdp": OFFER}, **ends, **data) == {"session_id": "b"}


def test_an_answer_goes_to_the_caller(client: Client, callee: Client) -> None:
    call(client, callee)
    assert callee.ok("media/session/get_offer", session_id="b")["offer"]["sdp"] == OFFER
    tid = client.begin("media/session/get_answer", {"session_id": "a"})
    callee.ok("media/session/set_answer", session_id="b", answer={"sdp": ANSWER})
    assert client.response(tid)["data"] == {"answer": SDP}
    answers = [(one["obj_id"], one["body"]) for one in client.events("session", "answer")]
    assert answers == [("a", {"answer": SDP})], "the slave tells nothing of it"
    refusal = callee.refused("media/session/set_answer", session_id="b", answer={"sdp": ANSWER})
    assert refusal == (300013, "Answer already set")
    info = client.ok("media/session/info", session_id="a")
    assert (info["backend"], info["backend_role"], info["answer"]) == ("p2p", "offeree", SDP)
    assert client.ok("media/session/list") == [{"session_id": "a"}, {"session_id": "b"}]


def test_who_waits_for_the_reply(client: Client, callee: Client) -> None:
    tid = client.begin(START, {"type": "p2p", "session_id": "a", "offer": {"sdp": OFFER}})
    ends = {"peer_id": "a", "master_id": "a", "set_master_answer": True}
    assert callee.ok(START, type="p2p", session_id="b", **ends)["offer"]["sdp"] == OFFER
    callee.ok("media/session/set_answer", session_id="b", answer={"sdp": ANSWER})
    assert client.response(tid)["data"] == {"session_id": "a", "answer": SDP}


def test_candidates_go_to_the_other_end_early_ones_too(client: Client, callee: Client) -> None:
    client.ok(CREATE, type="p2p", session_id="a", offer={"sdp": OFFER})
    early = {"sdpMid": "0", "sdpMLineIndex": 0, "candidate": "candidate:1"}
    client.ok("media/session/set_candidate", session_id="a", **early)
    client.ok("media/session/set_candidate_end", session_id="a")
    callee.ok(CREATE, type="p2p", session_id="b", peer_id="a", master_id="a")
    late = {"sdpMid": "", "sdpMLineIndex": 1, "candidate": "candidate:2"}
    callee.ok("media/session/set_candidate", session_id="b", sdpLineIndex=1, candidate="candidate:2")
    assert [one["body"] for one in callee.events("session", "candidate")] == [early]
    assert [one["obj_id"] for one in callee.events("session", "candidate_end")] == ["b"]
    assert [(one["obj_id"], one["body"]) for one in client.events("session", "candidate")][-1] == ("a", late)


@pytest.mark.parametrize(("stays", "code"), [(False, 300021), (True, None)])
def test_both_ends_end_together(client: Client, callee: Client, stays: bool, code: int | None) -> None:
    call(client, callee, stop_after_peer=not stays)
    client.ok("media/session/destroy", session_id="a")
    assert ended(client, "a") == 100011
    if code is None:
        assert callee.ok("media/session/list") == [{"session_id": "b"}]
    else:
        assert ended(client, "b") == code


def test_a_session_ends_with_its_connection(client: Client, callee: Client) -> None:
    call(client, callee)
    callee.vanish()
    assert (ended(client, "b"), ended(client, "a")) == (100010, 300021)


def test_nobody_answers(stage: Stage, client: Client) -> None:
    tid = client.begin(START, {"type": "p2p", "session_id": "a", "offer": {"sdp": OFFER}, "wait_timeout": 2})
    stage.pass_time(3)
    assert ended(client, "a") == 100060
    assert client.response(tid)["data"]["code"] == 100060


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, 100040),
        ({"offer": {}}, 300015),
        ({"offer": {"sdp": OFFER}, "session_id": "a"}, 100034),
        ({"peer_id": "none"}, 100062),
        ({"peer_id": "a"}, 100040),
        ({"offer": {"sdp": OFFER}, "record": True}, 100006),
        ({"offer": {"sdp": OFFER}, "backend": "nkmedia_fs"}, 100006),
        ({"offer": {"sdp": OFFER}, "backend": "foo"}, 300003),
    ],
)
def test_sessions_that_cannot_be_made(client: Client, callee: Client, data: Any, code: int) -> None:
    call(client, callee)
    assert client.refused(CREATE, type="p2p", **data)[0] == code
    assert len(client.ok("media/session/list")) == 2


def test_there_is_nothing_to_be_done_with_media_that_the_server_does_not_have(client: Client, callee: Client) -> None:
    call(client, callee)
    assert client.refused("media/session/update_media", session_id="a", mute_audio=True)[0] == 100004
    callee.ok("media/session/set_answer", session_id="b", answer={"sdp": ANSWER})
    for cmd, data in (("update_media", {}), ("set_type", {"type": "listen"}), ("recorder_action", {})):
        assert client.refused(f"media/session/{cmd}", session_id="a", **data)[0] == 100006
    assert client.refused("media/session/room_action", session_id="a")[0] == 300032
