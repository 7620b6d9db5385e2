"""What participants hear of each other: changes, departures, speakers, quality; and what they do not."""

from types import SimpleNamespace
from typing import Any

from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.protocols.livekit.roster import BATCH_INTERVAL, SMALL_ROOM
from roomful.rooms.model import LeaveReason, Quality, TrackSource
from roomful.rooms.permissions import Permission

from .stage import Player, Stage

State = models.ParticipantInfo.State
Reason = rtc.RequestResponse.Reason
EXCELLENT, LOST, POOR = (models.ConnectionQuality.Value(name) for name in ("EXCELLENT", "LOST", "POOR"))


def update_metadata(player: Player, **fields: Any) -> None:
    player.ask(update_metadata=rtc.UpdateParticipantMetadata(request_id=9, **fields))


def levels(stage: Stage, **by_track: float) -> None:
    stage.media.room_handlers[stage.room.sid](Event.AudioLevels(room=stage.room.sid, levels=list(by_track.items())))


def speakers(player: Player) -> list[tuple[str, float, bool]]:
    """Who was last said to speak, by identity."""
    names = {p.sid: p.identity for p in player.stage.room.participants.values()}
    changed = player.client.last("speakers_changed")
    return [(names[speaker.sid], speaker.level, speaker.active) for speaker in changed.speakers]


def test_a_change_of_oneself_is_told_to_all_and_answered_last(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice", can_update_own_metadata=True)
    alice.client.forget()
    update_metadata(alice, metadata="m", name="Alice", attributes={"a": "1"})
    assert alice.client.kinds == ["update", "refresh_token", "request_response"]
    response = alice.client.last("request_response")
    assert (response.reason, response.request_id) == (Reason.OK, 9)
    (info,) = bob.client.last("update").participants
    assert (info.metadata, info.name, dict(info.attributes)) == ("m", "Alice", {"a": "1"})


def test_empty_text_leaves_as_is_and_an_empty_attribute_goes(stage: Stage) -> None:
    alice = stage.join("alice", can_update_own_metadata=True)
    update_metadata(alice, metadata="m", attributes={"a": "1", "b": "2"})
    update_metadata(alice, attributes={"a": ""})
    assert (alice.participant.metadata, alice.participant.name) == ("m", "ALICE")
    assert alice.participant.attributes == {"b": "2"}


def test_a_change_without_the_right_is_refused(stage: Stage) -> None:
    alice = stage.join("alice")
    update_metadata(alice, metadata="m")
    response = alice.client.last("request_response")
    assert (response.reason, response.request_id) == (Reason.NOT_ALLOWED, 9)
    assert response.message == "does not have permission to update own metadata"
    assert response.update_metadata.metadata == "m"


def test_a_change_that_is_too_large_is_refused(stage: Stage) -> None:
    alice = stage.join("alice", can_update_own_metadata=True)
    for fields in ({"name": "x" * 300}, {"metadata": "x" * 600_000}, {"attributes": {"a": "x" * 70_000}}):
        update_metadata(alice, **fields)
        assert alice.client.last("request_response").reason == Reason.LIMIT_EXCEEDED


def test_old_clients_hear_of_success_by_the_update_alone(stage: Stage) -> None:
    alice = stage.join("alice", protocol=14, can_update_own_metadata=True)
    update_metadata(alice, metadata="m")
    assert "request_response" not in alice.client.kinds


def test_versions_of_a_participant_only_grow(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice", can_update_own_metadata=True)
    bob.client.forget()
    alice.publish()
    update_metadata(alice, metadata="m")
    versions = [update.participants[0].version for update in bob.client.all("update")]
    assert versions == sorted(set(versions))


def test_a_new_permission_comes_with_a_matching_token(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    alice.client.forget()
    permission = Permission(can_publish_sources=frozenset({TrackSource.MICROPHONE}))
    stage.room.update_participant(alice.sid, stage.now, permission=permission)
    assert alice.client.kinds == ["update", "refresh_token"]
    assert list(bob.client.last("update").participants[0].permission.can_publish_sources) == [
        models.TrackSource.MICROPHONE
    ]
    assert stage.minted[-1][0].video.can_publish_sources == {TrackSource.MICROPHONE}


def test_a_lost_right_takes_the_tracks_along(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    camera, announced = alice.publish("cam"), alice.announce("screen")
    stage.room.update_participant(alice.sid, stage.now, permission=Permission(can_publish=False))
    assert {u.track_sid for u in alice.client.all("track_unpublished")} == {camera.sid, announced}
    assert {command.track for command in stage.media.named("unpublish")} == {camera.sid, announced}
    assert list(bob.client.last("update").participants[0].tracks) == []


def test_a_departure_is_one_message_whatever_was_published(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    alice.publish_microphone()
    alice.publish("cam")
    bob.client.forget()
    alice.ask(leave=rtc.LeaveRequest(reason=models.DisconnectReason.CLIENT_INITIATED))
    (update,) = bob.client.all("update")
    assert (update.participants[0].identity, update.participants[0].state) == ("alice", State.DISCONNECTED)
    assert update.participants[0].disconnect_reason == models.DisconnectReason.CLIENT_INITIATED
    assert list(bob.session.subscriptions.tracks) == []


def test_the_hidden_see_and_are_not_seen(stage: Stage) -> None:
    bob = stage.join("bob")
    bob.client.forget()
    ghost = stage.join("ghost", hidden=True, can_update_own_metadata=True)
    assert [other.identity for other in ghost.client.last("join").other_participants] == ["bob"]
    update_metadata(ghost, metadata="m")
    ghost.publish()
    ghost.ask(leave=rtc.LeaveRequest())
    assert bob.client.kinds == []
    assert not stage.join("carol").client.last("join").other_participants[1:]


def test_who_becomes_hidden_leaves_for_the_others_and_comes_back(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    track = alice.publish()
    stage.room.update_participant(alice.sid, stage.now, permission=Permission(hidden=True))
    assert bob.client.last("update").participants[0].state == State.DISCONNECTED
    assert alice.client.last("update").participants[0].state == State.ACTIVE
    assert list(bob.session.subscriptions.tracks) == []
    stage.room.update_participant(alice.sid, stage.now, permission=Permission())
    assert bob.client.last("update").participants[0].state == State.ACTIVE
    assert list(bob.session.subscriptions.tracks) == [track.sid]


def test_room_metadata_is_told_to_all(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.room.set_metadata("m", stage.now)
    assert alice.client.last("room_update").room.metadata == "m"


def test_in_a_large_room_comings_and_goings_are_told_together(stage: Stage) -> None:
    watcher = stage.join("watcher")
    for number in range(SMALL_ROOM):
        stage.join(f"early-{number}")
    stage.advance(BATCH_INTERVAL)
    watcher.client.forget()
    for number in range(5):
        stage.join(f"late-{number}")
    stage.join("gone").ask(leave=rtc.LeaveRequest())
    publisher = stage.join("publisher")
    publisher.publish()
    assert [info.identity for update in watcher.client.all("update") for info in update.participants] == ["publisher"]
    watcher.client.forget()
    stage.advance(BATCH_INTERVAL)
    (update,) = watcher.client.all("update")
    assert [(info.identity, info.state) for info in update.participants] == [
        *((f"late-{number}", State.ACTIVE) for number in range(5)),
        ("gone", State.DISCONNECTED),
    ]


def test_speakers_are_told_to_those_who_subscribe_and_to_themselves(stage: Stage) -> None:
    alice, bob, deaf = stage.join("alice"), stage.join("bob"), stage.join("deaf", auto_subscribe=False)
    track = alice.publish_microphone()
    levels(stage, **{track.sid: 0.3})
    assert speakers(alice) == speakers(bob) == [("alice", 0.375, True)]
    assert "speakers_changed" not in deaf.client.kinds


def test_only_changes_of_speakers_are_told_the_silent_ones_too(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    first, second = alice.publish_microphone("a"), bob.publish_microphone("b")
    levels(stage, **{first.sid: 0.3, second.sid: 0.9})
    assert speakers(alice) == [("bob", 1.0, True), ("alice", 0.375, True)]
    alice.client.forget()
    levels(stage, **{first.sid: 0.31, second.sid: 0.9})
    assert alice.client.kinds == []
    levels(stage, **{first.sid: 0.0, second.sid: 0.9})
    assert speakers(alice) == [("alice", 0.0, False)]


def test_who_comes_to_listen_is_told_who_speaks_already(stage: Stage) -> None:
    alice = stage.join("alice")
    track = alice.publish_microphone()
    levels(stage, **{track.sid: 0.3})
    late = stage.join("late")
    assert "speakers_changed" not in late.client.kinds
    late.engine(Event.SubscriptionActive(peer=late.session.peers.publisher, track=track.sid))
    assert speakers(late) == [("alice", 0.375, True)]


def test_quality_is_told_every_five_seconds_if_somebody_is_new(stage: Stage) -> None:
    alice, bob, carol = stage.join("alice"), stage.join("bob"), stage.join("carol")
    alice.publish_microphone()
    stage.advance(5)
    seen = {update.participant_sid: update.quality for update in bob.client.last("connection_quality").updates}
    assert seen == {alice.sid: EXCELLENT, bob.sid: EXCELLENT}
    assert [u.participant_sid for u in alice.client.last("connection_quality").updates] == [alice.sid]
    for player in (alice, bob, carol):
        player.client.forget()
    stage.advance(20)
    assert carol.client.all("connection_quality") == []


def test_a_silent_connection_is_lost_and_old_clients_are_told_poor(stage: Stage) -> None:
    alice, old = stage.join("alice"), stage.join("old", protocol=10)
    alice.publish_microphone()
    stage.advance(5)
    alice.engine(Event.PeerState(peer=alice.session.peers.primary, state="disconnected", reason=""))
    stage.advance(5)
    qualities = {u.participant_sid: u.quality for u in old.client.last("connection_quality").updates}
    assert qualities[alice.sid] == POOR
    assert stage.room.quality(alice.sid).quality is Quality.LOST  # type: ignore[union-attr]


def test_measured_losses_lower_the_quality(stage: Stage) -> None:
    alice = stage.join("alice")
    track = alice.publish_microphone()
    stats = SimpleNamespace(
        track=track.sid, direction="in", packets=500, expected=500, lost=100, jitter_ms=5.0, spatial=-1
    )
    event: Any = SimpleNamespace(peer=1, rtt_ms=50.0, tracks=[stats])
    for _ in range(4):
        stats.packets += 500
        stats.expected += 500
        stats.lost += 100
        alice.session._meter.measure(event, {track.sid: False}, {})
        alice.session.judge()
    assert alice.session.judge()[0] is Quality.LOST


def test_the_end_of_the_room_is_the_only_thing_that_is_told(stage: Stage) -> None:
    players = [stage.join(name) for name in ("alice", "bob", "carol")]
    players[0].publish()
    for player in players:
        player.client.forget()
    stage.rooms.delete("room", stage.now)
    for player in players:
        assert player.client.kinds == ["leave"]
        leave = player.client.last("leave")
        assert (leave.reason, leave.action) == (
            models.DisconnectReason.ROOM_DELETED,
            rtc.LeaveRequest.Action.DISCONNECT,
        )
        assert player.client.close_code == 1000
    assert stage.media.handlers == {}
    assert stage.media.room_handlers == {}
    assert len(stage.sessions) == 0
    assert stage.timers.next_due() is None


def test_a_removed_participant_is_told_so(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.room.leave(alice.sid, LeaveReason.PARTICIPANT_REMOVED, stage.now)
    leave = alice.client.last("leave")
    assert (leave.reason, leave.action) == (
        models.DisconnectReason.PARTICIPANT_REMOVED,
        rtc.LeaveRequest.Action.DISCONNECT,
    )
    assert alice.client.close_code == 1000


def test_a_server_that_stops_sends_its_clients_to_another(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.rooms.close_all(LeaveReason.SERVER_SHUTDOWN, stage.now)
    assert alice.client.last("leave").action == rtc.LeaveRequest.Action.RECONNECT
