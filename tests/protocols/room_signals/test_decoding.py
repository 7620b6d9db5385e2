"""What is read into a signal, and what old clients send. specs/room-signals.md §3, §15."""

from typing import Any

import msgspec
import pytest

from roomful.protocols.room_signals.decoding import BadSignal, read
from roomful.protocols.room_signals.signals import (
    AnySignal,
    Category,
    Heartbeat,
    Join,
    Kick,
    Leave,
    Offer,
    SessionInfo,
    Target,
)

SS = {"userId": "ann", "sessionId": "s-1", "category": "stream", "host": "iOS", "deviceId": "d-1"}


def signal(action: str, name: str, /, **fields: Any) -> AnySignal:
    data = {"s": name, "ch": "m2m", "rid": "r1", "ss": SS, **fields}
    return read(msgspec.json.encode({"action": action, "data": data}).decode()).signal


def test_what_is_not_said_has_a_default() -> None:
    join = signal("join", "JOIN", ss={"userId": "ann", "sessionId": "s-1"})
    assert isinstance(join, Join)
    assert join.ss == SessionInfo(user_id="ann", session_id="s-1", category=Category.STREAM, host="Web", device_id="")
    assert (join.ve, join.ae, join.eg, join.op.room_creating) == (False, False, "native", False)
    heartbeat = signal("heartbeat", "HEARTBEAT")
    assert isinstance(heartbeat, Heartbeat)
    assert (heartbeat.bid, heartbeat.send_ack) == ("", True)


def test_null_is_as_good_as_nothing() -> None:
    nothing = {"category": None, "host": None, "deviceId": None}
    join = signal("join", "JOIN", ve=None, eg=None, op={"roomCreating": None}, ss={**SS, **nothing})
    assert join == signal("join", "JOIN", ss={"userId": "ann", "sessionId": "s-1"})


@pytest.mark.parametrize(
    ("to", "meant"),
    [
        ("bob", "bob"),
        ({"userId": "bob", "sessionId": "s-2"}, Target(user_id="bob", session_id="s-2")),
        ({"userId": "bob"}, Target(user_id="bob")),
        ({"sessionId": "s-2", "userId": None}, Target(session_id="s-2")),
    ],
)
def test_whom_a_signal_is_for(to: Any, meant: Any) -> None:
    kick = signal("kick", "KICK", to=to)
    assert isinstance(kick, Kick)
    assert kick.to == meant


def test_what_old_clients_send_is_taken() -> None:
    leave = signal("leave", "LEAVE", to="bob", uid="ann")
    assert isinstance(leave, Leave)
    offer = signal("offer", "OFFER", sdp="v=0", to="bob", uid="ann")
    assert isinstance(offer, Offer)
    assert offer.to == "bob"
    request = signal("publishRequest", "PUBLISH_REQUEST", action="publishRequest", ve=True, ae=True, msg="please")
    assert request.name == "PUBLISH_REQUEST"


@pytest.mark.parametrize("to", [None, "", [], {}, 1, {"userId": ""}, {"sessionId": None}, {"userId": 1}])
def test_a_signal_for_nobody_is_none(to: Any) -> None:
    with pytest.raises(BadSignal) as refused:
        signal("kick", "KICK", to=to)
    assert refused.value.name == "KICK"
    assert refused.value.data["to"] == to
