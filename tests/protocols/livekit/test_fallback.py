"""Clients whose media fails over UDP are led another way. specs/livekit.md §3.30."""

import pytest
from livekit.protocol import models, rtc

from roomful.config.schema import TurnServer
from roomful.media.api import Event
from roomful.media.ice import IceServers
from roomful.protocols.livekit.fallback import SHORT_LIFE, SIGNAL_HEALTHY, SOON, Fallback, Only, ladder
from roomful.protocols.livekit.links import Settings

from .stage import Player, Stage

RELAYED = Settings(ice_servers=IceServers(turn=[TurnServer(host="turn.example")]), ways=ladder(tcp=True, tls=True))


def fail(player: Player, *, heard: bool = True) -> None:
    """Its media goes silent for as long as it takes to be asked to resume; meanwhile it pings, or is silent as well."""
    stage = player.stage
    player.engine(Event.PeerState(peer=player.session.peers.primary, state="disconnected", reason=""))
    for _ in range(5):
        stage.advance(1)
        if heard:
            player.ask(ping_req=rtc.Ping(timestamp=1))


def only(player: Player) -> rtc.CandidateProtocol.ValueType:
    return player.session.links.only


@pytest.mark.parametrize("single", [True, False])
def test_media_that_fails_soon_is_led_over_tcp_then_tls_and_then_over_udp_again(single: bool) -> None:
    stage = Stage(settings=RELAYED)
    ways: list[int] = []
    for _ in range(3):
        alice = stage.join("alice", single=single)
        fail(alice)
        assert alice.client.close_code is not None
        ways.append(stage.join("alice", single=single, active=False).session.links.only)
    assert ways == [Only.TCP, Only.TLS, Only.UDP]


def test_a_resume_goes_the_other_way_too() -> None:
    stage = Stage(settings=Settings(ice_servers=RELAYED.ice_servers, ways=ladder(tcp=False, tls=True)))
    alice = stage.join("alice")
    fail(alice)
    answer = stage.resume(alice).last("reconnect")
    assert answer.client_configuration.force_relay == models.ClientConfigSetting.ENABLED
    assert [server.urls for server in answer.ice_servers] == [["turns:turn.example:443?transport=tcp"]]
    assert only(alice) == Only.TLS


def test_media_that_lived_long_may_fail_once() -> None:
    stage = Stage()
    alice = stage.join("alice")
    stage.advance(SHORT_LIFE)
    fail(alice)
    assert only(alice) == Only.UDP


def test_a_network_that_is_gone_altogether_says_nothing_of_udp() -> None:
    stage = Stage()
    alice = stage.join("alice")
    stage.advance(SIGNAL_HEALTHY)
    fail(alice, heard=False)
    assert alice.client.close_code is not None
    assert only(alice) == Only.UDP


def test_media_that_never_came_up_is_a_failure() -> None:
    stage = Stage()
    alice = stage.join("alice", active=False)
    alice.ask(offer=rtc.SessionDescription(type="offer", sdp="v=0 offer"))
    alice.engine(Event.PeerState(peer=alice.session.peers.primary, state="failed", reason="no connection in time"))
    assert stage.join("alice", active=False).session.links.only == Only.TCP


def test_two_failures_in_a_row_count_even_after_a_long_life() -> None:
    fallback = Fallback(ladder(tcp=True, tls=False))
    assert fallback.on_failure("alice", SHORT_LIFE, 1000.0) == Only.UDP
    assert fallback.on_failure("alice", SHORT_LIFE, 1000.0 + SOON + 1) == Only.UDP
    assert fallback.on_failure("alice", SHORT_LIFE, 1000.0 + 2 * SOON) == Only.TCP
    assert fallback.of("bob") == Only.UDP


def test_without_another_way_everything_stays() -> None:
    fallback = Fallback(ladder(tcp=False, tls=False))
    assert fallback.on_failure("alice", 1.0, 1000.0) == Only.UDP
