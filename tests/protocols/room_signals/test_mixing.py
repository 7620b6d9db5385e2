"""A room with a mixer: the list says that nobody but the mix can be watched. docs/how-to/mix-a-room.md."""

from typing import Any

import pytest

from roomful.rooms.model import LeaveReason, ParticipantKind, TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.tracks import TrackSpec

from .stage import ROOM, Client, Stage


class Mixer:
    """Somebody who mixes, as `media.ports.mixing` enters a room."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        permission = Permission(can_publish_data=False)
        request = JoinRequest(identity="MX_1", name="mix", permission=permission, kind=ParticipantKind.AGENT)
        self.sid = stage.room.join(request, stage.now).sid
        stage.room.set_mixer(self.sid, stage.now)

    def publish(self, kind: TrackKind, only_for: Participant | None = None) -> None:
        source = TrackSource.MICROPHONE if kind is TrackKind.AUDIO else TrackSource.CAMERA
        spec = TrackSpec(kind=kind, source=source, only_for="" if only_for is None else only_for.sid)
        track = self._stage.room.publish(self.sid, spec, self._stage.now)
        self._stage.room.bind(track.sid, f"{kind}/x", "0", self._stage.now)

    def leave(self) -> None:
        self._stage.room.leave(self.sid, LeaveReason.CLIENT_INITIATED, self._stage.now)


def publish(stage: Stage, identity: str) -> None:
    """What the server does when the media of somebody comes."""
    sid = stage.room.with_identity(identity).sid
    spec = TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE)
    stage.room.bind(stage.room.publish(sid, spec, stage.now).sid, "audio/opus", "0", stage.now)


def sending(client: Client) -> dict[str, bool]:
    """`publish` of each entry of the last list that a client was told."""
    lists: list[list[dict[str, Any]]] = [
        message["b"]["pps"] for message in client.got if message["s"] != "WATCH" and "pps" in message.get("b", {})
    ]
    return {entry["userId"]: entry["publish"] for entry in lists[-1]}


@pytest.fixture
async def alice(stage: Stage) -> Client:
    """She owns the room, and is heard."""
    client = stage.client("alice")
    await client.join(creating=True)
    publish(stage, "s-alice")
    return client


@pytest.fixture
async def bob(stage: Stage, alice: Client) -> Client:
    client = stage.client("bob")
    await client.join()
    return client


async def test_only_the_mix_is_to_be_watched(stage: Stage, alice: Client, bob: Client) -> None:
    assert sending(bob) == sending(alice) == {"alice": True}
    mixer = Mixer(stage)
    assert sending(bob) == {"alice": False, "MX_1": False}
    assert sending(alice) == {"alice": True, "MX_1": False}, "her uplink is up, and she is told so"
    mixer.publish(TrackKind.VIDEO)
    assert sending(bob) == {"alice": False, "MX_1": True}
    (entry,) = [one for one in bob.got[-1]["b"]["pps"] if one["userId"] == "MX_1"]
    assert (entry["id"], entry["username"], entry["role"], entry["host"]) == ("MX_1", "mix", "publisher", "Server")
    assert (entry["video"], entry["audio"]) == (True, False)
    mixer.leave()
    assert sending(bob) == sending(alice) == {"alice": True}


async def test_who_starts_to_send_is_told_of_it_alone(stage: Stage, alice: Client, bob: Client) -> None:
    await alice.say("PUBLISH_ACCEPT", to="bob")
    Mixer(stage)
    before = len(alice.got)
    publish(stage, "s-bob")
    assert sending(bob) == {"alice": False, "bob": True, "MX_1": False}
    assert alice.got[before:] == [], "nothing has changed for the others"
    await bob.say("HEARTBEAT", bid="1")
    assert sending(bob)["bob"]


async def test_a_mix_is_watched_when_it_has_a_sound_for_who_watches(stage: Stage, alice: Client, bob: Client) -> None:
    mixer = Mixer(stage)
    mixer.publish(TrackKind.VIDEO)
    mixer.publish(TrackKind.AUDIO, stage.room.with_identity("s-alice"))
    assert await bob.code("WATCH", to="MX_1") == 500
    lists = len(bob.told("PUBLISH_LIST_CHANGED"))
    mixer.publish(TrackKind.AUDIO, stage.room.with_identity("s-bob"))
    assert len(bob.told("PUBLISH_LIST_CHANGED")) > lists, "now it is worth trying"
    (ack,) = await bob.say("WATCH", to={"userId": "MX_1", "sessionId": "MX_1"})
    assert [offer["id"] for offer in ack["b"]["pps"]] == ["MX_1"]
    assert await bob.code("WATCH", to="alice") == 500
    assert (await bob.join())["es"]["sdps"] == [{"id": "MX_1", "sdp": "offer of MX_1"}]
    assert (await stage.client("carol").join())["es"]["sdps"] == [], "she has to wait for hers"


async def test_a_mix_is_nobody(stage: Stage, alice: Client, bob: Client) -> None:
    Mixer(stage).publish(TrackKind.VIDEO)
    assert await alice.code("KICK", to="MX_1") == 2001
    assert await alice.code("PUBLISH_ACCEPT", to="MX_1") == 4002
    signal_room = stage.signalling.room(ROOM)
    assert signal_room is not None
    assert signal_room.publishing_users() == {"alice"}
    await alice.say("LEAVE")
    assert bob.list == [("MX_1", "publisher")], "and owns nothing"
    await bob.say("LEAVE")
    assert stage.rooms.get(ROOM) is None, "and keeps no room open"


async def test_who_joins_a_mixed_room_of_another_protocol(stage: Stage) -> None:
    room = stage.rooms.create(ROOM, RoomOptions(), stage.now)
    room.join(JoinRequest(identity="carol", client={"sdk": "python"}), stage.now)
    publish(stage, "carol")
    Mixer(stage).publish(TrackKind.VIDEO)
    dave = stage.client("dave")
    await dave.join()
    assert sending(dave) == {"carol": False, "MX_1": True}


async def test_a_call_of_two_is_not_mixed(stage: Stage) -> None:
    alice, bob = stage.client("alice", "p2p"), stage.client("bob", "p2p")
    await alice.join(creating=True)
    await bob.join()
    await bob.say("OFFER", sdp="v=0")
    Mixer(stage)
    assert sending(alice) == {"alice": False, "bob": True}
