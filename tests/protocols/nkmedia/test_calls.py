"""Calls from connection to connection. specs/nkmedia.md §14."""

from typing import Any

import pytest

from .stage import ANSWER, OFFER, Client, Stage

SDP = {"sdp": ANSWER, "sdp_type": "webrtc", "trickle_ice": False}
CANDIDATE = {"sdpMid": "0", "sdpMLineIndex": 0, "candidate": "candidate:1"}


@pytest.fixture
def ann(stage: Stage) -> Client:
    return stage.client("ann")


@pytest.fixture
def bobs(stage: Stage) -> list[Client]:
    """Two connections of one user."""
    return [Client(stage).login("bob", session_id=f"bob-{number}") for number in (1, 2)]


def call(ann: Client, **data: Any) -> None:
    fields: dict[str, Any] = {"callee": "bob", "type": "user", "offer": {"sdp": OFFER}, "call_id": "c", **data}
    assert ann.ok("media/call/create", **fields) == {"call_id": "c"}


def heard(client: Client) -> list[tuple[str, Any]]:
    return [(one["type"], one.get("body")) for one in client.events("call")]


def test_the_first_to_accept_has_the_call(ann: Client, bobs: list[Client]) -> None:
    call(ann, caller={"name": "Ann"})
    invites = [[one for one in bob.got if one.get("cmd") == "invite"] for bob in bobs]
    data = {"call_id": "c", "type": "user", "offer": SDP | {"sdp": OFFER}, "caller": {"name": "Ann"}}
    expected = {"class": "media", "subclass": "call", "cmd": "invite", "tid": 1}
    assert invites == [[{**expected, "data": {**data, "session_id": ann.session.session_id}}]] * 2
    ann.ok("media/call/set_candidate", call_id="c", **CANDIDATE)
    bobs[0].ok("media/call/ringing", call_id="c")
    bobs[1].ok("media/call/accepted", call_id="c", answer={"sdp": ANSWER}, callee={"name": "Bob"})
    refusal = bobs[0].refused("media/call/accepted", call_id="c", answer={"sdp": ANSWER})
    assert refusal == (305006, "Already answered")
    bobs[1].ok("media/call/set_candidate", call_id="c", **CANDIDATE)
    bobs[1].ok("media/call/set_candidate_end", call_id="c")
    accepted = {"session_id": "bob-2", "answer": SDP, "callee": {"name": "Bob"}}
    assert heard(ann) == [
        *(("ringing", None), ("accepted", accepted), ("answer", accepted)),
        *(("candidate", CANDIDATE), ("candidate_end", None)),
    ]
    assert heard(bobs[0]) == [("hangup", {"code": 305006, "reason": "Already answered"})]
    assert heard(bobs[1]) == [("candidate", CANDIDATE)]
    ann.ok("media/call/hangup", call_id="c", reason="bye")
    for client in (ann, bobs[1]):
        assert heard(client)[-1] == ("hangup", {"code": 100011, "reason": "bye"})
    assert ann.refused("media/call/hangup", call_id="c") == (305002, "Call not found")


def test_a_call_that_nobody_answers(stage: Stage, ann: Client, bobs: list[Client]) -> None:
    call(ann, ring_time=3)
    stage.pass_time(2)
    assert heard(ann) == []
    stage.pass_time(2)
    for client in (ann, *bobs):
        assert heard(client) == [("hangup", {"code": 305005, "reason": "No answer"})]


@pytest.mark.parametrize("data", [{"callee": "eve"}, {"callee": "ann"}, {"type": "session", "callee": "none"}])
def test_a_call_to_nobody(stage: Stage, ann: Client, data: Any) -> None:
    call(ann, **data)
    assert heard(ann) == []
    stage.pass_time(1)
    assert heard(ann) == [("hangup", {"code": 305004, "reason": "No destination"})]


def test_a_call_to_one_connection_that_rejects(ann: Client, bobs: list[Client]) -> None:
    call(ann, type="session", callee="bob-1")
    assert bobs[1].refused("media/call/ringing", call_id="c") == (305002, "Call not found")
    bobs[0].ok("media/call/rejected", call_id="c")
    assert heard(ann) == [("hangup", {"code": 305003, "reason": "Call rejected"})]


def test_a_caller_that_cancels(ann: Client, bobs: list[Client]) -> None:
    call(ann)
    ann.ok("media/call/hangup", call_id="c")
    for bob in bobs:
        assert heard(bob) == [("hangup", {"code": 305007, "reason": "Originator cancel"})]


@pytest.mark.parametrize(("who", "code"), [("caller", 100010), ("callee", 100010), ("invited", None)])
def test_connections_that_go(ann: Client, bobs: list[Client], who: str, code: int | None) -> None:
    call(ann)
    if who == "callee":
        bobs[0].ok("media/call/accepted", call_id="c")
    gone, left = (ann, bobs[0]) if who == "caller" else (bobs[0], ann)
    gone.vanish()
    ends = [body["code"] for kind, body in heard(left) if kind == "hangup"]
    assert ends == ([] if code is None else [code])
    if code is None:
        bobs[1].vanish()
        assert heard(ann) == [("hangup", {"code": 305004, "reason": "No destination"})]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, 100045),
        ({"callee": "bob", "type": "sip"}, 100006),
        ({"callee": "bob", "type": "pigeon"}, 100044),
        ({"callee": "bob", "ring_time": 0}, 100044),
        ({"callee": "bob", "call_id": "c"}, 305001),
    ],
)
def test_calls_that_cannot_be_made(ann: Client, bobs: list[Client], data: Any, code: int) -> None:
    call(ann)
    assert ann.refused("media/call/start", **data)[0] == code
    assert bobs[0].refused("media/call/accepted", call_id="c", answer={}) == (300015, "Missing SDP")
    assert ann.refused("media/call/accepted", call_id="c") == (305002, "Call not found")
