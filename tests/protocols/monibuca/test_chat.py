"""What is written, how often, and by whom. specs/monibuca-rooms.md §3.3."""

from typing import Any

import pytest

from roomful.rooms.extension import Role, RoomCallbacks, RoomView, UserView

from .stage import ROOM, Stage


async def test_everybody_gets_a_message_the_sender_too(stage: Stage) -> None:
    ann, bob = await stage.member("ann"), await stage.member("bob")
    await ann.say("chat", content="  hello  ", extra={"color": "red"}, seq="a1")
    for client in (ann, bob):
        message = client.last("chat")
        assert message["message_id"].startswith("m-")
        assert (message["user_id"], message["user_name"], message["content"]) == ("ann", "Ann", "hello")
        assert (message["type"], message["to"], message["extra"]) == ("text", None, {"color": "red"})
    assert ann.last("ack")["seq"] == "a1"


async def test_a_private_message_is_for_two(stage: Stage) -> None:
    ann, bob, eve = [await stage.member(name) for name in ("ann", "bob", "eve")]
    await ann.say("chat", content="psst", to="bob")
    assert ann.last("chat")["to"] == bob.last("chat")["to"] == "bob"
    assert eve.told("chat") == []
    await ann.say("chat", content="psst", to="nobody")
    assert ann.refusal() == 40402
    assert (await stage.client().join("late"))["chat_history"] == []


async def test_who_joins_is_told_what_was_written(stage: Stage) -> None:
    ann = await stage.member("ann")
    await ann.say("chat", content="one")
    await ann.say("chat", content="two")
    history = (await stage.client().join("bob"))["chat_history"]
    assert [message["content"] for message in history] == ["one", "two"]
    assert history[0]["ts"] == 1_000_000_000


async def test_the_sixth_message_within_ten_seconds_is_refused(stage: Stage) -> None:
    ann, bob = await stage.member("ann"), await stage.member("bob")
    for number in range(6):
        await ann.say("chat", content=str(number), seq=number)
    assert len(bob.told("chat")) == 5
    error = ann.last("error")
    assert (error["code"], error["error"], error["for"], error["seq"]) == (42901, "rate_limited", "chat", 5)
    assert 0 < error["detail"]["retry_after_ms"] <= 2000
    await stage.pass_time(2)
    await ann.say("chat", content="later")
    assert bob.last("chat")["content"] == "later"


async def test_who_goes_on_is_silenced_for_half_a_minute(stage: Stage) -> None:
    ann, bob = await stage.member("ann"), await stage.member("bob")
    for number in range(9):
        await bob.say("chat", content=str(number))
    assert bob.refusal() == 40304
    assert ann.last("chat_muted")["user_id"] == "bob"
    await bob.say("leave_room")
    again = await stage.member("bob")
    await again.say("chat", content="rejoined")
    assert again.refusal() == 40304
    assert again.last("error")["detail"]["until"] == 1_000_030_000
    await stage.pass_time(25)
    await again.say("heartbeat")
    await stage.pass_time(6)
    await again.say("chat", content="now")
    assert again.last("chat")["content"] == "now"


async def test_slow_mode_is_for_those_who_are_no_hosts(stage: Stage) -> None:
    host, bob = await stage.member("host"), await stage.member("bob")
    await host.say("action", op="slow_mode", params={"seconds": 5})
    assert bob.last("room_updated")["changes"] == {"slow_mode": 5}
    for client in (host, host, bob, bob):
        await client.say("chat", content="x")
    assert host.told("error") == []
    assert bob.refusal() == 42901
    assert bob.last("error")["detail"]["retry_after_ms"] == 5000


async def test_mute_all_spares_hosts(stage: Stage) -> None:
    host, bob = await stage.member("host"), await stage.member("bob")
    await host.say("action", op="chat_mute", target_id="*")
    assert bob.last("chat_muted")["user_id"] == "*"
    await bob.say("chat", content="x")
    await host.say("chat", content="y")
    assert bob.refusal() == 40304
    assert bob.last("chat")["content"] == "y"
    await host.say("action", op="chat_unmute", target_id="*")
    told = bob.last("chat_unmuted")
    assert (told["user_id"], told["until"], told["by"]) == ("*", None, "host")
    await bob.say("chat", content="x")
    assert host.last("chat")["content"] == "x"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "content"),
        ({"content": 5}, "content"),
        ({"content": "   "}, "content"),
        ({"content": "x" * 501}, "content"),
        ({"content": "x", "type": "html"}, "type"),
        ({"content": "x", "to": ["bob"]}, "to"),
        ({"content": "x", "extra": "y"}, "extra"),
        ({"content": "x", "extra": {"y": "z" * 2048}}, "extra"),
        ({"content": "x", "user_id": "bob"}, "user_id"),
        ({"content": "x", "room_id": "other"}, "room_id"),
    ],
)
async def test_bad_fields_are_named(stage: Stage, fields: dict[str, Any], field: str) -> None:
    ann = await stage.member("ann")
    await ann.say("chat", **fields)
    error = ann.last("error")
    assert (error["code"], error["detail"]["field"]) == (40003, field)
    assert ann.told("chat") == []


async def test_custom_data_goes_to_the_others_or_to_some(stage: Stage) -> None:
    ann, bob, eve = [await stage.member(name) for name in ("ann", "bob", "eve")]
    await ann.say("custom", data={"x": [1, 2]})
    assert (bob.last("custom")["user_id"], bob.last("custom")["data"]) == ("ann", {"x": [1, 2]})
    assert ann.told("custom") == []
    await ann.say("custom", data="only bob", to=["bob"])
    assert bob.last("custom")["data"] == "only bob"
    assert eve.last("custom")["data"] == {"x": [1, 2]}


async def test_custom_data_may_come_four_times_as_often_as_chat(stage: Stage) -> None:
    ann = await stage.member("ann")
    for number in range(21):
        await ann.say("custom", data=number)
    assert len(ann.told("error")) == 1
    assert ann.refusal() == 42901


async def test_a_viewer_chats_and_sends_no_media(stage: Stage) -> None:
    await stage.member("host")
    viewer = await stage.member("bob")
    await stage.api.set_user_role(ROOM, "bob", Role.VIEWER)
    await viewer.say("chat", content="hi")
    await viewer.say("media_state", audio=True)
    assert viewer.last("chat")["content"] == "hi"
    assert viewer.refusal() == 40301


class Censor(RoomCallbacks):
    async def on_chat(self, room: RoomView, user: UserView, message: dict[str, Any]) -> dict[str, Any] | None:
        if "bad" in message["content"]:
            return None
        return {**message, "content": message["content"].replace("darn", "****")}


async def test_an_extension_may_change_and_drop_messages(stage: Stage) -> None:
    stage.register(Censor())
    client = stage.client(room_type="test")
    await client.join("ann")
    await client.say("chat", content="darn it")
    await client.say("chat", content="bad word")
    assert [message["content"] for message in client.told("chat")] == ["**** it"]
