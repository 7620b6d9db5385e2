"""CHAT, for those who ask for it. docs/how-to/room-signals-clients.md."""

from typing import Any

import pytest

from roomful.protocols.room_signals.bearers import Bearer
from roomful.rooms.chat import ChatMute
from roomful.rooms.extension import ExtensionProps, RoomApiError, RoomCallbacks, RoomView, UserView
from roomful.rooms.extension.codes import Code
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission

from .stage import ROOM, Client, Stage

CHAT = {"chat": True}


@pytest.fixture
async def alice(stage: Stage) -> Client:
    client = stage.client("alice")
    await client.join(creating=True, op=CHAT)
    return client


@pytest.fixture
async def bob(stage: Stage, alice: Client) -> Client:
    client = stage.client("bob")
    await client.join(op=CHAT)
    return client


def texts(client: Client) -> list[str]:
    """What others wrote, as this client was told."""
    return [message["msg"] for message in client.told("CHAT") if "c" not in message]


async def test_who_asks_for_it_writes_and_reads(stage: Stage, alice: Client, bob: Client) -> None:
    stage.now += 0.25
    (ack,) = await alice.say("CHAT", msg=" hello ")
    said = ack["b"].pop("id")
    assert ack == {"c": 200, "s": "CHAT", "b": {"rid": ROOM, "ts": 1_700_000_000_250}}
    assert bob.got[-1] == {
        "s": "CHAT",
        "ch": "m2m",
        "rid": ROOM,
        "ss": alice.me,
        "id": said,
        "msg": "hello",
        "type": "text",
        "username": "alice",
        "ts": 1_700_000_000_250,
    }


async def test_who_does_not_ask_hears_and_says_nothing(stage: Stage, alice: Client) -> None:
    carol = stage.client("carol")
    assert "chat" not in await carol.join()
    await alice.say("CHAT", msg="hello")
    assert carol.told("CHAT") == []
    assert await carol.code("CHAT", msg="hello") == 2001
    assert texts(alice) == []


async def test_a_join_again_without_the_wish_takes_it_back(alice: Client, bob: Client) -> None:
    await bob.join()
    await alice.say("CHAT", msg="hello")
    assert texts(bob) == []
    assert await bob.code("CHAT", msg="hello") == 2001


async def test_who_joins_is_told_what_was_written(stage: Stage, alice: Client, bob: Client) -> None:
    await alice.say("CHAT", msg="one")
    await bob.say("CHAT", msg="for alice", to="alice")
    await bob.say("CHAT", msg="two")
    await bob.say("LEAVE")
    late = await stage.client("carol").join(op=CHAT)
    assert [(message["ss"]["userId"], message["msg"]) for message in late["chat"]] == [("alice", "one"), ("bob", "two")]
    assert late["chat"][0] == {**late["chat"][0], "s": "CHAT", "ss": alice.me, "type": "text"}


async def test_the_history_of_an_ack_is_bounded(stage: Stage, alice: Client) -> None:
    author = stage.room.with_identity("s-alice").sid
    for number in range(50):
        stage.room.send_chat(author, f"{number} " + "\x01" * 1500, stage.now)
    late = await stage.client("carol").join(op=CHAT)
    assert 1 < len(late["chat"]) < 50
    assert late["chat"][-1]["msg"].startswith("49 ")


async def test_a_message_for_one_user_or_one_session(stage: Stage, alice: Client, bob: Client) -> None:
    tablet, carol = stage.client("bob", session_id="s-tablet"), stage.client("carol")
    for client in (tablet, carol):
        await client.join(op=CHAT)
    assert await alice.code("CHAT", msg="for bob", to="bob") == 200
    assert await alice.code("CHAT", msg="for one", to={"userId": "bob", "sessionId": "s-tablet"}) == 200
    assert (texts(bob), texts(tablet), texts(carol)) == (["for bob"], ["for bob", "for one"], [])
    assert bob.told("CHAT")[0]["to"] == "bob"
    for to in ("dave", {"sessionId": "s-dave"}, {"userId": "carol", "sessionId": "s-bob"}):
        assert await alice.code("CHAT", msg="x", to=to) == 4003


async def test_others_devices_of_the_author_see_it(stage: Stage, alice: Client) -> None:
    phone = stage.client("alice", session_id="s-phone")
    await phone.join(op=CHAT)
    await alice.say("CHAT", msg="hello")
    await alice.say("CHAT", msg="to myself", to="alice")
    assert texts(phone) == ["hello", "to myself"]
    assert texts(alice) == []


NO_MESSAGES = (
    {},
    {"msg": ""},
    {"msg": " \n"},
    {"msg": 1},
    {"msg": "x" * 501},
    {"msg": "x", "type": "film"},
    {"msg": "x", "to": []},
    {"msg": "x", "to": {}},
)


@pytest.mark.parametrize("fields", NO_MESSAGES, ids=str)
async def test_what_is_no_message(alice: Client, bob: Client, fields: dict[str, Any]) -> None:
    assert await alice.code("CHAT", **fields) == 2001
    assert texts(bob) == []


async def test_who_is_not_here_writes_nothing(stage: Stage, alice: Client, bob: Client) -> None:
    assert await stage.client("carol").code("CHAT", msg="x") == 4001
    await bob.say("LEAVE")
    assert await bob.code("CHAT", msg="x") == 4001
    elsewhere = stage.client("dave", "a2m")
    assert await elsewhere.code("CHAT", msg="x") == 2002


async def test_the_rules_of_hosts_hold(stage: Stage, alice: Client, bob: Client) -> None:
    stage.room.add_chat_mute(ChatMute(user_id="bob", until=None, by="alice", created_at=stage.now), stage.now)
    assert await bob.code("CHAT", msg="x") == 4051
    stage.room.remove_chat_mute("bob", stage.now)
    stage.room.set_slow_mode(30, stage.now)
    assert [await bob.code("CHAT", msg="x") for _ in range(2)] == [200, 4051]
    assert "30 seconds" in bob.got[-1]["b"]["msg"]
    assert texts(alice) == ["x"]


async def test_a_token_that_may_send_no_data(stage: Stage, alice: Client) -> None:
    bearer = Bearer(user_id="eve", permission=Permission(can_publish_data=False))
    eve = stage.client("eve", bearer=bearer)
    await eve.join(op=CHAT)
    assert await eve.code("CHAT", msg="x") == 4051
    await alice.say("CHAT", msg="hello")
    assert texts(eve) == ["hello"]


async def test_who_writes_too_often_waits(stage: Stage, alice: Client, bob: Client) -> None:
    assert [await bob.code("CHAT", msg=str(n)) for n in range(6)] == [200] * 5 + [4051]
    await bob.join(op=CHAT)
    assert await bob.code("CHAT", msg="x") == 4051, "joining again does not help"
    stage.now += 2
    assert await bob.code("CHAT", msg="6") == 200
    assert texts(alice) == ["0", "1", "2", "3", "4", "6"]


@pytest.mark.parametrize("channel", ["m2m", "a2m", "p2p", "p2m"])
async def test_every_channel_has_it(stage: Stage, channel: str) -> None:
    alice, bob = stage.client("alice", channel), stage.client("bob", channel)
    await alice.join(creating=True, op=CHAT)
    await bob.join(op=CHAT)
    assert await bob.code("CHAT", msg="hello") == 200
    assert texts(alice) == ["hello"]


async def test_what_others_write_comes_as_if_from_a_session(stage: Stage, alice: Client) -> None:
    moni = stage.room.join(JoinRequest(identity="moni/2", user_id="moni", name="Moni"), stage.now)
    stage.room.send_chat(moni.sid, "a cat", stage.now, type="image")
    told = alice.told("CHAT")[0]
    assert (told["ss"]["userId"], told["ss"]["sessionId"], told["username"]) == ("moni", "moni/2", "Moni")
    assert (told["msg"], told["type"]) == ("a cat", "image")
    assert await alice.code("CHAT", msg="back", to=told["ss"]) == 200


async def test_who_was_away_reads_it_later(alice: Client, bob: Client) -> None:
    bob.lose()
    await alice.say("CHAT", msg="hello")
    bob.connect()
    await bob.say("HEARTBEAT", bid="1")
    assert texts(bob) == ["hello"]


class Editor(RoomCallbacks):
    async def on_chat(self, room: RoomView, user: UserView, message: dict[str, Any]) -> dict[str, Any] | None:
        match message["content"]:
            case "secret":
                return None
            case "rude":
                raise RoomApiError(Code.CONTENT_REJECTED, "be nice")
            case _:
                return {**message, "content": message["content"].upper()}


async def test_an_extension_changes_drops_or_refuses_it(stage: Stage) -> None:
    extensions = stage.services.extensions
    extensions.register("test", Editor(), ExtensionProps(name="test", room_type="test"))
    extensions.start()
    stage.rooms.create(ROOM, RoomOptions(type="test"), stage.now)
    alice, bob = stage.client("alice"), stage.client("bob")
    for client in (alice, bob):
        await client.join(op=CHAT)
    assert [await alice.code("CHAT", msg=text) for text in ("hello", "secret", "rude")] == [200, 200, 4051]
    assert texts(bob) == ["HELLO"]
