"""LiveKit participants speak the room's JSON messages in data packets, and hear what happens in the room."""

from typing import Any

import msgspec
import pytest
from livekit.protocol import models

from roomful._native import Event
from roomful.extensions import Extensions, RoomOperations
from roomful.extensions.dialogue import MAX_WAITING, Dialogue
from roomful.extensions.ports import Ports
from roomful.protocols.livekit.room_messages import TOPIC
from roomful.rooms.extension import Code, ExtensionProps, Role, RoomApiError, RoomCallbacks, RoomView, UserView
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest

from .stage import Player, Stage


class Poll(RoomCallbacks):
    """Counts votes."""

    def __init__(self, api: RoomOperations) -> None:
        self._api = api

    async def on_message(self, room: RoomView, user: UserView, message: dict[str, Any]) -> dict[str, Any] | bool:
        if message["action"] != "vote":
            return False
        if message.get("for") == "nobody":
            raise RoomApiError(Code.BAD_STATE, "the poll is over", status="closed")
        await self._api.broadcast_to_room(room.room_id, {"action": "voted", "by": user.user_id})
        return {"votes": 1}


class Hall:
    """A room of a plugin, with LiveKit clients in it."""

    def __init__(self) -> None:
        self.stage = Stage(dialogue_for=self._dialogue)
        self.api.register_callbacks("poll", Poll(self.api), ExtensionProps(name="poll", room_type="poll"))
        self.extensions.start()
        self.stage.rooms.create("room", RoomOptions(type="poll"), self.stage.now)

    def _dialogue(self, stage: Stage) -> Dialogue:
        self.extensions = Extensions(stage.rooms, lambda: stage.now)
        self.api = RoomOperations(stage.rooms, self.extensions, Ports(), lambda: stage.now)
        return Dialogue(self.extensions, self.api, lambda: stage.now)

    def join(self, identity: str) -> Player:
        return self.stage.join(identity).open_channels()

    async def say(self, who: Player, *messages: Any) -> list[dict[str, Any]]:
        """Send messages in packets; returns what they are answered with and what else comes."""
        before = len(self.heard(who))
        for message in messages:
            payload = message if isinstance(message, bytes) else msgspec.json.encode(message)
            packet = models.DataPacket(user=models.UserPacket(payload=payload, topic=TOPIC))
            data = Event.Data(peer=who.session.data_peer, label="_reliable", data=packet.SerializeToString())
            who.engine(data)
        await self.settled(who)
        return self.heard(who)[before:]

    async def settled(self, who: Player) -> None:
        """Returns once everything that was said is answered."""
        conversation = who.session.messages._conversation
        if conversation is not None and conversation._work is not None:
            await conversation._work

    def heard(self, who: Player) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        for command in self.stage.media.named("send_data"):
            packet = models.DataPacket.FromString(command.data)
            if who.session.data_peer in command.peers and packet.user.topic == TOPIC:
                heard.append(msgspec.json.decode(packet.user.payload))
        return heard


@pytest.fixture
def hall() -> Hall:
    return Hall()


async def test_a_message_of_a_plugin_is_answered_and_what_follows_is_heard(hall: Hall) -> None:
    alice, bob, cara = hall.join("alice"), hall.join("bob"), hall.join("cara")
    await hall.say(bob, {"action": "join_room"})
    heard = await hall.say(alice, {"action": "vote", "seq": 7})
    assert [one["action"] for one in heard] == ["voted", "ack"]
    assert {key: heard[1][key] for key in ("seq", "for", "code", "votes")} == {
        "seq": 7,
        "for": "vote",
        "code": 0,
        "votes": 1,
    }
    assert hall.heard(bob)[-1]["by"] == "alice"
    assert hall.heard(cara) == []  # who never spoke that way is told nothing that way


async def test_join_room_shows_the_room_and_who_is_there(hall: Hall) -> None:
    alice = hall.join("alice")
    hall.join("bob")
    welcome = (await hall.say(alice, {"action": "join_room", "room_id": "room", "user_id": "alice"}))[0]
    assert (welcome["action"], welcome["self"]["user_id"], welcome["room"]["type"]) == ("room_joined", "alice", "poll")
    assert [user["user_id"] for user in welcome["users"]] == ["alice", "bob"]


async def test_hosts_govern_and_hear_what_only_hosts_hear(hall: Hall) -> None:
    alice, bob = hall.join("alice"), hall.join("bob")
    refused = await hall.say(bob, {"action": "action", "op": "lock"})
    assert refused[0]["code"] == Code.FORBIDDEN
    hall.stage.room.set_role("alice", Role.HOST, hall.stage.now)
    heard = await hall.say(alice, {"action": "action", "op": "lock", "seq": 1}, {"action": "action", "op": "nonsense"})
    assert [one["action"] for one in heard] == ["room_updated", "ack", "error"]
    assert heard[0]["changes"] == {"locked": True}
    assert heard[2]["code"] == Code.BAD_FIELD
    assert hall.heard(bob)[-1]["action"] == "room_updated"
    await hall.say(alice, {"action": "action", "op": "mute", "target_id": "bob", "params": {"kind": "audio"}})
    assert hall.heard(bob)[-1]["action"] == "force_mute"
    hall.stage.room.wait_in_lobby(JoinRequest(identity="dan"), hall.stage.now)
    assert hall.heard(alice)[-1]["user"]["user_id"] == "dan"
    assert hall.heard(bob)[-1]["action"] == "force_mute"
    for who, waiting in ((alice, ["dan"]), (bob, [])):
        (welcome,) = await hall.say(who, {"action": "join_room"})
        assert [one["user_id"] for one in welcome["lobby"]] == waiting


async def test_who_speaks_before_it_can_hear_is_answered_as_soon_as_it_can(hall: Hall) -> None:
    early = hall.stage.join("early", active=False)
    assert await hall.say(early, {"action": "join_room"}, {"action": "vote"}) == []
    early.open_channels()
    await hall.settled(early)
    assert [one["action"] for one in hall.heard(early)] == ["room_joined", "voted", "ack"]


BAD: list[tuple[Any, int]] = [
    (b"", Code.BAD_JSON),
    (b"\xff\xfe", Code.BAD_JSON),
    (b"[1]", Code.BAD_JSON),
    (b"[" * 60_000, Code.BAD_JSON),
    (b"x" * 70_000, Code.BAD_FIELD),
    ({}, Code.BAD_FIELD),
    ({"action": 7}, Code.BAD_FIELD),
    ({"action": "vote", "room_id": "elsewhere"}, Code.BAD_FIELD),
    ({"action": "vote", "for": "nobody"}, Code.BAD_STATE),
    ({"action": "action"}, Code.BAD_FIELD),
    ({"action": "action", "op": "kick", "target_id": 5}, Code.BAD_FIELD),
    ({"action": "unheard_of"}, Code.UNKNOWN_ACTION),
    ({"action": "leave_room"}, Code.UNKNOWN_ACTION),
]


@pytest.mark.parametrize(("message", "code"), BAD, ids=range(len(BAD)))
async def test_what_is_no_message_is_refused_and_the_next_one_goes_on(hall: Hall, message: Any, code: int) -> None:
    alice = hall.join("alice")
    heard = await hall.say(alice, message, {"action": "vote"})
    assert (heard[0]["action"], heard[0]["code"]) == ("error", code)
    assert [one["action"] for one in heard[1:]] == ["voted", "ack"]


async def test_who_sends_too_much_at_once_is_told(hall: Hall) -> None:
    alice = hall.join("alice")
    heard = await hall.say(alice, *[{"action": "vote"}] * (MAX_WAITING + 5))
    assert sum(one["action"] == "ack" for one in heard) == MAX_WAITING
    assert [one["code"] for one in heard if one["action"] == "error"] == [Code.RATE_LIMITED] * 5


async def test_messages_to_the_room_go_to_nobody_else(hall: Hall) -> None:
    alice, bob = hall.join("alice"), hall.join("bob")
    await hall.say(alice, {"action": "vote"})
    assert hall.heard(bob) == []
    assert not [one for one in hall.stage.media.named("send_data") if bob.session.data_peer in one.peers]
