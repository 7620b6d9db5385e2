"""Who is told of what: filters, bodies, users and connections. specs/nkmedia.md §3.2, §3.3."""

from typing import Any

import pytest

from .stage import Client, Stage

SENT = {"class": "app", "subclass": "job", "type": "done", "obj_id": "7"}


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({"class": "app"}, True),
        ({"class": "app", "subclass": "*", "type": "*", "obj_id": "*"}, True),
        ({"class": "app", "subclass": "job"}, True),
        ({"class": "app", "type": "done"}, True),
        ({"class": "app", "obj_id": "7"}, True),
        ({"class": "app", "obj_id": 7}, True),
        (SENT, True),
        ({"class": "other"}, False),
        ({"class": "*"}, False),
        ({"class": "app", "subclass": "jobs"}, False),
        ({"class": "app", "subclass": "job", "type": "failed"}, False),
        ({"class": "app", "subclass": "job", "type": "done", "obj_id": "8"}, False),
    ],
)
def test_filters_are_exact(stage: Stage, wanted: dict[str, Any], matches: bool) -> None:
    ann, bob = stage.client(), stage.client("bob")
    assert ann.ok("core/event/subscribe", **wanted) is None
    bob.ok("core/event/send", **SENT, body={"a": 1})
    assert ann.events() == ([{**SENT, "body": {"a": 1}}] if matches else [])
    ann.ok("core/event/unsubscribe", **wanted)
    bob.ok("core/event/send_event", **SENT)
    assert len(ann.events()) == matches


def test_an_event_has_what_was_said_and_nothing_else(stage: Stage) -> None:
    client = stage.client()
    client.ok("core/event/subscribe", **{"class": "app"})
    client.ok("core/event/send", **{"class": "app"})
    (request,) = [one for one in client.got if one.get("cmd") == "event"]
    assert request == {"class": "core", "cmd": "event", "data": {"class": "app"}, "tid": 1}


def test_an_event_comes_once_and_bodies_are_merged(stage: Stage) -> None:
    client = stage.client()
    client.ok("core/event/subscribe", **SENT, body={"a": "closest", "b": "closest", "c": "closest"})
    client.ok("core/event/subscribe", **{"class": "app"}, body={"b": "wide", "d": "wide"})
    client.ok("core/event/send", **SENT, body={"a": "event"})
    (event,) = client.events()
    assert event["body"] == {"a": "event", "b": "closest", "c": "closest", "d": "wide"}


def test_unsubscribing_needs_the_same_filter(stage: Stage) -> None:
    client = stage.client()
    client.ok("core/event/subscribe", **{"class": "app"}, subclass="job")
    client.ok("core/event/unsubscribe", **{"class": "app"})
    client.ok("core/event/send", **SENT)
    assert len(client.events()) == 1


def test_subscriptions_are_listed_and_end_with_the_connection(stage: Stage) -> None:
    client = stage.client("ann")
    client.ok("core/event/subscribe", **{"class": "app"}, obj_id="7", body={"x": 1})
    session_id = client.session.session_id
    assert client.ok("core/event/get_subscriptions") == [
        {"class": "core", "subclass": "user_event", "type": "*", "obj_id": "ann"},
        {"class": "core", "subclass": "session_event", "type": "*", "obj_id": session_id},
        {"class": "app", "subclass": "*", "type": "*", "obj_id": "7", "body": {"x": 1}},
    ]
    client.vanish()
    stage.client("bob").ok("core/event/send", **SENT)
    assert client.events() == []


def test_users_and_connections(stage: Stage) -> None:
    first = Client(stage).login("ann", session_id="one")
    Client(stage).login("ann", session_id="two")
    bob = Client(stage).login("bob", session_id="three")
    assert bob.ok("core/user/list") == {"ann": ["one", "two"], "bob": ["three"]}
    assert bob.ok("core/user/get", user="ann") == {
        "one": {"remote": "ws:203.0.113.7:1000", "type": "api_server"},
        "two": {"remote": "ws:203.0.113.7:1001", "type": "api_server"},
    }
    assert bob.refused("core/user/get", user="eve") == (100033, "User not found")
    bob.ok("core/user/send_event", user="ann", type="hello", body={"a": 1})
    bob.ok("core/session/send_event", session_id="one", type="psst")
    assert bob.refused("core/session/send_event", session_id="none") == (100062, "Session not found")
    assert [(event["subclass"], event["type"]) for event in first.events()] == [
        ("user_event", "hello"),
        ("session_event", "psst"),
    ]
    assert bob.ok("core/session/stop", session_id="one") == {"user": "ann"}
    assert first.closed == 1000
    assert bob.refused("core/session/stop", session_id="one") == (100062, "Session not found")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"result": "ok", "data": {"b": 2}}, {"result": "ok", "data": {"b": 2}}),
        ({"result": "ok"}, {"result": "ok"}),
        (
            {"result": "error", "data": {"code": 42, "error": "No"}},
            {"result": "error", "data": {"code": 42, "error": "No"}},
        ),
    ],
)
def test_a_command_for_another_connection(stage: Stage, answer: dict[str, Any], expected: dict[str, Any]) -> None:
    other = Client(stage, polite=False).login("ann", session_id="one")
    bob = stage.client("bob")
    tid = bob.begin("core/session/cmd", {"session_id": "one", "class": "app", "cmd": "add", "data": {"a": 1}})
    assert bob.got[-1] == {"ack": tid}
    assert other.got[-1] == {"class": "app", "cmd": "add", "data": {"a": 1}, "tid": 1}
    other.say(**answer, tid=1)
    assert bob.response(tid) == {**expected, "tid": tid}


def test_a_command_for_a_connection_that_goes(stage: Stage) -> None:
    other = Client(stage, polite=False).login("ann", session_id="one")
    bob = stage.client("bob")
    tid = bob.begin("core/session/cmd", {"session_id": "one", "class": "app", "cmd": "add"})
    other.vanish()
    assert bob.response(tid)["data"]["code"] == 100061


def test_what_a_client_logs(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.client().ok("core/session/log", source="app", message="it is warm", level=4)
    assert "it is warm" in caplog.text


def test_unknown_fields_are_named(stage: Stage) -> None:
    client = stage.client()
    client.ok("media/room/list", colour="red", service="x")
    (event,) = client.events("session_event", "unrecognized_fields")
    assert event["obj_id"] == client.session.session_id
    assert event["body"] == {"class": "media", "subclass": "room", "cmd": "list", "fields": ["colour"]}
