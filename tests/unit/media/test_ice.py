"""Which STUN and TURN servers a participant is told of, and with what credentials."""

import base64
import hashlib
import hmac

import pytest

from roomful.config import Config, RtcConfig, effective
from roomful.config.schema import Duration, TurnConfig, TurnServer
from roomful.media.ice import EmbeddedTurn, IceServer, IceServers, ice_servers, turn_server

NOW = 1_700_000_000.5
SECRET = "a-secret-of-more-than-thirty-two-characters"
EMBEDDED = EmbeddedTurn(
    udp=("turn:192.0.2.1:3478?transport=udp",),
    tls=("turns:turn.example.com:443?transport=tcp",),
    key="key",
    secret=SECRET,
    ttl=300,
)


def config(turn: TurnConfig, **rtc: object) -> Config:
    return effective(Config(keys={"key": SECRET}, turn=turn, rtc=RtcConfig(**rtc)))  # type: ignore[arg-type]


def test_nobody_is_told_of_servers_by_default() -> None:
    servers = ice_servers(config(TurnConfig()))
    assert servers.of("PA_1", NOW) == ()
    assert not servers.relays


def test_static_credentials_are_the_same_for_everybody() -> None:
    server = TurnServer(host="turn.example", username="u", credential="c")
    expected = IceServer(urls=("turns:turn.example:443?transport=tcp",), username="u", credential="c")
    assert turn_server(server, "PA_1", NOW) == turn_server(server, "PA_2", NOW + 9) == expected


def test_a_shared_secret_makes_credentials_as_coturn_checks_them() -> None:
    server = TurnServer(host="turn.example", port=3478, protocol="udp", secret="shared", username="ignored")
    made = turn_server(server, "PA_1", NOW)
    assert made.urls == ("turn:turn.example:3478?transport=udp",)
    assert made.username == f"{1_700_000_000 + 14400}:PA_1"
    digest = hmac.new(b"shared", made.username.encode(), hashlib.sha1).digest()
    assert made.credential == base64.b64encode(digest).decode()
    short = TurnServer(host="turn.example", secret="shared", ttl=Duration(60))
    assert turn_server(short, "PA_1", NOW).username == f"{1_700_000_060}:PA_1"


def test_addresses_of_ipv6_stand_in_brackets() -> None:
    server = TurnServer(host="2001:db8::1", port=3478, protocol="tcp")
    assert turn_server(server, "PA_1", NOW).urls == ("turn:[2001:db8::1]:3478?transport=tcp",)


def test_the_server_of_our_own_comes_first_and_its_credentials_are_personal() -> None:
    other = TurnServer(host="turn.example", username="u", credential="c")
    servers = IceServers(embedded=EMBEDDED, turn=[other], stun=["stun.example:3478"])
    own, others, stun = servers.of("PA_1", NOW)
    assert own.urls == EMBEDDED.udp + EMBEDDED.tls
    assert others.username == "u"
    assert stun.urls == ("stun:stun.example:3478",)
    assert own.username.isalnum()
    assert own.credential.isalnum()
    assert own == servers.of("PA_1", NOW)[0]
    assert own.credential != servers.of("PA_2", NOW)[0].credential
    assert own.credential != servers.of("PA_1", NOW + 1)[0].credential


def test_who_gets_through_over_tls_alone_is_told_nothing_else() -> None:
    servers = IceServers(embedded=EMBEDDED)
    assert [server.urls for server in servers.of("PA_1", NOW, tls_only=True)] == [EMBEDDED.tls]


@pytest.mark.parametrize(
    ("turn", "urls"),
    [
        (TurnConfig(enabled=True, udp_port=3478), ["turn:192.0.2.1:3478?transport=udp"]),
        (
            TurnConfig(enabled=True, tls_port=5349, domain="t.example", external_tls=True),
            ["turns:t.example:443?transport=tcp"],
        ),
    ],
)
def test_the_addresses_of_media_are_those_of_turn(turn: TurnConfig, urls: list[str]) -> None:
    [server] = ice_servers(config(turn, node_ip="192.0.2.1")).of("PA_1", NOW)
    assert list(server.urls) == urls
