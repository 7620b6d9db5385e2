"""What happens in a room of peers (specs/iroh-rooms.md §8.3, §16.3)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roomful.p2p.broadcasts import RemoteBroadcast
from roomful.p2p.identity import EndpointId


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """The base of all of them."""


@dataclass(frozen=True, slots=True)
class PeerJoined(RoomEvent):
    remote: EndpointId
    display_name: str | None


@dataclass(frozen=True, slots=True)
class PeerUpdated(RoomEvent):
    """The peer goes by another name."""

    remote: EndpointId
    display_name: str | None


@dataclass(frozen=True, slots=True)
class RemoteAnnounced(RoomEvent):
    """What a peer offers; told with each of its heartbeats too."""

    remote: EndpointId
    broadcasts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BroadcastSubscribed(RoomEvent):
    """A broadcast can be read: its first catalog has arrived."""

    broadcast: RemoteBroadcast


@dataclass(frozen=True, slots=True)
class BroadcastEnded(RoomEvent):
    remote: EndpointId
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SubscribeFailed(RoomEvent):
    remote: EndpointId
    name: str
    kind: str
    """As `SubscribeError.kind`."""

    error: str
    retry_in: float | None
    """Seconds until the next try."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    text: str
    received_at: float
    """On the clock of `time.monotonic`."""

    broadcast: str
    """The broadcast that carried it."""

    sequence: int
    backlog: bool
    """Sent before we came: a publisher repeats its last message to each newcomer."""


@dataclass(frozen=True, slots=True)
class ChatReceived(RoomEvent):
    remote: EndpointId
    message: ChatMessage


@dataclass(frozen=True, slots=True)
class PeerLeft(RoomEvent):
    remote: EndpointId


@dataclass(frozen=True, slots=True)
class RoomWarning(RoomEvent):
    """The room goes on, but not as it should: slow_reader, clock_skew, presence_restarted, too_many_peers."""

    code: str
    text: str


def room_event(kind: str, fields: Mapping[str, Any]) -> RoomEvent:
    """The event for what the native module tells as a kind and fields."""
    fields = dict(fields)
    if "remote" in fields:
        fields["remote"] = EndpointId(fields["remote"])
    match kind:
        case "peer_joined":
            return PeerJoined(**fields)
        case "peer_updated":
            return PeerUpdated(**fields)
        case "remote_announced":
            return RemoteAnnounced(fields["remote"], tuple(fields["broadcasts"]))
        case "broadcast_subscribed":
            return BroadcastSubscribed(RemoteBroadcast(fields["broadcast"]))
        case "broadcast_ended":
            return BroadcastEnded(**fields)
        case "subscribe_failed":
            return SubscribeFailed(**fields)
        case "chat_received":
            received_at = time.monotonic() - fields.pop("age")
            remote = fields.pop("remote")
            return ChatReceived(remote, ChatMessage(received_at=received_at, **fields))
        case "peer_left":
            return PeerLeft(**fields)
        case _:
            return RoomWarning(**fields)
