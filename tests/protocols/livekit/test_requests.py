"""Pings, simulated faults, and requests that mean nothing."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.config.ice import IceServer
from roomful.protocols.livekit.frames import BadFrame, decode_request
from roomful.protocols.livekit.links import Settings

from .stage import START, Player, Stage

Action = rtc.LeaveRequest.Action


def simulate(player: Player, **scenario: Any) -> None:
    player.ask(simulate=rtc.SimulateScenario(**scenario))


def test_both_kinds_of_ping_are_answered(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.ask(ping=1)
    assert alice.client.last("pong") == int(START * 1000)
    alice.ask(ping_req=rtc.Ping(timestamp=7, rtt=3))
    pong = alice.client.last("pong_resp")
    assert (pong.last_ping_timestamp, pong.timestamp) == (7, int(START * 1000))


def test_a_simulated_speaker_speaks_for_as_long_as_told(stage: Stage) -> None:
    alice = stage.join("alice")
    simulate(alice, speaker_update=3)
    speaker = alice.client.last("speakers_changed").speakers[0]
    assert (speaker.sid, speaker.active) == (alice.sid, True)
    stage.advance(3)
    assert not alice.client.last("speakers_changed").speakers[0].active


@pytest.mark.parametrize("scenario", ["node_failure", "migration"])
def test_a_simulated_failure_says_nothing_and_cannot_be_resumed(stage: Stage, scenario: str) -> None:
    stage.join("bob")
    alice = stage.join("alice")
    alice.client.forget()
    simulate(alice, **{scenario: True})
    assert alice.client.kinds == []
    assert alice.client.close_code == 1000
    assert stage.resume(alice).last("leave").action == Action.RECONNECT


def test_a_simulated_stop_is_final(stage: Stage) -> None:
    alice = stage.join("alice")
    simulate(alice, server_leave=True)
    leave = alice.client.last("leave")
    assert (leave.reason, leave.action) == (models.DisconnectReason.SERVER_SHUTDOWN, Action.DISCONNECT)


def test_a_simulated_full_reconnect_is_asked_for(stage: Stage) -> None:
    alice = stage.join("alice")
    simulate(alice, leave_request_full_reconnect=True)
    assert alice.client.last("leave").action == Action.RECONNECT


def test_a_simulated_loss_right_after_the_resume(stage: Stage) -> None:
    alice = stage.join("alice")
    simulate(alice, disconnect_signal_on_resume=True)
    first = stage.resume(alice)
    assert first.kinds[0] == "reconnect"
    assert first.close_code == 1000
    assert "leave" not in first.kinds
    assert stage.resume(alice).close_code is None


def test_simulated_losses_before_the_resume_says_anything(stage: Stage) -> None:
    alice = stage.join("alice")
    simulate(alice, disconnect_signal_on_resume_no_messages=True)
    for _ in range(3):
        client = stage.resume(alice)
        assert (client.kinds, client.close_code) == ([], 1000)
    assert stage.resume(alice).kinds[0] == "reconnect"


def test_networks_cannot_be_simulated(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.client.forget()
    simulate(alice, subscriber_bandwidth=100_000)
    simulate(alice)
    assert (alice.client.received, alice.client.close_code) == ([], None)


UDP_LINE = "a=candidate:1 1 udp 2130706431 127.0.0.1 7882 typ host\r\n"
TCP_LINE = "a=candidate:2 1 tcp 1671430143 127.0.0.1 7881 typ host tcptype passive\r\n"
RELAY_LINE = "a=candidate:3 1 udp 41885439 127.0.0.1 30000 typ relay raddr 0.0.0.0 rport 0\r\n"
LINES = UDP_LINE + TCP_LINE + RELAY_LINE


def switched(stage: Stage, only: rtc.CandidateProtocol, *, single: bool) -> Player:
    """Somebody who joins anew after it asked for these candidates alone."""
    first = stage.join("alice", single=single)
    simulate(first, switch_candidate_protocol=only)
    assert first.client.close_code is None
    stage.media.forget()
    return stage.join("alice", single=single, active=False)


@pytest.mark.parametrize("single", [True, False])
def test_a_client_that_switched_to_tcp_uses_nothing_else(stage: Stage, single: bool) -> None:
    alice = switched(stage, rtc.CandidateProtocol.TCP, single=single)
    offer = rtc.SessionDescription(type="offer", sdp="v=0\r\n" + LINES)
    alice.ask(offer=offer)
    command = stage.media.last("accept_offer")
    assert command.sdp == "v=0\r\n" + TCP_LINE
    alice.engine(
        Event.Answered(
            peer=command.peer, request=command.request, sdp="v=0\r\n" + LINES, mid_to_track={}, candidates=[]
        )
    )
    assert alice.client.last("answer").sdp == "v=0\r\n" + TCP_LINE
    for line in (UDP_LINE, TCP_LINE):
        init = json.dumps({"candidate": line.removeprefix("a=").strip()})
        alice.ask(trickle=rtc.TrickleRequest(candidateInit=init))
    assert [one.candidate for one in stage.media.named("add_candidate")] == [TCP_LINE.removeprefix("a=").strip()]
    # Others are not concerned, and it can switch back.
    assert stage.join("bob").session.links.only == rtc.CandidateProtocol.UDP
    simulate(alice, switch_candidate_protocol=rtc.CandidateProtocol.UDP)
    assert stage.join("alice").session.links.only == rtc.CandidateProtocol.UDP


def test_a_client_that_switched_to_tls_uses_relays(stage: Stage) -> None:
    assert switched(stage, rtc.CandidateProtocol.TLS, single=True).session.links.only == rtc.CandidateProtocol.UDP
    relayed = Stage(settings=Settings(ice_servers=(IceServer(urls=("turns:example.com:443?transport=tcp",)),)))
    alice = switched(relayed, rtc.CandidateProtocol.TLS, single=True)
    configuration = alice.client.last("join").client_configuration
    assert configuration.force_relay == models.ClientConfigSetting.ENABLED
    alice.ask(offer=rtc.SessionDescription(type="offer", sdp="v=0\r\n" + LINES))
    assert relayed.media.last("accept_offer").sdp == "v=0\r\n" + RELAY_LINE


def test_requests_from_the_past_and_the_future_are_ignored(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.client.forget()
    alice.ask()
    alice.ask(update_layers=rtc.UpdateVideoLayers(track_sid="TR_x"))
    alice.session.receive(rtc.SignalRequest.FromString(b"\xfa\x3f\x01x"), stage.now)
    assert (alice.client.received, alice.client.close_code) == ([], None)


_names = st.sampled_from(["", "TR_x", "PA_x", "alice", "bob", "ü" * 200])
_requests = st.one_of(
    st.builds(lambda **f: {"add_track": rtc.AddTrackRequest(**f)}, cid=_names, sid=_names, name=_names,
              type=st.integers(0, 5), source=st.integers(0, 9), width=st.integers(0, 2**32 - 1),
              layers=st.lists(st.builds(models.VideoLayer, quality=st.integers(0, 5)), max_size=12),
              simulcast_codecs=st.lists(st.builds(rtc.SimulcastCodec, codec=_names, cid=_names), max_size=12)),
    st.builds(lambda **f: {"mute": rtc.MuteTrackRequest(**f)}, sid=_names, muted=st.booleans()),
    st.builds(lambda **f: {"subscription": rtc.UpdateSubscription(**f)}, track_sids=st.lists(_names),
              subscribe=st.booleans()),
    st.builds(lambda **f: {"track_setting": rtc.UpdateTrackSettings(**f)}, track_sids=st.lists(_names),
              disabled=st.booleans(), quality=st.integers(0, 7), width=st.integers(0, 2**32 - 1),
              height=st.integers(0, 2**32 - 1)),
    st.builds(lambda **f: {"leave": rtc.LeaveRequest(**f)}, reason=st.integers(0, 40)),
    st.builds(lambda **f: {"subscription_permission": rtc.SubscriptionPermission(**f)},
              all_participants=st.booleans(),
              track_permissions=st.lists(st.builds(rtc.TrackPermission, participant_sid=_names,
                                                   participant_identity=_names, all_tracks=st.booleans()))),
    st.builds(lambda sid: {"sync_state": rtc.SyncState(track_sids_disabled=[sid])}, _names),
    st.builds(lambda n: {"simulate": rtc.SimulateScenario(speaker_update=n)}, st.integers(-(2**31), 2**31 - 1)),
    st.builds(lambda **f: {"update_metadata": rtc.UpdateParticipantMetadata(**f)}, name=_names, metadata=_names,
              attributes=st.dictionaries(_names, _names, max_size=3)),
    st.builds(lambda sdp, number: {"offer": rtc.SessionDescription(sdp=sdp, id=number)}, st.text(max_size=20),
              st.integers(0, 2**32 - 1)),
    st.builds(lambda sdp, number: {"answer": rtc.SessionDescription(sdp=sdp, id=number)}, st.text(max_size=20),
              st.integers(0, 2**32 - 1)),
    st.builds(lambda text: {"trickle": rtc.TrickleRequest(candidateInit=text)}, st.text(max_size=30)),
    st.builds(lambda **f: {"update_audio_track": rtc.UpdateLocalAudioTrack(**f)}, track_sid=_names,
              features=st.lists(st.integers(0, 20), max_size=4)),
    st.builds(lambda **f: {"publish_data_track_request": rtc.PublishDataTrackRequest(**f)},
              pub_handle=st.integers(0, 2**32 - 1), name=_names),
    st.builds(lambda n: {"unpublish_data_track_request": rtc.UnpublishDataTrackRequest(pub_handle=n)},
              st.integers(0, 2**32 - 1)),
    st.builds(lambda sid: {"update_data_subscription": rtc.UpdateDataSubscription(
              updates=[rtc.UpdateDataSubscription.Update(track_sid=sid, subscribe=True)])}, _names),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(_requests, max_size=30), st.booleans())
def test_no_sequence_of_requests_disturbs_anybody_else(
    stage: Stage, requests: list[dict[str, Any]], single: bool
) -> None:
    bob = stage.join("bob", room="elsewhere")
    alice = stage.join("alice", single=single, can_update_own_metadata=True)
    room = stage.room
    for request in requests:
        alice.ask(**request)
        stage.advance(0.05)
    assert bob.client.close_code is None
    stage.advance(30)
    assert room.observers.failures == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(max_size=120))
def test_noise_that_happens_to_be_a_request_is_survived(stage: Stage, data: bytes) -> None:
    try:
        request = decode_request(data)
    except BadFrame:
        return
    stage.join("alice").session.receive(request, stage.now)
