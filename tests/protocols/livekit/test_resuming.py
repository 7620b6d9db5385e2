"""A new signal connection takes up where the old one ended."""

from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.rooms.events import ParticipantLeft

from .stage import OFFER, Stage
from .test_data import packet, send
from .test_publishing import LAYERS

Action = rtc.LeaveRequest.Action
State = models.ParticipantInfo.State


def test_a_resume_tells_everything_in_the_expected_order(stage: Stage) -> None:
    bob, carol, alice = stage.join("bob"), stage.join("carol"), stage.join("alice")
    send(alice, packet(sequence=41))
    alice.vanish()
    carol.ask(leave=rtc.LeaveRequest())
    client = stage.resume(alice)
    assert client.kinds == ["reconnect", "update", "update", "room_update", "refresh_token"]
    assert client.last("reconnect").last_message_seq == 41
    departed, everybody = client.all("update")
    assert [(info.identity, info.state) for info in departed.participants] == [("carol", State.DISCONNECTED)]
    assert {info.identity for info in everybody.participants} == {"alice", "bob"}
    assert bob.client.close_code is None


def test_the_subscriber_connection_restarts_its_ice(stage: Stage) -> None:
    alice = stage.join("alice", single=False)
    alice.answer(alice.offered())
    alice.vanish()
    client = stage.resume(alice)
    assert stage.media.last("create_offer").ice_restart
    alice.offered()
    assert client.kinds[-2:] == ["refresh_token", "offer"]
    alice.ask(offer=OFFER)
    alice.answered()
    assert client.kinds[-1] == "answer"


def test_an_offer_that_was_in_flight_is_void(stage: Stage) -> None:
    alice = stage.join("alice", single=False)
    alice.offered()
    alice.vanish()
    stage.advance(60)
    client = stage.resume(alice)
    alice.answer(alice.offered())
    stage.advance(60)
    assert client.close_code is None


def test_the_old_connection_is_closed_if_it_is_still_open(stage: Stage) -> None:
    alice = stage.join("alice")
    old = alice.client
    client = stage.resume(alice)
    assert old.close_code == 1000
    assert "leave" not in old.kinds
    alice.ask(ping=1)
    assert client.kinds[-1] == "pong"


def test_the_end_of_the_old_connection_does_not_touch_the_new_one(stage: Stage) -> None:
    alice = stage.join("alice")
    old = alice.session.connection
    assert old is not None
    client = stage.resume(alice)
    alice.session.on_signal_lost(old, stage.now)
    alice.ask(ping=1)
    assert client.kinds[-1] == "pong"


def test_others_notice_nothing(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    alice.publish()
    bob.client.forget()
    stage.media.forget()
    alice.vanish()
    stage.advance(2)
    stage.resume(alice)
    assert bob.client.kinds == []
    assert stage.media.commands == []


def test_failed_media_can_be_resumed_within_its_grace(stage: Stage) -> None:
    alice = stage.join("alice")
    peer = alice.session.peers.primary
    alice.engine(Event.PeerState(peer=peer, state="disconnected", reason=""))
    stage.advance(9)
    client = stage.resume(alice)
    stage.advance(10)
    alice.engine(Event.PeerState(peer=peer, state="connected", reason=""))
    stage.advance(3600)
    assert client.close_code is None
    assert alice.sid in stage.room.participants


def test_a_resume_whose_media_does_not_come_back_is_given_up(stage: Stage) -> None:
    stage.join("bob")
    alice = stage.join("alice")
    alice.engine(Event.PeerState(peer=alice.session.peers.primary, state="disconnected", reason=""))
    stage.advance(9)
    client = stage.resume(alice)
    stage.advance(15)
    assert client.last("leave").action == Action.RESUME
    stage.advance(5)
    assert alice.sid not in stage.room.participants


def test_what_cannot_be_resumed_is_told_to_join_anew(stage: Stage) -> None:
    alice, unborn = stage.join("alice"), stage.join("unborn", active=False)
    gone = stage.join("gone")
    gone.ask(leave=rtc.LeaveRequest())
    broken = stage.join("broken")
    broken.engine(Event.PeerState(peer=broken.session.peers.primary, state="failed", reason=""))
    for client in (
        stage.resume(alice, participant_sid="PA_another"),
        stage.resume(unborn),
        stage.resume(gone),
        stage.resume(broken),
    ):
        assert client.kinds == ["leave"]
        leave = client.last("leave")
        assert (leave.reason, leave.action) == (models.DisconnectReason.STATE_MISMATCH, Action.RECONNECT)
        assert client.close_code == 1000
    assert alice.client.close_code is None


def test_a_resume_into_a_room_that_is_gone_makes_no_room(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.rooms.delete("room", stage.now)
    assert stage.resume(alice).last("leave").action == Action.RECONNECT
    assert len(stage.rooms) == 0


def test_a_client_may_resume_without_naming_the_participant(stage: Stage) -> None:
    alice = stage.join("alice")
    assert stage.resume(alice, participant_sid="").kinds[0] == "reconnect"


def test_who_was_away_for_too_much_joins_anew(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.vanish()
    for number in range(stage.room.defaults.log_length):
        stage.room.set_metadata(str(number), stage.now)
    assert stage.resume(alice).last("leave").action == Action.RECONNECT


def test_demand_is_told_again(stage: Stage) -> None:
    bob = stage.join("bob")
    bob.publish(layers=LAYERS, rids=("q", "h", "f"))
    stage.join("alice")
    bob.vanish()
    assert stage.resume(bob).last("subscribed_quality_update").subscribed_qualities[2].enabled


def test_a_synchronised_state_is_taken_over(stage: Stage) -> None:
    bob, alice = stage.join("bob"), stage.join("alice")
    first, second = bob.publish("a"), bob.publish("b")
    own = alice.publish("own")
    client = stage.resume(alice)
    alice.ask(
        sync_state=rtc.SyncState(
            subscription=rtc.UpdateSubscription(track_sids=[first.sid, "TR_gone"], subscribe=False),
            publish_tracks=[rtc.TrackPublishedResponse(cid="own", track=models.TrackInfo(sid=own.sid))],
            track_sids_disabled=[second.sid],
        )
    )
    stage.advance(0.1)
    assert list(alice.session.subscriptions.tracks) == [second.sid]
    assert not stage.media.last("set_subscription").enabled
    assert client.close_code is None


def test_a_client_that_publishes_what_the_server_does_not_know_joins_anew(stage: Stage) -> None:
    alice = stage.join("alice")
    client = stage.resume(alice)
    published = rtc.TrackPublishedResponse(cid="x", track=models.TrackInfo(sid="TR_unknown"))
    alice.ask(sync_state=rtc.SyncState(publish_tracks=[published]))
    assert client.last("leave").action == Action.RECONNECT


def test_javascript_clients_of_old_do_not_get_the_message_they_stumble_over(stage: Stage) -> None:
    info = models.ClientInfo(sdk=models.ClientInfo.SDK.JS, protocol=9)
    for version, first in (("1.6.2", "update"), ("1.6.3", "reconnect"), ("2.21.0", "reconnect")):
        info.version = version
        alice = stage.join("alice")
        assert stage.resume(alice, client=info).kinds[0] == first


def test_the_log_shows_one_departure_per_participant(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.resume(alice)
    alice.ask(leave=rtc.LeaveRequest())
    assert [fact.sid for fact in stage.room.log.since(0) if isinstance(fact, ParticipantLeft)] == [alice.sid]
