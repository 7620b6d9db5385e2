"""A participant goes to another room in the middle of its call."""

import asyncio

import pytest
from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.rooms.bans import Ban
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import ParticipantLeft, RoomEvent
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.room import Room

from .stage import START, Player, Stage


def move(stage: Stage, player: Player, target: Room) -> None:
    asyncio.run(stage.sessions.move(player.session.room, player.participant, target))


@pytest.fixture
def other(stage: Stage) -> Room:
    return stage.rooms.create("other", RoomOptions(), START)


def test_the_client_is_told_of_the_other_room_and_keeps_its_connections(stage: Stage, other: Room) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    carol = stage.join("carol", room="other")
    before, peer = alice.sid, alice.session.peers.primary
    seen: list[RoomEvent] = []
    stage.room.observers.add(seen.append)
    alice.client.forget()
    bob.client.forget()
    move(stage, alice, other)

    moved: rtc.RoomMovedResponse = alice.client.last("room_moved")
    assert (moved.room.name, moved.room.sid) == ("other", other.sid)
    assert (moved.participant.identity, moved.participant.sid) == ("alice", alice.sid)
    assert alice.sid != before
    assert [one.sid for one in moved.other_participants] == [carol.sid]
    grant, _ = stage.minted[-1]
    assert (moved.token, grant.video.room, grant.identity) == (f"token-{len(stage.minted)}", "other", "alice")
    assert alice.client.close_code is None
    assert stage.media.named("close_peer") == []
    assert stage.media.last("move_peer").arguments == {"peer": peer, "room": other.sid, "participant": alice.sid}

    # It is told that those it knew are gone, for clients that do not think of it themselves.
    [gone] = alice.client.all("update")[0].participants
    assert (gone.sid, gone.state) == (bob.sid, models.ParticipantInfo.State.DISCONNECTED)
    assert alice.client.kinds.index("update") < alice.client.kinds.index("room_moved")
    [left] = [event for event in seen if isinstance(event, ParticipantLeft)]
    assert (left.sid, left.reason) == (before, LeaveReason.MIGRATION)
    assert bob.client.last("update").participants[0].state == models.ParticipantInfo.State.DISCONNECTED
    assert carol.client.last("update").participants[0].identity == "alice"


def test_what_it_publishes_goes_on_under_the_same_sids(stage: Stage, other: Room) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    carol = stage.join("carol", room="other")
    camera, microphone = alice.publish("cam"), alice.publish_microphone()
    alice.ask(mute=rtc.MuteTrackRequest(sid=microphone.sid, muted=True))
    stage.media.forget()
    move(stage, alice, other)

    assert {command.track for command in stage.media.named("move_track")} == {camera.sid, microphone.sid}
    assert {(command.to, command.room) for command in stage.media.named("move_track")} == {
        (camera.sid, other.sid),
        (microphone.sid, other.sid),
    }
    assert stage.media.last("set_track_muted").arguments == {"track": microphone.sid, "muted": True}
    assert stage.media.named("unpublish") == []
    tracks = {track.sid: track for track in alice.client.last("room_moved").participant.tracks}
    assert (tracks[camera.sid].codecs[0].cid, tracks[microphone.sid].muted) == ("cam", True)
    assert {command.track for command in stage.media.named("subscribe") if command.peer == carol.session.data_peer} == {
        camera.sid,
        microphone.sid,
    }
    assert bob.session.subscriptions.follows(alice.sid) is False
    assert not stage.room.tracks


def test_it_receives_what_is_in_the_other_room_and_nothing_else(stage: Stage, other: Room) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    carol = stage.join("carol", room="other")
    here, there = bob.publish(), carol.publish()
    stage.media.forget()
    move(stage, alice, other)
    peer = alice.session.data_peer
    assert [command.track for command in stage.media.named("unsubscribe") if command.peer == peer] == [here.sid]
    assert [command.track for command in stage.media.named("subscribe") if command.peer == peer] == [there.sid]
    newer = bob.publish("newer")
    assert newer.sid not in [command.track for command in stage.media.named("subscribe")]


def test_it_writes_into_the_other_room(stage: Stage, other: Room) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    carol = stage.join("carol", room="other")
    move(stage, alice, other)
    stage.media.forget()
    alice.session.data.on_message(said(alice, b"hello"), stage.now)
    assert stage.media.last("send_data").peers == [carol.session.data_peer]
    assert bob.session.data_peer not in stage.media.last("send_data").peers


def said(player: Player, text: bytes) -> Event.Data:
    packet = models.DataPacket(user=models.UserPacket(payload=text))
    return Event.Data(peer=player.session.data_peer, label="_reliable", data=packet.SerializeToString())


def test_it_resumes_in_the_other_room(stage: Stage, other: Room) -> None:
    alice = stage.join("alice")
    move(stage, alice, other)
    alice.vanish()
    endpoint = stage.resume(alice, room="other")
    assert endpoint.kinds[:2] == ["reconnect", "update"]
    assert endpoint.last("room_update").room.name == "other"


def test_with_two_peer_connections_both_stay(stage: Stage, other: Room) -> None:
    alice = stage.join("alice", single=False)
    carol = stage.join("carol", room="other", single=False)
    track = carol.publish()
    camera = alice.publish("cam")
    stage.media.forget()
    move(stage, alice, other)
    moved = {command.peer for command in stage.media.named("move_peer")}
    assert moved == {alice.session.peers.publisher, alice.session.peers.subscriber}
    assert [(one.peer, one.track) for one in stage.media.named("subscribe")] == [
        (carol.session.peers.subscriber, camera.sid),
        (alice.session.peers.subscriber, track.sid),
    ]


@pytest.mark.parametrize("reason", ["old client", "other shard"])
def test_who_cannot_be_carried_is_told_to_join_the_other_room(stage: Stage, other: Room, reason: str) -> None:
    stage.media.all_together = reason != "other shard"
    alice = stage.join("alice", protocol=15 if reason == "old client" else 17)
    alice.client.forget()
    move(stage, alice, other)
    assert alice.client.kinds == ["refresh_token", "leave"]
    assert stage.minted[-1][0].video.room == "other"
    leave = alice.client.last("leave")
    assert (leave.action, leave.reason) == (rtc.LeaveRequest.Action.RECONNECT, models.DisconnectReason.MIGRATION)
    assert alice.session.ended


def test_who_is_sent_passes_the_lobby(stage: Stage, other: Room) -> None:
    other.set_lobby_enabled(True, START)
    stage.media.all_together = False
    alice = stage.join("alice")
    move(stage, alice, other)
    assert stage.join("alice", room="other").participant.sid in other.participants


def test_nobody_is_moved_whom_the_other_room_does_not_let_in(stage: Stage, other: Room) -> None:
    alice = stage.join("alice")
    other.add_ban(Ban(user_id="alice", until=None, reason="", by="system", created_at=START), START)
    with pytest.raises(RoomError) as refused:
        move(stage, alice, other)
    assert refused.value.code is RoomErrorCode.PERMISSION_DENIED
    assert alice.sid in stage.room.participants
    assert alice.client.close_code is None


def test_nobody_is_moved_whose_connection_is_lost(stage: Stage, other: Room) -> None:
    alice = stage.join("alice")
    alice.vanish()
    with pytest.raises(RoomError) as refused:
        move(stage, alice, other)
    assert refused.value.code is RoomErrorCode.FAILED_PRECONDITION
