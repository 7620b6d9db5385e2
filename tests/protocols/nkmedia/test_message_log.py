"""Messages left with a room. specs/nkmedia.md §15."""

from roomful.protocols.nkmedia.message_log import KEPT_MESSAGES
from roomful.rooms.events import ChatSent, RoomEvent
from roomful.rooms.participant import JoinRequest

from .stage import Client, Stage

SEND, GET = "media/room/msglog_send", "media/room/msglog_get"


def test_messages_are_numbered_told_and_kept(stage: Stage, client: Client) -> None:
    assert client.ok(GET, room_id="r1") == []
    bob = stage.client("bob")
    assert bob.ok(SEND, room_id="r1", msg={"text": "hello"}) == {"msg_id": 1}
    assert client.ok(SEND, room_id="r1", msg={"text": "hi", "msg_id": 99}) == {"msg_id": 2}
    time = round(stage.now * 1_000_000)
    first = {"text": "hello", "msg_id": 1, "user_id": "bob", "session_id": bob.session.session_id}
    messages = client.ok(GET, room_id="r1")
    assert messages[0] == {**first, "timestamp": time, "timestmap": time}
    assert (messages[1]["text"], messages[1]["msg_id"]) == ("hi", 2)
    assert [one["body"] for one in client.events("room", "msglog_new_msg")] == messages


def test_the_oldest_go_and_a_log_goes_with_its_room(client: Client) -> None:
    for number in range(KEPT_MESSAGES + 1):
        client.ok(SEND, room_id="r1", msg={"n": number})
    messages = client.ok(GET, room_id="r1")
    assert (len(messages), messages[0]["msg_id"]) == (KEPT_MESSAGES, 2)
    client.ok("media/room/destroy", room_id="r1")
    client.ok("media/room/create", **{"class": "sfu"}, room_id="r1")
    assert client.ok(GET, room_id="r1") == []


def test_a_room_that_is_talked_in_stays_open(stage: Stage, client: Client) -> None:
    client.ok("media/room/create", **{"class": "sfu"}, room_id="short", timeout=5)
    for _ in range(3):
        stage.pass_time(4)
        client.ok(GET, room_id="short")
    stage.pass_time(7)
    assert client.refused(GET, room_id="short") == (304001, "Room not found")


def test_messages_that_cannot_be_sent(client: Client) -> None:
    assert client.refused(SEND, room_id="r1") == (100045, "Missing field: msg")
    assert client.refused(SEND, msg={}) == (100045, "Missing field: room_id")
    assert client.refused(SEND, room_id="r1", msg="text") == (100044, "Syntax error: msg")
    assert client.refused(SEND, room_id="r1", msg={"text": "x" * 20_000}) == (100044, "Syntax error: msg")
    assert client.refused(SEND, room_id="none", msg={}) == (304001, "Room not found")


def test_what_participants_write_is_in_the_log(stage: Stage, client: Client) -> None:
    room = stage.rooms.with_name("r1")
    carl = room.join(JoinRequest(identity="carl"), stage.now)
    room.activate(carl.sid, stage.now)
    room.send_chat(carl.sid, "hello", stage.now)
    room.send_chat(carl.sid, "only for me", stage.now, to="carl")
    client.ok(SEND, room_id="r1", msg={"text": "hi"})
    room.send_chat(carl.sid, "a.png", stage.now, type="image", extra={"width": 3})
    messages = client.ok(GET, room_id="r1")
    assert [(one["msg_id"], one["user_id"], one["text"]) for one in messages] == [
        (1, "carl", "hello"),
        (2, "ann", "hi"),
        (3, "carl", "a.png"),
    ]
    assert (messages[0]["session_id"], messages[2]["type"], messages[2]["width"]) == (carl.sid, "image", 3)
    assert [one["body"] for one in client.events("room", "msglog_new_msg")] == messages


def test_messages_with_a_text_are_chat(stage: Stage, client: Client) -> None:
    room, told = stage.rooms.with_name("r1"), list[RoomEvent]()
    room.observers.add(told.append)
    client.ok(SEND, room_id="r1", msg={"text": "hello", "colour": "red"})
    client.ok(SEND, room_id="r1", msg={"text": " "})
    client.ok(SEND, room_id="r1", msg={"drawing": [1, 2]})
    (chat,) = [event.message for event in told if isinstance(event, ChatSent)]
    assert (chat.user_id, chat.content, chat.extra, chat.sender) == ("ann", "hello", {"colour": "red"}, "")
    assert len(client.ok(GET, room_id="r1")) == 3


def test_a_log_begins_with_what_the_room_remembers(stage: Stage) -> None:
    deaf = stage.client()
    deaf.ok("media/room/create", **{"class": "sfu", "room_id": "r1"})
    room = stage.rooms.with_name("r1")
    for number in range(3):
        room.announce("carl", f"{number}", stage.now, extra={})
    deaf.ok("core/event/subscribe", **{"class": "media"})
    room.announce("carl", "3", stage.now, extra={})
    (event,) = deaf.events("room", "msglog_new_msg")
    assert (event["body"]["msg_id"], event["body"]["text"]) == (4, "3")
    assert [one["text"] for one in deaf.ok(GET, room_id="r1")] == ["0", "1", "2", "3"]
