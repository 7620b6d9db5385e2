"""The waiting room. specs/monibuca-rooms.md §3.6."""

import pytest

from .stage import ROOM, Client, Stage


@pytest.fixture
async def host(stage: Stage) -> Client:
    """The host of a room with a lobby."""
    client = await stage.member("host")
    await client.say("action", op="lobby", params={"on": True})
    return client


async def knock(stage: Stage, user_id: str = "bob") -> Client:
    client = stage.client()
    await client.join(user_id)
    assert client.last("lobby_waiting")["position"]
    return client


async def test_who_comes_waits_for_a_host(stage: Stage, host: Client) -> None:
    bob, eve = await knock(stage), await knock(stage, "eve")
    assert (bob.last("lobby_waiting")["position"], eve.last("lobby_waiting")["position"]) == (1, 2)
    assert host.last("lobby_user_waiting")["user"]["user_id"] == "eve"
    assert host.told("user_joined") == []

    await host.say("action", op="admit", target_id="bob", seq=1)
    assert [message["action"] for message in bob.got] == ["lobby_waiting", "lobby_admitted", "room_joined"]
    assert host.last("user_joined")["user"]["user_id"] == "bob"
    await bob.say("chat", content="thanks")
    assert host.last("chat")["content"] == "thanks"


async def test_who_waits_may_say_that_it_lives_and_leave(stage: Stage, host: Client) -> None:
    bob = await knock(stage)
    for _ in range(5):
        await stage.pass_time(10)
        await bob.say("heartbeat", ts=1)
        await host.say("heartbeat")
    assert bob.close_code is None
    for action in ("chat", "media_state", "custom", "action", "raise_hand"):
        await bob.say(action, content="x", data=1, op="lock")
        assert bob.refusal() == 40403
    await bob.say("leave_room")
    assert bob.close_code == 1000
    assert host.last("lobby_user_left")["user_id"] == "bob"


async def test_without_heartbeats_the_wait_ends(stage: Stage, host: Client) -> None:
    bob = await knock(stage)
    await stage.pass_time(20)
    await host.say("heartbeat")
    await stage.pass_time(11)
    assert bob.close_code == 4008
    assert host.last("lobby_user_left")["user_id"] == "bob"


async def test_a_lost_connection_ends_the_wait(stage: Stage, host: Client) -> None:
    bob = await knock(stage)
    await bob.vanish()
    assert host.last("lobby_user_left")["user_id"] == "bob"
    assert stage.rooms.with_name(ROOM).lobby() == []


async def test_who_is_rejected_may_try_again_after_half_a_minute(stage: Stage, host: Client) -> None:
    bob = await knock(stage)
    await host.say("action", op="reject", target_id="bob", params={"reason": "full of strangers"})
    assert bob.last("lobby_rejected")["reason"] == "full of strangers"
    assert bob.close_code == 4003
    again = stage.client()
    await again.join("bob")
    assert again.refusal() == 40305
    await stage.pass_time(20)
    await host.say("heartbeat")
    await stage.pass_time(11)
    await knock(stage)


async def test_without_the_lobby_all_are_in(stage: Stage, host: Client) -> None:
    waiting = [await knock(stage, name) for name in ("bob", "eve")]
    await host.say("action", op="lobby", params={"on": False})
    for client in waiting:
        assert client.last("room_joined")["room"]["lobby_enabled"] is False


async def test_the_same_user_waits_once(stage: Stage, host: Client) -> None:
    first, second = await knock(stage), await knock(stage)
    assert first.close_code == 4009
    assert second.close_code is None


async def test_hosts_are_not_held_back(stage: Stage, host: Client) -> None:
    await host.vanish()
    assert (await stage.client().join("host"))["resumed"] is True


async def test_a_room_that_closes_tells_those_who_wait(stage: Stage, host: Client) -> None:
    bob = await knock(stage)
    await host.say("action", op="close_room")
    assert bob.last("room_closed")["reason"] == "host"
    assert bob.close_code == 4004
