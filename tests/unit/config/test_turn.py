"""From the configuration to where TURN listens and with whom its clients may talk."""

import pytest

from roomful.config import Config, ConfigError, RtcConfig, TlsConfig, effective
from roomful.config.network import InterfaceAddress, MediaAddresses
from roomful.config.schema import TurnConfig
from roomful.config.turn import TurnPlan, turn_plan

LOCAL = [
    InterfaceAddress("lo", "127.0.0.1"),
    InterfaceAddress("eth0", "10.0.0.5"),
    InterfaceAddress("eth0", "fe80::1"),
    InterfaceAddress("eth0", "2001:db8::5"),
]
GOOD = {"enabled": True, "udp_port": 3478}


def config(turn: TurnConfig, **changes: object) -> Config:
    return effective(Config(keys={"key": "s" * 32}, turn=turn, **changes))  # type: ignore[arg-type]


def planned(addresses: MediaAddresses, **turn: object) -> TurnPlan:
    settings = TurnConfig(**(GOOD | turn))  # type: ignore[arg-type]
    return turn_plan(config(settings), addresses, LOCAL, [7882, 7883])


def test_it_listens_at_the_addresses_of_this_machine() -> None:
    plan = planned(MediaAddresses(bind=("0.0.0.0", "::"), candidates=("10.0.0.5", "2001:db8::5")))
    assert plan.udp == [("10.0.0.5", 3478), ("2001:db8::5", 3478)]
    assert plan.tcp == []
    assert plan.relay_ips == ["10.0.0.5", "2001:db8::5"]
    assert plan.relay_ports == (30000, 40000)
    assert (("10.0.0.5", 7883), ("10.0.0.5", 7883)) in plan.sfu
    assert len(plan.sfu) == 4


def test_behind_address_translation_relays_take_the_local_way() -> None:
    plan = planned(MediaAddresses(bind=("0.0.0.0",), candidates=("203.0.113.7",)))
    assert plan.sfu[0] == (("203.0.113.7", 7882), ("10.0.0.5", 7882))
    assert plan.relay_ips == ["10.0.0.5"]


def test_addresses_can_be_chosen() -> None:
    loopback = MediaAddresses(bind=("127.0.0.1",), candidates=("127.0.0.1",))
    assert planned(loopback).udp == [("127.0.0.1", 3478)]
    assert planned(loopback, bind_addresses=["10.0.0.5"]).udp == [("10.0.0.5", 3478)]


def test_the_certificate_of_the_server_does_for_turn() -> None:
    addresses = MediaAddresses(bind=("10.0.0.5",), candidates=("10.0.0.5",))
    turn = TurnConfig(enabled=True, tls_port=443, domain="turn.example")
    own = config(turn, tls=TlsConfig(cert_file="chain.pem", key_file="key.pem"))
    plan = turn_plan(own, addresses, LOCAL, [7882])
    assert (plan.certificate, plan.tcp) == (("chain.pem", "key.pem"), [("10.0.0.5", 443)])
    assert planned(addresses, tls_port=443, domain="t.example", external_tls=True).certificate is None


@pytest.mark.parametrize(
    ("turn", "key"),
    [
        ({"udp_port": 0}, "turn.enabled"),
        ({"tls_port": 5349, "external_tls": True}, "turn.domain"),
        ({"tls_port": 5349, "domain": "t.example"}, "turn.cert_file"),
        ({"tls_port": 5349, "domain": "t.example", "cert_file": "a.pem"}, "turn.key_file"),
        ({"tls_port": 5349, "domain": "t.example", "key_file": "a.pem"}, "turn.cert_file"),
        ({"tls_port": 7880, "domain": "t.example", "external_tls": True}, "turn.tls_port"),
        ({"relay_range_start": 5, "relay_range_end": 4}, "turn.relay_range_start"),
        ({"relay_range_start": 80}, "turn.relay_range_start"),
        ({"bind_addresses": ["here"]}, "turn.bind_addresses"),
        ({"allow_restricted_peer_cidrs": ["private"]}, "turn.allow_restricted_peer_cidrs"),
        ({"deny_peer_cidrs": ["10.0.0.0/33"]}, "turn.deny_peer_cidrs"),
    ],
)
def test_what_cannot_work_is_refused_by_key(turn: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError) as error:
        config(TurnConfig(**(GOOD | turn)), rtc=RtcConfig())  # type: ignore[arg-type]
    assert error.value.key == key


def test_what_is_not_enabled_is_not_judged() -> None:
    assert not config(TurnConfig(domain="x", deny_peer_cidrs=["nonsense"])).turn.enabled
