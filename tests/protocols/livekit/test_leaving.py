"""A lost signal connection is no departure; lost media is, after a while."""

import pytest
from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.rooms.events import ParticipantLeft
from roomful.rooms.model import LeaveReason

from .stage import OFFER, Player, Stage

Action = rtc.LeaveRequest.Action


def transport(player: Player, state: str) -> None:
    player.engine(Event.PeerState(peer=player.session.peers.primary, state=state, reason=""))


def departure(stage: Stage, player: Player) -> LeaveReason | None:
    """Why the participant left, or None if it is there."""
    reasons = [
        fact.reason for fact in stage.room.log.since(0) if isinstance(fact, ParticipantLeft) and fact.sid == player.sid
    ]
    return reasons[0] if reasons else None


def test_a_goodbye_is_a_departure_at_once(stage: Stage) -> None:
    stage.join("bob")
    alice = stage.join("alice")
    alice.ask(leave=rtc.LeaveRequest(reason=models.DisconnectReason.USER_UNAVAILABLE))
    assert departure(stage, alice) is LeaveReason.USER_UNAVAILABLE
    assert alice.client.close_code == 1000
    assert alice.session.peers.publisher not in stage.media.handlers


def test_a_client_may_not_give_any_reason_it_likes(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.ask(leave=rtc.LeaveRequest(reason=models.DisconnectReason.ROOM_DELETED))
    assert departure(stage, alice) is LeaveReason.CLIENT_INITIATED


def test_without_signal_but_with_media_a_participant_stays(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    bob.client.forget()
    alice.vanish()
    stage.advance(3600)
    assert departure(stage, alice) is None
    assert "update" not in bob.client.kinds


def test_without_signal_and_before_any_media_it_is_gone(stage: Stage) -> None:
    stage.join("bob")
    alice = stage.join("alice", active=False)
    alice.vanish()
    assert departure(stage, alice) is LeaveReason.SIGNAL_CLOSE


def test_who_never_gets_media_up_is_removed_after_a_minute(stage: Stage) -> None:
    alice = stage.join("alice", active=False)
    stage.advance(60)
    assert departure(stage, alice) is LeaveReason.JOIN_FAILURE
    assert alice.client.last("leave").action == Action.DISCONNECT


def test_silent_media_asks_for_a_resume_and_then_for_nothing(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    transport(alice, "disconnected")
    stage.advance(4.9)
    assert alice.client.close_code is None
    stage.advance(0.2)
    leave = alice.client.last("leave")
    assert (leave.reason, leave.action) == (models.DisconnectReason.CONNECTION_TIMEOUT, Action.RESUME)
    assert alice.client.close_code == 1000
    assert departure(stage, alice) is None
    stage.advance(5)
    assert departure(stage, alice) is LeaveReason.CONNECTION_TIMEOUT
    assert bob.client.last("update").participants[0].identity == "alice"
    assert stage.media.last("close_peer").peer == alice.session.peers.primary


def test_a_killed_client_is_gone_ten_seconds_after_its_media_was_missed(stage: Stage) -> None:
    stage.join("bob")
    alice = stage.join("alice")
    alice.vanish()
    transport(alice, "disconnected")
    stage.advance(9.9)
    assert departure(stage, alice) is None
    stage.advance(0.2)
    assert departure(stage, alice) is LeaveReason.CONNECTION_TIMEOUT


def test_media_that_comes_back_in_time_is_as_if_it_had_never_gone(stage: Stage) -> None:
    alice = stage.join("alice")
    transport(alice, "disconnected")
    stage.advance(4)
    transport(alice, "connected")
    stage.advance(3600)
    assert departure(stage, alice) is None
    assert alice.client.close_code is None


def test_old_clients_are_closed_without_words_they_would_misunderstand(stage: Stage) -> None:
    alice = stage.join("alice", protocol=12)
    transport(alice, "disconnected")
    stage.advance(5)
    assert "leave" not in alice.client.kinds
    assert alice.client.close_code == 1000


@pytest.mark.parametrize("state", ["failed", "closed"])
def test_a_connection_that_is_gone_for_good_makes_the_client_join_anew(stage: Stage, state: str) -> None:
    stage.join("bob")
    alice = stage.join("alice")
    transport(alice, state)
    assert departure(stage, alice) is None, "its own goodbye may be on its way"
    stage.advance(1)
    assert departure(stage, alice) is LeaveReason.CONNECTION_TIMEOUT
    assert alice.client.last("leave").action == Action.RECONNECT


def test_an_unused_connection_that_is_given_up_harms_nobody(stage: Stage) -> None:
    alice = stage.join("alice", single=False)
    alice.answer(alice.offered())
    alice.ask(offer=OFFER)
    alice.answered()
    alice.engine(Event.PeerState(peer=alice.session.peers.publisher, state="failed", reason=""))
    stage.advance(60)
    assert departure(stage, alice) is None
    stage.media.forget()
    alice.ask(offer=OFFER)
    assert [command.name for command in stage.media.commands][:1] == ["open_peer"]


def test_a_participant_that_was_never_up_goes_with_its_connection(stage: Stage) -> None:
    alice = stage.join("alice", active=False)
    transport(alice, "failed")
    assert departure(stage, alice) is LeaveReason.SIGNAL_CLOSE


def test_what_follows_a_goodbye_is_ignored(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.ask(leave=rtc.LeaveRequest())
    alice.client.forget()
    alice.ask(ping=1)
    alice.ask(add_track=rtc.AddTrackRequest(cid="x"))
    assert alice.client.received == []
