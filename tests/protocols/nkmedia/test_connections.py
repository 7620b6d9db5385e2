"""Login, pings, acks, deadlines, and what closes a connection. specs/nkmedia.md §1.2, §2, §3.1."""

import uuid

import pytest

from roomful.config import Config, Duration, NkMediaConfig
from roomful.protocols.nkmedia.messages import NotAMessage, NotJson, read
from roomful.protocols.nkmedia.services import Settings, settings_of

from .stage import Client, Stage


def test_a_login_is_acked_and_answered_with_the_id_of_the_connection(stage: Stage) -> None:
    client = Client(stage)
    client.say(**{"class": "core"}, subclass="user", cmd="login", data={"user": "ann", "password": "x"}, tid="a")
    ack, answer = client.got
    assert ack == {"ack": "a"}
    assert answer["result"] == "ok"
    assert answer["tid"] == "a"
    assert uuid.UUID(answer["data"]["session_id"])


def test_a_connection_can_choose_its_id(stage: Stage) -> None:
    assert Client(stage).ok("core/user/login", user="ann", session_id="mine") == {"session_id": "mine"}


@pytest.mark.parametrize(("taken", "code"), [("mine", 100034), ("", 100035), (7, 100035), ("x" * 129, 100035)])
def test_an_id_that_cannot_be_had_ends_the_connection(stage: Stage, taken: object, code: int) -> None:
    Client(stage).login(session_id="mine")
    client = Client(stage)
    assert client.refused("core/user/login", user="bob", session_id=taken)[0] == code
    assert client.closed == 1008


@pytest.mark.parametrize("field", ["password", "pass"])
def test_a_password_is_asked_for(field: str) -> None:
    stage = Stage(users={"ann": "right"})
    assert Client(stage).ok("core/user/login", user="ann", **{field: "right"})["session_id"]


@pytest.mark.parametrize("data", [{"user": "ann", "password": "wrong"}, {"user": "ann"}, {"user": "eve"}])
def test_a_wrong_password_is_refused_after_a_pause_that_grows(data: dict[str, str]) -> None:
    stage = Stage(users={"ann": "right"})
    client = Client(stage)
    pauses: list[float] = []
    for _ in range(8):
        tid = client.begin("core/user/login", data)
        pause, go_on = stage.held.pop()
        assert not [one for one in client.got if one.get("tid") == tid]
        go_on()
        assert client.response(tid)["data"] == {"code": 100030, "error": "Unauthorized"}
        pauses.append(pause)
    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0])
    assert client.closed is None


def test_api_keys_are_users(stage: Stage) -> None:
    stage = Stage(users={"ann": "right"})
    assert Client(stage).ok("core/user/login", user="APIkey", password="a-secret")


def test_a_second_login_is_refused(stage: Stage) -> None:
    assert stage.client().refused("core/user/login", user="bob") == (100032, "Already authenticated")


@pytest.mark.parametrize("path", ["core/user/list", "media/room/list", "media/session/create", "nk/no/thing"])
def test_nothing_is_done_before_the_login(stage: Stage, path: str) -> None:
    client = Client(stage)
    assert client.refused(path) == (100031, "Not authenticated")
    assert client.closed is None


def test_clients_may_ping_before_the_login(stage: Stage) -> None:
    assert Client(stage).ok("core/core/ping", time=60) == {"time": round(stage.now * 1000)}


def test_the_configured_interval_can_be_sent() -> None:
    stage = Stage(settings=settings_of(Config(nkmedia=NkMediaConfig(ping_interval=Duration(30)))))
    client = stage.client()
    stage.pass_time(30)
    assert [one["data"] for one in client.got if one.get("cmd") == "ping"] == [{"time": 30}]


def test_the_server_pings_and_closes_on_who_does_not_answer() -> None:
    stage = Stage(settings=Settings(ping_interval=30))
    polite, deaf = Client(stage).login(), Client(stage, polite=False).login()
    stage.pass_time(30)
    for client in (polite, deaf):
        (ping,) = [one for one in client.got if one.get("cmd") == "ping"]
        assert ping == {"class": "core", "cmd": "ping", "data": {"time": 30}, "tid": 1}
    stage.pass_time(5)
    assert deaf.closed == 1008
    stage.pass_time(26)
    assert polite.closed is None
    assert len([one for one in polite.got if one.get("cmd") == "ping"]) == 2


def test_an_ack_gives_more_time() -> None:
    stage = Stage(settings=Settings(ping_interval=30, idle_timeout=600))
    client = Client(stage, polite=False).login()
    stage.pass_time(30)
    client.say(ack=1)
    stage.pass_time(29)
    assert client.closed is None
    client.say(result="ok", tid=2)
    for number in range(3, 9):
        stage.pass_time(30)
        client.say(result="ok", tid=number)
    assert client.closed == 1008, "the first ping was acked, and never answered"


def test_events_need_no_answer_unless_it_is_configured() -> None:
    for required, closed in ((False, None), (True, 1008)):
        stage = Stage(settings=Settings(ping_interval=0, require_event_replies=required))
        client = Client(stage, polite=False).login()
        client.ok("core/event/subscribe", **{"class": "media"})
        stage.client("bob").ok("media/room/create", **{"class": "sfu"})
        stage.pass_time(6)
        assert client.events("room", "started")
        assert client.closed == closed


def test_a_silent_connection_is_closed() -> None:
    stage = Stage(settings=Settings(ping_interval=0, idle_timeout=180))
    client = stage.client()
    stage.pass_time(179)
    assert client.closed is None
    stage.pass_time(1)
    assert client.closed == 1000


def test_who_does_not_log_in_is_closed(stage: Stage) -> None:
    client = Client(stage)
    stage.pass_time(60)
    assert client.closed == 1008


def test_a_command_that_takes_its_time_is_acked(stage: Stage) -> None:
    stage.unsaved = []
    client = stage.client()
    tid = client.begin("media/room/create", {"class": "sfu"})
    assert not [one for one in client.got if one.get("ack") == tid]
    stage.pass_time(2)
    assert [one for one in client.got if one.get("ack") == tid] == [{"ack": tid}]
    stage.unsaved.pop()()
    assert client.response(tid)["result"] == "ok"


def test_unknown_responses_and_acks_are_ignored(stage: Stage) -> None:
    client = stage.client()
    client.say(result="ok", tid=99)
    client.say(ack="what")
    assert client.closed is None


@pytest.mark.parametrize("text", ["", "{", "nonsense", '{"class": "core"', "[" * 100_000, '"\\ud800"x'])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(NotJson):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"foo": 1}',
        "[]",
        "null",
        "7",
        '{"class": "core", "cmd": "ping"}',
        '{"class": "core", "cmd": "ping", "tid": true}',
        '{"class": "core", "cmd": "ping", "tid": null}',
        '{"class": 1, "cmd": "ping", "tid": 1}',
        '{"class": "core", "subclass": [], "cmd": "ping", "tid": 1}',
        '{"class": "core", "tid": 1}',
        '{"result": 1, "tid": 1}',
        '{"result": "ok"}',
        '{"ack": null}',
    ],
)
def test_what_is_no_message(text: str) -> None:
    with pytest.raises(NotAMessage):
        read(text)


@pytest.mark.parametrize("tid", [1, "one", 1.5, 2**53, ""])
def test_a_tid_comes_back_as_it_was(stage: Stage, tid: object) -> None:
    client = stage.client()
    client.say(**{"class": "media"}, subclass="room", cmd="list", tid=tid)
    assert client.got[-1] == {"result": "ok", "data": [], "tid": tid}
