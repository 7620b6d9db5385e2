"""What Room Signals refuses, row by row on a live socket. specs/room-signals.md §11.2, §12.2."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from roomful.protocols.room_signals.channels import SUPPORTED, Channel
from tests.running_server import RunningServer

from .signals_client import ACTION_OF, SignalsClient, signals_client

pytestmark = pytest.mark.timeout(60)

FIELDS: dict[str, dict[str, Any]] = {
    "UPDATE": {"ve": True, "ae": True},
    "HEARTBEAT": {"bid": "b", "send_ack": True},
    "KICK": {"to": "bob"},
    "PUBLISH_REQUEST": {"ve": True, "ae": True},
    "PUBLISH_ACCEPT": {"to": "bob"},
    "PUBLISH_REJECT": {"to": "bob"},
    "OFFER": {"sdp": "v=0"},
    "ANSWER": {"sdp": "v=0"},
    "ICE": {"sdp": ""},
    "WATCH": {"to": "bob"},
    "SIMULCAST_UPDATE": {"to": "bob", "layer": "low"},
}


class World:
    """An `m2m` room with an owner, a publisher and a viewer."""

    def __init__(self, server: RunningServer, stack: AsyncExitStack) -> None:
        self._server = server
        self._stack = stack
        self.room = f"room-{uuid.uuid4().hex[:8]}"

    async def client(self, user_id: str, channel: str = "m2m", room: str = "") -> SignalsClient:
        opened = signals_client(self._server.ws_url, room or self.room, user_id, channel)
        return await self._stack.enter_async_context(opened)

    async def fill(self) -> dict[str, SignalsClient]:
        alice, bob, carol = [await self.client(name) for name in ("alice", "bob", "carol")]
        await alice.join(creating=True)
        await bob.join()
        await carol.join()
        await alice.say("PUBLISH_ACCEPT", to="carol")
        await carol.until("PUBLISH_LIST_CHANGED")
        return {"alice": alice, "bob": bob, "carol": carol}


@pytest.fixture
async def world(roomful_server: RunningServer) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield World(roomful_server, stack)


async def barrier(client: SignalsClient) -> None:
    """Everything before has been answered, and the connection is open."""
    unknown = {"action": "barrier", "data": {}}
    await client.send(unknown)
    await client.until("UNKNOWN", ack=True)


UNSUPPORTED = [
    (name, channel) for name, channels in SUPPORTED.items() for channel in Channel if channel not in channels
]


@pytest.mark.parametrize(("name", "channel"), UNSUPPORTED, ids=[f"{name}-{channel}" for name, channel in UNSUPPORTED])
async def test_a_signal_that_its_channel_does_not_have(world: World, name: str, channel: Channel) -> None:
    alice = await world.client("alice", channel)
    await alice.join(creating=True)
    refused = await alice.ask(name, **FIELDS[name])
    assert (refused["c"], refused["s"]) == (2002, name)
    assert refused["b"]["req"] == alice.signal(name, **FIELDS[name])


def test_the_table_of_channels_is_the_documents() -> None:
    assert {
        name: "".join(str(channel in channels)[0] for channel in Channel) for name, channels in SUPPORTED.items()
    } == {
        # m2m, p2p, a2m, p2m
        "JOIN": "TTTT",
        "LEAVE": "TTTT",
        "UPDATE": "TTTT",
        "HEARTBEAT": "TTTT",
        "KICK": "TFTT",
        "PUBLISH_REQUEST": "TFTF",
        "PUBLISH_ACCEPT": "TFTF",
        "PUBLISH_REJECT": "TFTF",
        "OFFER": "TTTF",
        "ANSWER": "TTTF",
        "ICE": "TTTF",
        "WATCH": "TFTF",
        "SIMULCAST_UPDATE": "TFFF",
        "CHAT": "TTTT",  # an addition of ours
    }


# Sender, what is changed in a good JOIN or another signal, and the answer. `...` takes a field away.
ROWS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "ch missing": ("dave", "JOIN", {"ch": ...}, 2001),
    "ch unknown": ("dave", "JOIN", {"ch": "m2p"}, 2001),
    "ch null": ("dave", "JOIN", {"ch": None}, 2001),
    "rid missing": ("dave", "JOIN", {"rid": ...}, 2001),
    "rid empty": ("dave", "JOIN", {"rid": ""}, 2001),
    "rid number": ("dave", "JOIN", {"rid": 7}, 2001),
    "rid too long": ("dave", "JOIN", {"rid": "x" * 129}, 2001),
    "rid with a control character": ("dave", "JOIN", {"rid": "a\nb"}, 2001),
    "rid with a line break at the end": ("dave", "JOIN", {"rid": "a\n"}, 2001),
    "rid with a null at the end": ("dave", "JOIN", {"rid": "a\0"}, 2001),
    "ss missing": ("dave", "JOIN", {"ss": ...}, 2001),
    "ss text": ("dave", "JOIN", {"ss": "dave"}, 2001),
    "userId missing": ("dave", "JOIN", {"ss.userId": ...}, 2001),
    "userId empty": ("dave", "JOIN", {"ss.userId": ""}, 2001),
    "sessionId missing": ("dave", "JOIN", {"ss.sessionId": ...}, 2001),
    "sessionId null": ("dave", "JOIN", {"ss.sessionId": None}, 2001),
    "category unknown": ("dave", "JOIN", {"ss.category": "audio"}, 2001),
    "host unknown": ("dave", "JOIN", {"ss.host": "PS5"}, 2001),
    "ve text": ("dave", "JOIN", {"ve": "true"}, 2001),
    "ae number": ("dave", "JOIN", {"ae": 1}, 2001),
    "eg unknown": ("dave", "JOIN", {"eg": "janus"}, 2001),
    "op list": ("dave", "JOIN", {"op": []}, 2001),
    "roomCreating text": ("dave", "JOIN", {"op": {"roomCreating": "yes"}}, 2001),
    "unknown room": ("dave", "JOIN", {"rid": "no-such-room"}, 4001),
    "room exists": ("dave", "JOIN", {"op": {"roomCreating": True}}, 4022),
    "another channel than the room's": ("dave", "JOIN", {"ch": "a2m"}, 2002),
    "another channel before a room that exists": ("dave", "JOIN", {"ch": "p2p", "op": {"roomCreating": True}}, 2002),
    "sessionId of another user": ("dave", "JOIN", {"ss.sessionId": "s-bob"}, 2001),
    "KICK without to": ("alice", "KICK", {"to": ...}, 2001),
    "KICK to a list": ("alice", "KICK", {"to": []}, 2001),
    "KICK to nobody": ("alice", "KICK", {"to": {}}, 2001),
    "KICK to nulls": ("alice", "KICK", {"to": {"userId": None}}, 2001),
    "KICK of an absent user": ("alice", "KICK", {"to": "dave"}, 2001),
    "KICK of a session of another": ("alice", "KICK", {"to": {"userId": "bob", "sessionId": "s-carol"}}, 2001),
    "KICK of oneself": ("alice", "KICK", {"to": "alice"}, 2001),
    "KICK by a viewer": ("bob", "KICK", {"to": "carol"}, 4051),
    "KICK of the owner": ("carol", "KICK", {"to": "alice"}, 4051),
    "UPDATE by a viewer": ("bob", "UPDATE", {"ve": True, "ae": True}, 4051),
    "UPDATE of nothing": ("alice", "UPDATE", {}, 2001),
    "UPDATE of nothing by a viewer": ("bob", "UPDATE", {}, 2001),
    "HEARTBEAT in an unknown room": ("alice", "HEARTBEAT", {"rid": "no-such-room"}, 4001),
    "HEARTBEAT of a stranger": ("dave", "HEARTBEAT", {}, 4001),
    "HEARTBEAT with the wrong channel": ("alice", "HEARTBEAT", {"ch": "a2m"}, 2001),
    "HEARTBEAT with a number as id": ("alice", "HEARTBEAT", {"bid": 1}, 2001),
    "UPDATE with the wrong channel": ("alice", "UPDATE", {"ch": "a2m", "ve": True}, 2002),
    "LEAVE in an unknown room": ("alice", "LEAVE", {"rid": "no-such-room"}, 4001),
    "LEAVE of a stranger": ("dave", "LEAVE", {}, 4001),
    "LEAVE for another's session": ("dave", "LEAVE", {"ss.sessionId": "s-bob"}, 2001),
    "PUBLISH_REQUEST by a publisher": ("carol", "PUBLISH_REQUEST", {"ve": True, "ae": True}, 4023),
    "PUBLISH_ACCEPT by a publisher": ("carol", "PUBLISH_ACCEPT", {"to": "bob"}, 4051),
    "PUBLISH_ACCEPT by a viewer": ("bob", "PUBLISH_ACCEPT", {"to": "bob"}, 4051),
    "PUBLISH_ACCEPT for an absent user": ("alice", "PUBLISH_ACCEPT", {"to": "dave"}, 4002),
    "PUBLISH_REJECT by a publisher": ("carol", "PUBLISH_REJECT", {"to": "bob"}, 4051),
    "PUBLISH_REJECT for an absent user": ("alice", "PUBLISH_REJECT", {"to": "dave"}, 4002),
    "OFFER by a viewer": ("bob", "OFFER", {"sdp": "v=0"}, 4051),
    "OFFER without sdp": ("alice", "OFFER", {}, 2001),
    "OFFER with an empty sdp": ("alice", "OFFER", {"sdp": ""}, 2001),
    "OFFER with no sdp at all": ("alice", "OFFER", {"sdp": "hello"}, 2001),
    "OFFER with too long an sdp": ("alice", "OFFER", {"sdp": "v=0" + "x" * 65_536}, 2001),
    "OFFER with an sdp of nothing": ("alice", "OFFER", {"sdp": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"}, 2001),
    "OFFER for another": ("alice", "OFFER", {"sdp": "v=0", "to": "bob"}, 2001),
    "ANSWER to who is gone": ("bob", "ANSWER", {"sdp": "v=0", "to": "dave"}, 4024),
    "ANSWER without an offer": ("bob", "ANSWER", {"sdp": "v=0\r\nm=audio 9 X 111\r\na=mid:0\r\n"}, 2001),
    "ICE without sdp": ("alice", "ICE", {}, 2001),
    "ICE with a number": ("alice", "ICE", {"sdp": 1}, 2001),
    "WATCH without to": ("bob", "WATCH", {}, 2001),
    "WATCH of an absent user": ("bob", "WATCH", {"to": "dave"}, 4024),
    "WATCH of who sends nothing": ("bob", "WATCH", {"to": "alice"}, 500),
    "WATCH of oneself": ("bob", "WATCH", {"to": "bob"}, 2001),
    "SIMULCAST_UPDATE of an absent user": ("bob", "SIMULCAST_UPDATE", {"to": "dave", "layer": "low"}, 4024),
    "SIMULCAST_UPDATE to no layer": ("bob", "SIMULCAST_UPDATE", {"to": "alice", "layer": "best"}, 2001),
    "CHAT without having asked for it": ("carol", "CHAT", {"msg": "hello"}, 2001),
}


@pytest.mark.parametrize("row", ROWS)
async def test_a_row_of_the_table(world: World, row: str) -> None:
    sender, name, changes, code = ROWS[row]
    clients = await world.fill()
    client = clients.get(sender) or await world.client(sender)
    fields: dict[str, Any] = {"ve": True, "ae": True, "eg": "native", "op": {}} if name == "JOIN" else {}
    signal = changed(client.signal(name, **fields), changes)
    await client.send({"action": ACTION_OF[name], "data": signal})
    refused = await client.until("leave" if name == "LEAVE" else name, ack=True)
    assert (refused["c"], refused["b"]["req"]) == (code, signal)
    assert isinstance(refused["b"]["msg"], str)
    told = await clients["alice"].ask("HEARTBEAT", bid=row)
    roles = [(entry["userId"], entry["role"]) for entry in told["b"]["pps"]]
    assert roles == [("alice", "admin"), ("carol", "publisher")], "nothing has changed"
    await barrier(client)


def changed(signal: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    for path, value in changes.items():
        target, field = (signal["ss"], path[3:]) if path.startswith("ss.") else (signal, path)
        if value is ...:
            target.pop(field, None)
        else:
            target[field] = value
    return signal


ENVELOPES: dict[str, tuple[Any, str, Any]] = {
    "no JSON": ("{", "UNKNOWN", {}),
    "no object": ("[1]", "UNKNOWN", {}),
    "deeply nested": ("[" * 50_000, "UNKNOWN", {}),
    "not UTF-8 in JSON": ('{"action": "\\ud800"}', "UNKNOWN", {}),
    "no action": ({"data": {"s": "JOIN"}}, "JOIN", {"s": "JOIN"}),
    "an action that is a number": ({"action": 1, "data": {"s": "LEAVE"}}, "leave", {"s": "LEAVE"}),
    "an unknown action": ({"action": "dance", "data": {"s": "DANCE"}}, "UNKNOWN", {"s": "DANCE"}),
    "an action in other letters": ({"action": "Join", "data": {"s": "JOIN"}}, "JOIN", {"s": "JOIN"}),
    "a name that is an object": ({"action": "dance", "data": {"s": {}}}, "UNKNOWN", {"s": {}}),
    "no data": ({"action": "kick"}, "KICK", {}),
    "data that is text": ({"action": "heartbeat", "data": "x"}, "HEARTBEAT", {}),
    "action and name that differ": ({"action": "join", "data": {"s": "LEAVE"}}, "JOIN", {"s": "LEAVE"}),
}


@pytest.mark.parametrize("row", ENVELOPES)
async def test_an_envelope_that_is_none(world: World, row: str) -> None:
    message, name, request = ENVELOPES[row]
    client = await world.client("dave")
    if isinstance(message, str):
        await client.connection.send(message)
    else:
        await client.send(message)
    refused = await client.receive()
    assert (refused["c"], refused["s"], refused["b"]["req"]) == (2001, name, request)
    await barrier(client)


async def test_after_twenty_messages_that_are_none_the_connection_is_closed(world: World) -> None:
    client = await world.client("dave")
    for _ in range(20):
        await client.connection.send("?")
    assert await client.close_code() == 1008
    assert len(client.got) == 20


async def test_a_binary_frame(world: World) -> None:
    client = await world.client("dave")
    await client.connection.send(b"{}")
    assert await client.close_code() == 1003


async def test_a_message_that_is_too_big(world: World) -> None:
    client = await world.client("dave")
    await client.send({"action": "dance", "data": {"s": "x" * 131_000}})
    assert (await client.receive())["s"] == "UNKNOWN", "large frames are all right by default"
    await client.connection.send("x" * 131_073)
    assert await client.close_code() == 1009


async def test_a_candidate_for_a_connection_that_is_gone_is_dropped(world: World) -> None:
    clients = await world.fill()
    line = "candidate:1 1 udp 1 192.0.2.1 9 typ host"
    for fields in ({"sdp": line}, {"sdp": ""}, {"sdp": line, "to": "alice"}, {"sdp": line, "to": "dave"}):
        await clients["bob"].say("ICE", **fields)
    await barrier(clients["bob"])
    assert [message for message in clients["bob"].got if message["s"] == "ICE"] == []


async def test_nine_users_publish_and_no_tenth(world: World) -> None:
    alice = await world.client("alice")
    await alice.join(creating=True)
    for number in range(2, 11):
        await (await world.client(f"user-{number}")).join()
        await alice.say("PUBLISH_ACCEPT", to=f"user-{number}")
    refused = await alice.until("PUBLISH_ACCEPT", ack=True)
    assert (refused["c"], refused["b"]["req"]["to"]) == (4021, "user-10")
    told = await alice.ask("HEARTBEAT", bid="1")
    assert len(told["b"]["pps"]) == 9


async def test_leaving_twice(world: World) -> None:
    clients = await world.fill()
    assert (await clients["bob"].ask("LEAVE", op={"ack": True})) == {"c": 200, "s": "LEAVE", "b": {"rid": world.room}}
    refused = await clients["bob"].ask("LEAVE")
    assert (refused["c"], refused["s"]) == (4001, "leave")


async def test_a_call_that_nobody_takes_or_that_is_over(world: World) -> None:
    alice, bob = await world.client("alice", "p2p"), await world.client("bob", "p2p")
    await alice.join(creating=True)
    for name in ("OFFER", "ANSWER", "ICE"):
        assert (await alice.ask(name, **FIELDS[name]))["c"] == 4003
    await bob.join()
    assert (await alice.ask("OFFER", sdp="v=0", to="carol"))["c"] == 4003
    third = await world.client("carol", "p2p")
    assert (await third.ask("JOIN", ve=True, ae=True, eg="native"))["c"] == 4021
    await bob.say("LEAVE")
    await alice.until("LEAVE", ack=False)
    assert (await alice.ask("OFFER", sdp="v=0"))["c"] == 4003
    assert (await alice.ask("ANSWER", sdp="v=0"))["c"] == 4024
    assert (await alice.ask("ICE", sdp=""))["c"] == 4003
