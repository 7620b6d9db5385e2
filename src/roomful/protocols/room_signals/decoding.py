"""From text to a signal: steps 1 to 3 of the order of checks. specs/room-signals.md §12.1."""

from typing import Any, Literal, TypeGuard

import msgspec

from roomful.protocols.room_signals.signals import ACTIONS, NAMES, AnySignal, Heartbeat
from roomful.sockets.frequent import Frequent

UNKNOWN = "UNKNOWN"
"""`s` of an error ack for what cannot be named."""

_object = msgspec.json.Decoder(dict[str, Any])


class Received(msgspec.Struct, frozen=True):
    """A signal, and the object it was read from: what is forwarded, and what error acks repeat."""

    signal: AnySignal
    data: dict[str, Any]


class BadSignal(Exception):
    """A message that is no signal. It is answered 2001."""

    def __init__(self, name: str, data: dict[str, Any], message: str, *, is_object: bool = True) -> None:
        """`name` and `data` are for the ack. `is_object` is False for what is no JSON object at all."""
        super().__init__(message)
        self.name = name
        self.data = data
        self.message = message
        self.is_object = is_object


def read(text: str) -> Received:
    """Raises BadSignal."""
    try:
        envelope = _object.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadSignal(UNKNOWN, {}, "a message is one JSON object", is_object=False) from None
    action, data = envelope.get("action"), envelope.get("data")
    kind = ACTIONS.get(action) if isinstance(action, str) else None
    if kind is None:
        body = data if _is_object(data) else {}
        said = body.get("s")
        name = said if isinstance(said, str) and said in NAMES else UNKNOWN
        raise BadSignal(name, body, f"`action` is one of {', '.join(ACTIONS)}")
    if not _is_object(data):
        raise BadSignal(kind.name, {}, "`data` must be an object")
    if data.get("s") != kind.name:
        raise BadSignal(kind.name, data, f"`s` must be {kind.name}, as `action` says")
    try:
        return Received(msgspec.convert(_without_nulls(data), kind), data)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadSignal(kind.name, data, str(error)) from None


class _NamedHeartbeat(Heartbeat, frozen=True, kw_only=True):
    s: Literal["HEARTBEAT"]
    rid: str
    """Not looked at: the id of a room that exists is right, and without one `read` says what is wrong."""


class _Envelope(msgspec.Struct, frozen=True, gc=False):
    action: Literal["heartbeat"]
    data: _NamedHeartbeat


_heartbeats = Frequent(_Envelope, "HEARTBEAT")


def read_heartbeat(text: str) -> Heartbeat | None:
    """The signal that comes most, with whatever `rid`. None: another, or one that `read` should look at."""
    envelope = _heartbeats.read(text)
    return None if envelope is None else envelope.data


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    """`null` counts as missing. Signals are two objects deep."""
    if None in data.values():
        data = {name: value for name, value in data.items() if value is not None}
    for name in ("ss", "op", "to"):
        inner = data.get(name)
        if _is_object(inner) and None in inner.values():
            kept = {key: value for key, value in inner.items() if value is not None}
            data = {**data, name: kept}
    return data
