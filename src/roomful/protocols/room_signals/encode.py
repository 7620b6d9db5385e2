"""What the server sends: acks, and signals of others as they are. specs/room-signals.md §2.2, §2.3."""

from typing import Any

import msgspec

from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.codes import Code
from roomful.protocols.room_signals.signals import Category, SessionInfo
from roomful.sockets import text_frame, text_head

_encoder = msgspec.json.Encoder()


def ack(name: str, body: dict[str, Any]) -> bytes:
    """All is well."""
    return text_frame(_encoder.encode({"c": int(Code.OK), "s": name, "b": body}))


def error(code: Code, name: str, request: dict[str, Any], message: str) -> bytes:
    """A refusal. Of all signals LEAVE alone is named in lower case."""
    said = "leave" if name == "LEAVE" else name
    return text_frame(_encoder.encode({"c": int(code), "s": said, "b": {"req": request, "msg": message}}))


def bare(data: dict[str, Any]) -> bytes:
    """A signal for another client: the sender's object, whatever is in it."""
    return text_frame(_encoder.encode(data))


def list_changed(participants: msgspec.Raw, rid: str) -> bytes:
    return ack("PUBLISH_LIST_CHANGED", {"rid": rid, "pps": participants})


class HeartbeatAcks:
    """Acks of HEARTBEATs in one room: the list in them is long, and mostly that of the last."""

    def __init__(self, rid: str) -> None:
        self._rid = _encoder.encode(rid)
        self._participants: msgspec.Raw | None = None
        self._begin = b""
        """Of the ack with these participants, up to what differs from one to the next."""

    def frame(self, participants: msgspec.Raw, bid: str) -> bytes:
        if participants is not self._participants:
            parts = b'{"c":200,"s":"HEARTBEAT","b":{"pps":', participants, b',"rid":', self._rid, b',"bid":'
            self._begin, self._participants = b"".join(parts), participants
        end = _encoder.encode(bid)
        return b"".join((text_head(len(self._begin) + len(end) + 2), self._begin, end, b"}}"))


def keepalive(now: float) -> bytes:
    """`now` is unix seconds."""
    return ack("KEEPALIVE", {"ts": round(now * 1000)})


def session_object(user_id: str, session_id: str, category: str, host: str, device_id: str) -> dict[str, str]:
    """`ss` of a signal."""
    return {
        "userId": user_id,
        "sessionId": session_id,
        "category": category,
        "host": host,
        "deviceId": device_id,
    }


def session_object_of(info: SessionInfo) -> dict[str, str]:
    return session_object(info.user_id, info.session_id, info.category, info.host, info.device_id or info.session_id)


SERVER = session_object("server", "server", Category.STREAM, "Server", "server")
"""`ss` of what nobody of this protocol sent."""


def signal(name: str, channel: Channel, rid: str, sender: dict[str, str], **fields: Any) -> dict[str, Any]:
    """A signal that the server makes."""
    return {"s": name, "ch": channel.value, "rid": rid, "ss": sender, **fields}


def target(user_id: str, session_id: str) -> dict[str, str]:
    """`to`."""
    return {"userId": user_id, "sessionId": session_id}
