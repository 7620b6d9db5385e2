"""Data between participants: to whom it goes, who is said to have sent it, and what never goes anywhere."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from livekit.protocol import models

from roomful._native import Event, Overloaded
from roomful.auth.grants import Grant, VideoGrant
from roomful.protocols.livekit.client_metrics import FREEZES, FROZEN, OWN_WORDS_FROM, ROUND_TRIPS
from roomful.reporting.messages import HeartbeatReport, read
from roomful.rooms.model import SERVER, DataKind, ParticipantKind

from .stage import Player, Stage

RELIABLE, LOSSY = "_reliable", "_lossy"


def packet(payload: bytes = b"hello", **fields: Any) -> models.DataPacket:
    user = models.UserPacket(payload=payload, topic=fields.pop("topic", None))
    return models.DataPacket(user=user, **fields)


def send(player: Player, message: models.DataPacket, label: str = RELIABLE) -> None:
    player.engine(Event.Data(peer=player.session.peers.publisher, label=label, data=message.SerializeToString()))


def delivered(stage: Stage) -> list[tuple[list[int], str, models.DataPacket]]:
    """What the engine was told to send, and to which peers."""
    return [
        (command.peers, command.label, models.DataPacket.FromString(command.data))
        for command in stage.media.named("send_data")
    ]


def agent(stage: Stage) -> Player:
    video = VideoGrant(room_join=True, room="room")
    return stage.join("agent", grant=Grant(identity="agent", kind=ParticipantKind.AGENT, video=video))


@pytest.mark.parametrize("label", [RELIABLE, LOSSY])
def test_a_message_to_nobody_in_particular_goes_to_all_others_at_once(stage: Stage, label: str) -> None:
    alice, bob, carol = (stage.join(name) for name in ("alice", "bob", "carol"))
    send(alice, packet(topic="t", sequence=5), label)
    ((peers, sent_on, message),) = delivered(stage)
    assert (peers, sent_on) == ([bob.session.data_peer, carol.session.data_peer], label)
    assert (message.user.payload, message.user.topic, message.sequence) == (b"hello", "t", 5)


def test_data_goes_down_on_the_connection_the_server_opened(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob", single=False)
    send(alice, packet())
    assert delivered(stage)[0][0] == [bob.session.peers.subscriber]


def test_a_message_goes_to_the_named_and_never_back(stage: Stage) -> None:
    alice, bob, _ = (stage.join(name) for name in ("alice", "bob", "carol"))
    send(alice, packet(destination_identities=["bob", "alice", "nobody"]))
    ((peers, _, message),) = delivered(stage)
    assert peers == [bob.session.data_peer]
    assert list(message.destination_identities) == ["bob", "alice", "nobody"]
    send(alice, packet(destination_identities=["nobody"]))
    assert len(delivered(stage)) == 1


def test_older_clients_name_receivers_inside_the_user_packet(stage: Stage) -> None:
    alice, bob, carol = (stage.join(name) for name in ("alice", "bob", "carol"))
    user = models.UserPacket(payload=b"x", destination_sids=[bob.sid], destination_identities=["carol"])
    send(alice, models.DataPacket(user=user))
    assert sorted(delivered(stage)[0][0]) == [bob.session.data_peer, carol.session.data_peer]


def test_nobody_speaks_in_anothers_name(stage: Stage) -> None:
    alice, _, mallory = (stage.join(name) for name in ("alice", "bob", "mallory"))
    forged = models.DataPacket(
        participant_identity="alice",
        participant_sid=alice.sid,
        user=models.UserPacket(payload=b"x", participant_identity="alice", participant_sid=alice.sid),
    )
    send(mallory, forged)
    message = delivered(stage)[0][2]
    assert (message.participant_identity, message.participant_sid) == ("mallory", mallory.sid)
    assert (message.user.participant_identity, message.user.participant_sid) == ("mallory", mallory.sid)


def test_hidden_senders_have_no_name(stage: Stage) -> None:
    stage.join("bob")
    send(stage.join("ghost", hidden=True), packet())
    message = delivered(stage)[0][2]
    assert (message.participant_identity, message.participant_sid, message.user.participant_sid) == ("", "", "")


def test_agents_may_chat_on_behalf_of_others(stage: Stage) -> None:
    stage.join("bob")
    chat = models.DataPacket(participant_identity="bob", chat_message=models.ChatMessage(message="hi"))
    for player, named in ((agent(stage), "bob"), (stage.join("mallory"), "mallory")):
        send(player, chat)
        message = delivered(stage)[-1][2]
        assert message.participant_identity == named
        assert message.participant_sid == player.sid
        assert message.chat_message.generated is (named == "bob")


@pytest.mark.parametrize("kind", [DataKind.RELIABLE, DataKind.LOSSY])
def test_the_kind_is_that_of_the_channel(stage: Stage, kind: DataKind) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    label = RELIABLE if kind is DataKind.RELIABLE else LOSSY
    send(alice, packet(kind=models.DataPacket.Kind.LOSSY), label)
    assert delivered(stage)[0][2].kind == (0 if kind is DataKind.RELIABLE else 1)


def test_repeated_reliable_packets_are_dropped(stage: Stage) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    for sequence in (1, 2, 2, 1, 3):
        send(alice, packet(sequence=sequence))
    assert [message.sequence for _, _, message in delivered(stage)] == [1, 2, 3]
    assert alice.session.data.last_sequence == 3


def test_lossy_packets_and_those_without_number_are_not_counted(stage: Stage) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    for sequence, label in ((7, LOSSY), (7, LOSSY), (0, RELIABLE), (0, RELIABLE)):
        send(alice, packet(sequence=sequence), label)
    assert len(delivered(stage)) == 4


def test_who_may_not_send_data_is_not_heard(stage: Stage) -> None:
    stage.join("bob")
    send(stage.join("alice", can_publish_data=False), packet())
    assert delivered(stage) == []


def test_transcriptions_come_from_agents_only(stage: Stage) -> None:
    stage.join("bob")
    transcription = models.DataPacket(transcription=models.Transcription(track_id="TR_x"))
    send(stage.join("alice"), transcription)
    assert delivered(stage) == []
    send(agent(stage), transcription)
    assert delivered(stage)[0][2].transcription.track_id == "TR_x"


def test_metrics_go_to_those_who_may_read_them(stage: Stage) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    message = models.DataPacket()
    message.metrics.timestamp_ms = 1
    send(alice, message)
    assert delivered(stage) == []
    reader = stage.join("reader", can_subscribe_metrics=True)
    send(alice, message, LOSSY)
    assert delivered(stage)[0][0] == [reader.session.data_peer]


def measured(words: list[str], *series: tuple[int, int, float]) -> models.DataPacket:
    """Of each series its label, which of the words is its track, and its value."""
    message = models.DataPacket()
    message.metrics.str_data.extend(words)
    for label, word, value in series:
        one = message.metrics.time_series.add(label=label, track_sid=OWN_WORDS_FROM + word)
        one.samples.add(timestamp_ms=1, value=value)
    return message


def test_what_a_client_measures_is_reported_as_what_is_new_since_the_last_time(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track = alice.publish()
    for freezes, seconds in ((2, 0.5), (3, 1.5), (1, 0.25)):
        series = ((FREEZES, 0, freezes), (FROZEN, 0, seconds), (ROUND_TRIPS[1], 0, 0.04))
        send(bob, measured([track.sid], *series), LOSSY)
    assert [(room, who) for room, who, _ in stage.reported] == [("room", "bob")] * 3
    told = [heartbeat["downstream"][0] for _, _, heartbeat in stage.reported]
    assert [(one["video"]["freeze_count"], one["video"]["freeze_duration_ms"]) for one in told] == [
        (2, 500),
        (1, 1000),
        (1, 250),
    ], "the last one counts anew"
    assert {one["publisher_id"] for one in told} == {"alice"}
    assert stage.reported[0][2]["upstream"]["network"] == {"rtt_ms": 40.0}


def test_what_a_client_cannot_have_measured_is_not_reported(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track = alice.publish()
    for value in (float("nan"), float("inf"), -1.0):
        send(bob, measured([track.sid], (FREEZES, 0, value), (ROUND_TRIPS[0], 0, value)), LOSSY)
    send(bob, measured([track.sid], (FREEZES, 7, 1.0), (FREEZES, -5, 1.0)), LOSSY)  # no such word
    send(bob, measured(["TR_gone"], (FREEZES, 0, 1.0)), LOSSY)
    send(alice, measured([track.sid], (FREEZES, 0, 1.0)), LOSSY)  # her own
    assert stage.reported == []
    send(bob, measured([track.sid], (FREEZES, 0, 1e30), (FROZEN, 0, 1e30)), LOSSY)
    (one,) = stage.reported[0][2]["downstream"]
    assert read(stage.reported[0][2], HeartbeatReport).downstream[0].video.freeze_count == one["video"]["freeze_count"]


@pytest.mark.parametrize(
    "message",
    [
        models.DataPacket(rpc_request=models.RpcRequest(id="1", method="m", payload="p")),
        models.DataPacket(stream_chunk=models.DataStream.Chunk(stream_id="s", content=b"c")),
        models.DataPacket(encrypted_packet=models.EncryptedPacket(encrypted_value=b"e")),
        models.DataPacket(sip_dtmf=models.SipDTMF(code=1, digit="1")),
    ],
    ids=lambda message: message.WhichOneof("value"),
)
def test_everything_that_clients_agree_on_is_passed_on(stage: Stage, message: models.DataPacket) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    send(alice, message)
    (_, _, received) = delivered(stage)[0]
    kind = message.WhichOneof("value")
    assert kind is not None
    assert getattr(received, kind) == getattr(message, kind)


def test_a_channel_of_another_name_is_a_broadcast(stage: Stage) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    alice.engine(Event.Data(peer=alice.session.peers.publisher, label="mine", data=b"raw"))
    ((_, label, message),) = delivered(stage)
    assert (label, message.user.payload, message.user.participant_identity) == (RELIABLE, b"raw", "alice")


def test_frames_of_data_tracks_are_nobodys_messages(stage: Stage) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    alice.engine(Event.Data(peer=alice.session.peers.publisher, label="_data_track", data=b"frame"))
    assert delivered(stage) == []


def test_the_servers_own_messages_have_no_sender(stage: Stage) -> None:
    bob = stage.join("bob")
    stage.room.send_data(SERVER, b"news", stage.now, topic="t", identities=["bob"])
    ((peers, _, message),) = delivered(stage)
    assert peers == [bob.session.data_peer]
    assert (message.participant_identity, message.participant_sid, message.user.topic) == ("", "", "t")


def test_what_came_just_before_the_channel_opened_is_sent_when_it_does(stage: Stage) -> None:
    alice = stage.join("alice")
    bob = stage.join("bob", active=False)
    send(alice, packet(b"early", sequence=1))
    stage.advance(1.9)
    send(alice, packet(b"late", sequence=2))
    send(alice, packet(b"lossy"), LOSSY)
    assert delivered(stage) == []
    stage.advance(0.2)
    bob.open_channels()
    assert [(peers, message.user.payload) for peers, _, message in delivered(stage)] == [
        ([bob.session.data_peer], b"late")
    ]


def test_an_engine_that_takes_no_data_costs_the_sender_nothing(stage: Stage) -> None:
    alice, _ = stage.join("alice"), stage.join("bob")
    stage.media.trouble = Overloaded()
    send(alice, packet())
    stage.media.trouble = None
    stage.advance(0)
    assert alice.client.close_code is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([RELIABLE, LOSSY, "_data_track", "x"]))
def test_noise_on_a_channel_harms_nobody(stage: Stage, data: bytes, label: str) -> None:
    alice = stage.join("alice")
    stage.join("bob")
    alice.engine(Event.Data(peer=alice.session.peers.publisher, label=label, data=data))
    assert alice.client.close_code is None
