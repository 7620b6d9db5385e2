"""The four kinds of rooms, and what each of them supports. specs/room-signals.md §4.1, §11.2."""

from enum import StrEnum, auto


class Channel(StrEnum):
    M2M = auto()
    """Group chat."""
    P2P = auto()
    """A call of two; media flows between them."""
    A2M = auto()
    """Group chat without pictures."""
    P2M = auto()
    """Broadcast: one sends, by HLS."""

    @property
    def is_group(self) -> bool:
        """Viewers may become publishers, and media passes through the server."""
        return self in (Channel.M2M, Channel.A2M)


_ALL = frozenset(Channel)
_GROUPS = frozenset({Channel.M2M, Channel.A2M})
_WITH_PEERS = _GROUPS | {Channel.P2P}

SUPPORTED: dict[str, frozenset[Channel]] = {
    "JOIN": _ALL,
    "LEAVE": _ALL,
    "UPDATE": _ALL,
    "HEARTBEAT": _ALL,
    "KICK": _GROUPS | {Channel.P2M},
    "PUBLISH_REQUEST": _GROUPS,
    "PUBLISH_ACCEPT": _GROUPS,
    "PUBLISH_REJECT": _GROUPS,
    "OFFER": _WITH_PEERS,
    "ANSWER": _WITH_PEERS,
    "ICE": _WITH_PEERS,
    "WATCH": _GROUPS,
    "SIMULCAST_UPDATE": frozenset({Channel.M2M}),
    "CHAT": _ALL,
}
"""By name of the signal. All others are answered 2002."""
