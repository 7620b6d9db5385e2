"""What goes over a connection: requests, responses and acks, in both directions. specs/nkmedia.md §2."""

from typing import Any, TypeAlias, TypeGuard, cast

import msgspec

MAX_MESSAGE_BYTES = 1024 * 1024

Tid: TypeAlias = int | float | str


class NotJson(ValueError):
    """A message is no JSON."""


class NotAMessage(ValueError):
    """A message is JSON, and neither request, response nor ack."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    class_name: str
    subclass: str
    cmd: str
    data: Any
    tid: Tid


class Response(msgspec.Struct, frozen=True, kw_only=True):
    tid: Tid
    ok: bool
    data: Any


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    tid: Tid


Message: TypeAlias = Request | Response | Ack

_decoder = msgspec.json.Decoder()


def read(text: str | bytes) -> Message:
    """Raises NotJson, NotAMessage."""
    value = read_json(text)
    if not isinstance(value, dict):
        raise NotAMessage("a message is an object")
    fields = cast(dict[str, Any], value)
    ack, tid = fields.get("ack"), fields.get("tid")
    if _is_tid(ack):
        return Ack(tid=ack)
    if not _is_tid(tid):
        raise NotAMessage("there is no tid")
    if isinstance(fields.get("result"), str):
        return Response(tid=tid, ok=fields["result"] == "ok", data=fields.get("data", {}))
    return request_of(fields, tid)


def request_of(fields: dict[str, Any], tid: Tid) -> Request:
    """Raises NotAMessage."""
    class_name, cmd, subclass = fields.get("class"), fields.get("cmd"), fields.get("subclass", "core")
    if not (isinstance(class_name, str) and isinstance(cmd, str) and isinstance(subclass, str)):
        raise NotAMessage("a request has a class and a cmd")
    return Request(class_name=class_name, subclass=subclass, cmd=cmd, data=fields.get("data", {}), tid=tid)


def read_json(text: str | bytes) -> Any:
    """Raises NotJson."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise NotJson("this is no JSON") from None


def _is_tid(value: object) -> TypeGuard[Tid]:
    return isinstance(value, int | float | str) and not isinstance(value, bool)
