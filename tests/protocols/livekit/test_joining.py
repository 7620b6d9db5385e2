"""The first messages of a connection, and what the engine is told."""

import pytest
from livekit.protocol import models, rtc

from roomful._native import Event, Overloaded
from roomful.auth.grants import Grant, VideoGrant
from roomful.config.schema import TurnServer
from roomful.media.ice import IceServers
from roomful.protocols.livekit.links import Settings
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.model import LeaveReason, ParticipantKind, ParticipantState
from roomful.rooms.options import RoomOptions

from .stage import OFFER, START, Stage


def test_a_single_connection_client_gets_join_then_token_then_the_answer_to_its_offer(stage: Stage) -> None:
    alice = stage.join("alice", offer=OFFER, active=False)
    alice.answered()
    assert alice.client.kinds == ["join", "refresh_token", "answer"]
    assert alice.client.last("answer").sdp == "v=0 answer"
    assert not alice.client.last("join").subscriber_primary


def test_a_dual_connection_client_gets_join_then_token_then_an_offer(stage: Stage) -> None:
    alice = stage.join("alice", single=False, active=False)
    offer = alice.offered()
    assert alice.client.kinds == ["join", "refresh_token", "offer"]
    assert offer.type == "offer"
    assert 1 <= offer.id <= 257
    assert alice.client.last("join").subscriber_primary


def test_the_server_opens_the_data_channels_of_the_subscriber_connection_only(stage: Stage) -> None:
    alice = stage.join("alice", single=False, active=False, full_ice=True)
    alice.ask(offer=OFFER)
    opened = {command.peer: (command.channels, command.full_ice) for command in stage.media.named("open_peer")}
    peers = alice.session.peers
    assert opened == {peers.subscriber: (True, True), peers.publisher: (False, True)}


def test_the_publisher_connection_is_opened_when_it_is_needed(stage: Stage) -> None:
    alice = stage.join("alice", single=False)
    assert [command.peer for command in stage.media.named("open_peer")] == [alice.session.peers.subscriber]


def test_who_may_not_subscribe_publishes_on_the_primary_connection(stage: Stage) -> None:
    alice = stage.join("alice", single=False, active=False, can_subscribe=False)
    assert not alice.client.last("join").subscriber_primary
    assert stage.media.named("open_peer") == []
    alice.ask(offer=OFFER)
    alice.go_active()
    assert alice.participant.state is ParticipantState.ACTIVE
    assert [command.peer for command in stage.media.named("open_peer")] == [alice.session.peers.publisher]


def test_the_join_says_who_and_where_one_is(stage: Stage) -> None:
    bob = stage.join("bob")
    track = bob.publish()
    alice = stage.join("alice", can_publish_data=False)
    join = alice.client.all("join")[0]
    assert (join.room.name, join.room.sid) == ("room", stage.room.sid)
    assert (join.participant.identity, join.participant.sid) == ("alice", alice.sid)
    assert join.participant.name == "ALICE"
    assert join.participant.permission.can_publish
    assert not join.participant.permission.can_publish_data
    assert join.participant.joined_at == int(START)
    assert [other.identity for other in join.other_participants] == ["bob"]
    assert [info.sid for info in join.other_participants[0].tracks] == [track.sid]


def test_the_join_makes_sdks_believe_in_a_recent_server(stage: Stage) -> None:
    join = stage.join("alice").client.last("join")
    assert join.server_version == join.server_info.version == "1.13.5"
    assert join.server_info.protocol == 17
    assert "roomful" in join.server_info.debug_info
    assert (join.ping_interval, join.ping_timeout) == (5, 15)
    assert join.fast_publish


def test_codecs_are_told_video_first(stage: Stage) -> None:
    join = stage.join("alice").client.last("join")
    assert [codec.mime for codec in join.enabled_publish_codecs] == [
        "video/VP8", "video/H264", "video/VP9", "video/AV1", "video/H265",
        "audio/PCMU", "audio/PCMA", "audio/opus", "audio/red",
    ]  # fmt: skip
    assert join.room.enabled_codecs[-1].mime == "video/rtx"


def test_everybody_in_a_room_gets_the_same_trailer(stage: Stage) -> None:
    first, second = (stage.join(name).client.last("join").sif_trailer for name in ("alice", "bob"))
    assert first == second
    assert len(first) == 44


def test_ice_servers_come_from_the_settings_and_there_are_none_by_default(stage: Stage) -> None:
    assert not stage.join("alice").client.last("join").ice_servers
    turn = TurnServer(host="turn.example", port=3478, protocol="udp", username="u", credential="c")
    other = Stage(settings=Settings(ice_servers=IceServers(turn=[turn])))
    assert other.join("alice").client.last("join").ice_servers == [
        rtc.ICEServer(urls=["turn:turn.example:3478?transport=udp"], username="u", credential="c")
    ]


def test_safari_is_told_what_it_cannot_do(stage: Stage) -> None:
    safari = models.ClientInfo(protocol=17, browser="Safari", browser_version="18.4")
    join = stage.join("alice", client=safari).client.last("join")
    assert [codec.mime for codec in join.client_configuration.disabled_codecs.codecs] == ["video/AV1"]
    assert [codec.mime for codec in join.client_configuration.disabled_codecs.publish] == ["video/VP9"]


def test_tracks_announced_with_the_join_are_answered_before_the_offer(stage: Stage) -> None:
    track = rtc.AddTrackRequest(cid="mic", type=models.TrackType.AUDIO)
    alice = stage.join("alice", add_tracks=(track,), offer=OFFER, active=False)
    alice.answered()
    assert alice.client.kinds == ["join", "refresh_token", "track_published", "answer"]
    assert len(stage.media.last("accept_offer").pending) == 1


def test_existing_tracks_are_subscribed_before_the_first_answer_of_a_single_connection(stage: Stage) -> None:
    track = stage.join("bob").publish()
    stage.media.forget()
    stage.join("alice", offer=OFFER, active=False)
    names = [command.name for command in stage.media.commands]
    assert names == ["open_peer", "subscribe", "set_subscription", "accept_offer"]
    assert stage.media.last("subscribe").stream_id == f"{track.publisher}|{track.sid}"


def test_existing_tracks_wait_for_the_media_of_two_connections(stage: Stage) -> None:
    track = stage.join("bob").publish()
    alice = stage.join("alice", single=False, active=False)
    assert stage.media.named("subscribe") == []
    alice.go_active()
    assert stage.media.last("subscribe").track == track.sid


def test_others_hear_of_a_participant_when_its_media_is_up(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.client.forget()
    bob = stage.join("bob", active=False)
    assert "update" not in alice.client.kinds
    bob.go_active()
    (info,) = alice.client.last("update").participants
    assert (info.identity, info.state) == ("bob", models.ParticipantInfo.State.ACTIVE)


def test_a_full_room_refuses_and_stays_as_it_is(stage: Stage) -> None:
    room = stage.rooms.create("room", RoomOptions(max_participants=1), START)
    stage.join("alice")
    with pytest.raises(RoomError, match="room is full"):
        stage.join("bob")
    assert [participant.identity for participant in room.participants.values()] == ["alice"]
    assert len(stage.sessions) == 1


def test_a_join_that_fails_leaves_no_room_behind(stage: Stage) -> None:
    grant = Grant(identity="alice", metadata="x" * 10**7, video=VideoGrant(room_join=True, room="room"))
    with pytest.raises(RoomError) as refused:
        stage.join("alice", grant=grant)
    assert refused.value.code is RoomErrorCode.INVALID_ARGUMENT
    assert len(stage.rooms) == 0


def test_what_the_request_says_adds_to_the_token(stage: Stage) -> None:
    grant = Grant(
        identity="alice",
        name="Alice",
        kind=ParticipantKind.AGENT,
        metadata="token",
        attributes={"a": "1", "b": "1"},
        video=VideoGrant(room_join=True, room="room", can_update_own_metadata=True),
    )
    alice = stage.join("alice", grant=grant, metadata="request", attributes={"b": "2"})
    info = alice.client.last("join").participant
    assert info.metadata == "request"
    assert dict(info.attributes) == {"a": "1", "b": "2"}
    assert info.kind == models.ParticipantInfo.Kind.AGENT


def test_a_publish_only_twin_is_a_participant_of_its_own_that_receives_nothing(stage: Stage) -> None:
    stage.join("alice").publish()
    twin = stage.join("alice", publish="screen")
    assert twin.participant.identity == "alice#screen"
    assert not twin.participant.permission.can_subscribe
    assert len(stage.room.participants) == 2


def test_a_second_session_of_the_same_identity_replaces_the_first(stage: Stage) -> None:
    first = stage.join("alice")
    watcher = stage.join("bob")
    watcher.client.forget()
    second = stage.join("alice")
    leave = first.client.last("leave")
    assert leave.reason == models.DisconnectReason.DUPLICATE_IDENTITY
    assert leave.action == rtc.LeaveRequest.Action.DISCONNECT
    assert first.client.close_code == 1000
    assert stage.media.last("close_peer").peer == first.session.peers.publisher
    updates = [info for update in watcher.client.all("update") for info in update.participants]
    assert [(info.sid, info.state) for info in updates] == [(second.sid, models.ParticipantInfo.State.ACTIVE)]


def test_old_clients_are_told_that_the_replaced_participant_left(stage: Stage) -> None:
    watcher = stage.join("bob", protocol=11)
    first = stage.join("alice")
    watcher.client.forget()
    stage.join("alice", active=False)
    (info,) = watcher.client.last("update").participants
    assert (info.sid, info.state) == (first.sid, models.ParticipantInfo.State.DISCONNECTED)


def test_a_peer_that_is_refused_by_a_busy_engine_costs_only_that_participant(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.media.trouble = Overloaded()
    bob = stage.join("bob", active=False)
    stage.media.trouble = None
    stage.advance(0)
    assert bob.client.last("leave").action == rtc.LeaveRequest.Action.RECONNECT
    assert bob.client.close_code == 1000
    assert alice.client.close_code is None
    assert [p.identity for p in stage.room.participants.values()] == ["alice"]


def test_events_of_a_session_that_has_ended_are_ignored(stage: Stage) -> None:
    alice = stage.join("alice")
    handler = stage.media.handlers[alice.session.peers.publisher]
    stage.room.leave(alice.sid, LeaveReason.PARTICIPANT_REMOVED, stage.now)
    handler(Event.PeerState(peer=alice.session.peers.publisher, state="connected", reason=""))
    assert stage.media.handlers == {}
