"""Heartbeats, lost connections and those that take over. specs/room-signals.md §1.1, §1.3, §9."""

import pytest

from roomful.protocols.room_signals.bearers import Bearer

from .stage import ROOM, Stage


async def test_a_session_without_heartbeats_goes_within_twelve_seconds(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    for _ in range(3):
        stage.wait(3)
        assert await bob.code("HEARTBEAT", bid="1") == 200
    stage.wait(0.9)
    assert bob.list == [("s-alice", "admin")]
    stage.wait(2.1)
    assert bob.list == []
    assert await alice.code("HEARTBEAT", bid="1") == 4001
    assert (await alice.join())["pt"] == "viewer"


async def test_only_join_and_heartbeat_say_that_a_session_lives(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    stage.wait(9)
    await alice.say("UPDATE", ve=False)
    stage.wait(3)
    assert stage.rooms.get(ROOM) is None


async def test_a_heartbeat_without_ack_keeps_the_session(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    for _ in range(4):
        stage.wait(5)
        assert await alice.say("HEARTBEAT", bid="1", send_ack=False) == []
    assert stage.rooms.get(ROOM) is not None


async def test_a_lost_connection_gets_what_it_has_missed_with_its_next_signal(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    bob.lose()
    assert stage.room.with_identity("s-bob").away
    await alice.say("PUBLISH_ACCEPT", to="bob")
    bob.connect()
    told = await bob.say("HEARTBEAT", bid="1")
    assert [message["s"] for message in told] == ["PUBLISH_ACCEPT", "PUBLISH_LIST_CHANGED", "HEARTBEAT"]
    assert not stage.room.with_identity("s-bob").away


async def test_of_what_waits_the_oldest_goes_first(stage: Stage) -> None:
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    bob.lose()
    for number in range(70):
        await alice.say("UPDATE", ve=bool(number % 2))
    await alice.say("PUBLISH_REJECT", to="bob")
    bob.connect()
    told = await bob.say("HEARTBEAT", bid="1")
    assert len(told) == 64 + 1
    assert told[-2]["s"] == "PUBLISH_REJECT"


async def test_another_connection_takes_a_session_over(stage: Stage) -> None:
    alice = stage.client("alice")
    await alice.join(creating=True)
    first = alice.connection, alice.socket
    alice.connect()
    assert await alice.code("HEARTBEAT", bid="1") == 200
    first[0].on_disconnect(1006)
    assert not stage.room.with_identity("s-alice").away
    await alice.say("UPDATE", ve=False)
    assert alice.got[-1]["s"] == "PUBLISH_LIST_CHANGED"
    assert [message["s"] for message in first[1].got] == ["JOIN"]


async def test_only_the_same_token_takes_a_session_over(stage: Stage) -> None:
    alice = stage.client("alice", bearer=Bearer(user_id="alice", name="Alice", fullname="Alice A.", avatar="https://a"))
    joined = await alice.join(creating=True)
    assert [joined["pps"][0][field] for field in ("username", "fullname", "avatar")] == [
        "Alice",
        "Alice A.",
        "https://a",
    ]
    thief = stage.client("alice", bearer=Bearer(user_id="mallory"))
    assert await thief.code("LEAVE") == 2001
    nobody = stage.client("alice")
    assert await nobody.code("LEAVE") == 2001
    assert await alice.code("HEARTBEAT") == 200


async def test_a_silent_connection_is_kept_alive(stage: Stage) -> None:
    alice = stage.client("alice")
    stage.wait(299)
    assert alice.got == []
    stage.wait(2)
    (message,) = alice.got
    assert (message["c"], message["s"], list(message["b"])) == (200, "KEEPALIVE", ["ts"])
    stage.wait(301)
    assert len(alice.got) == 2


async def test_the_longest_time_of_a_connection() -> None:
    stage = Stage(max_connection=7200)
    alice = stage.client("alice")
    stage.wait(7199)
    assert alice.close_code is None
    stage.wait(2)
    assert alice.close_code == 1000


async def test_who_always_sends_too_much_is_closed() -> None:
    stage = Stage(rate_limit=100)
    alice = stage.client("alice")
    await alice.join(creating=True)
    for second in range(5):
        assert alice.close_code is None, second
        for _ in range(102):
            alice.connection.on_message("{}")
        stage.now += 1
    assert alice.close_code == 1008


async def test_a_burst_is_held_back_and_forgiven() -> None:
    stage = Stage(rate_limit=100)
    alice = stage.client("alice")
    for _ in range(8):
        for _ in range(102):
            alice.connection.on_message("{}")
        assert alice.socket.paused
        stage.now += 3
    assert alice.close_code is None


@pytest.mark.parametrize("lost", ["before", "after"])
async def test_a_socket_that_dies_around_its_ack_leaves_nothing_behind(stage: Stage, lost: str) -> None:
    alice = stage.client("alice")
    alice.connection.on_message(b"")  # closes, but what is already here is still read
    await alice.say("JOIN", ve=True, ae=True, eg="native", op={"roomCreating": True})
    if lost == "after":
        alice.lose()
    stage.wait(12)
    assert (stage.rooms.get(ROOM), len(stage.signalling)) == (None, 0)
