"""What each engine gives its clients, and which engine a room gets."""

from typing import Any, Literal

import jwt
import pytest

from roomful.auth import TokenVerifier
from roomful.config import AgoraConfig, Config, HundredMsConfig, RoomSignalsConfig
from roomful.config.schema import TurnServer
from roomful.media.ice import IceServers
from roomful.protocols.room_signals.engines import Seat, enabled_engines
from roomful.protocols.room_signals.engines.agora import AgoraEngine, uid_of
from roomful.protocols.room_signals.engines.hundredms import HundredMsEngine
from roomful.protocols.room_signals.engines.livekit import LiveKitEngine
from roomful.protocols.room_signals.engines.native import NativeEngine
from roomful.protocols.room_signals.signals import EngineName

NOW = 1_700_000_000.0
SECRET = "a-secret-of-more-than-thirty-two-characters"
HOST = Seat(room="r1", user_id="alice", session_id="s-a", name="Alice", publishes=True, origin="ws://here:7880")
GUEST = Seat(room="r1", user_id="bob", session_id="s-b", origin="wss://here")


def test_native_names_stun_and_turn_servers() -> None:
    native = NativeEngine(["stun:s.example:3478"], IceServers())
    assert native.payload(GUEST, NOW) == {"icfg": {"is": ["stun:s.example:3478"]}}
    turn = IceServers(turn=[TurnServer(host="t.example", username="u", credential="c")])
    assert NativeEngine([], turn).payload(GUEST, NOW)["icfg"]["ics"] == [
        {"urls": ["turns:t.example:443?transport=tcp"], "username": "u", "credential": "c"}
    ]


@pytest.mark.parametrize(("seat", "publishes"), [(HOST, True), (GUEST, False)])
def test_livekit_gives_a_token_of_this_server(seat: Seat, publishes: bool) -> None:
    payload = LiveKitEngine("key", SECRET).payload(seat, NOW)
    assert (payload["url"], payload["room"], payload["identity"]) == (seat.origin, "r1", seat.session_id)
    grant = TokenVerifier({"key": SECRET}).verify(payload["token"], NOW)
    assert (grant.identity, grant.name, grant.video.room) == (seat.session_id, seat.name, "r1")
    assert grant.video.room_join
    assert grant.video.can_publish is publishes
    assert grant.video.can_subscribe


def test_agora_gives_each_session_a_number_of_its_own_and_always_the_same() -> None:
    engine = AgoraEngine("0" * 32, "1" * 32)
    first, again = engine.payload(HOST, NOW), engine.payload(HOST, NOW)
    assert first["uid"] == again["uid"] == uid_of("s-a")
    assert first["uid"] != engine.payload(GUEST, NOW)["uid"]
    assert first["token"] != again["token"], "each token has its own salt"
    assert first["token"].startswith("007")
    assert (first["appId"], first["channel"], first["role"]) == ("0" * 32, "r1", "host")
    assert engine.payload(GUEST, NOW)["role"] == "audience"


@pytest.mark.parametrize(("seat", "role"), [(HOST, "host"), (GUEST, "guest")])
def test_hundredms_gives_an_auth_token(seat: Seat, role: str) -> None:
    payload = HundredMsEngine("access", SECRET, {"r1": "64f0"}).payload(seat, NOW)
    assert (payload["roomId"], payload["role"]) == ("64f0", role)
    claims: dict[str, Any] = jwt.decode(
        payload["token"], SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims.pop("jti")
    assert claims.pop("exp") > NOW
    assert claims == {
        "access_key": "access",
        "type": "app",
        "version": 2,
        "room_id": "64f0",
        "user_id": seat.user_id,
        "role": role,
        "iat": int(NOW),
        "nbf": int(NOW),
    }


def test_a_room_without_a_100ms_id_is_its_own() -> None:
    assert HundredMsEngine("access", SECRET, {}).payload(HOST, NOW)["roomId"] == "r1"


Name = Literal["native", "livekit", "agora", "hundredms"]
ALL: list[Name] = ["native", "livekit", "agora", "hundredms"]


@pytest.mark.parametrize(
    ("config", "enabled"),
    [
        (Config(keys={"key": SECRET}), []),
        (Config(keys={"key": SECRET}, room_signals=RoomSignalsConfig(engines=ALL)), ["livekit"]),
        (Config(room_signals=RoomSignalsConfig(engines=ALL)), []),
        (Config(room_signals=RoomSignalsConfig(engines=ALL, agora=AgoraConfig(app_id="0" * 32))), []),
        (
            Config(
                room_signals=RoomSignalsConfig(
                    engines=ALL,
                    agora=AgoraConfig(app_id="0" * 32, app_certificate="1" * 32),
                    hundredms=HundredMsConfig(access_key="access", secret=SECRET),
                )
            ),
            ["agora", "hundredms"],
        ),
    ],
)
def test_an_engine_without_its_keys_is_not_enabled(config: Config, enabled: list[str]) -> None:
    engines = enabled_engines(config)
    assert {name for name in ALL if engines.choose(EngineName(name)) == name} == {"native", *enabled}
    assert all(engines.choose(EngineName(name)) is EngineName.NATIVE for name in set[str](ALL) - set(enabled))
