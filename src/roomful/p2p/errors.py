"""What goes wrong among peers.

* `IrohRoomsError`
    * `TicketError` (also a ValueError)
    * `GossipDisabled`
    * `ConnectFailed`
    * `SubscribeError`, with `kind`
    * `PublishError`
        * `ChatDisabled`
        * `LimitExceeded`
    * `RoomClosed`
"""


class IrohRoomsError(Exception):
    """A peer, or a room of peers, could not do what was asked."""


class TicketError(IrohRoomsError, ValueError):
    """What was given is no room ticket."""


class GossipDisabled(IrohRoomsError):
    """A room needs gossip, and this `Live` has none."""


class ConnectFailed(IrohRoomsError):
    """The endpoint could not be opened."""


class SubscribeError(IrohRoomsError):
    """A broadcast cannot be read."""

    kind: str
    """connect, not_announced, session_closed, closed, no_catalog, bad_catalog or no_track."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class PublishError(IrohRoomsError):
    """A broadcast, a track or a message cannot be offered."""


class ChatDisabled(PublishError):
    """There is no chat publisher to send with."""


class LimitExceeded(PublishError):
    """A name, a message or the number of broadcasts is beyond what other peers take."""


class RoomClosed(IrohRoomsError):
    """The room has been left, or has failed; the message says which."""


_PLAIN: dict[str, type[IrohRoomsError]] = {
    "bind": ConnectFailed,
    "chat_disabled": ChatDisabled,
    "closed_room": RoomClosed,
    "join": GossipDisabled,
    "limit": LimitExceeded,
    "publish": PublishError,
}


def named(kind: str, text: str) -> IrohRoomsError:
    """The exception for a failure that the native module names by one word."""
    plain = _PLAIN.get(kind)
    return plain(text) if plain else SubscribeError(kind, text)
