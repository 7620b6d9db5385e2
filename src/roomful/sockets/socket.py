"""What a protocol sees of one WebSocket."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from roomful.sockets.audience import Audience

EXTENSION = "roomful.socket"
"""ASGI extension: the `Socket` of the connection."""

MAX_BUFFERED_BYTES = 1024 * 1024
"""What may wait for one client, unless its protocol says otherwise."""

SLOW = 1013
"""What `Receiver.on_disconnect` gets for a client that was dropped because it did not read. It cannot be told."""


Write: TypeAlias = Callable[[bytes], None]
"""Writes frames to one connection, without waiting."""


class Receiver(Protocol):
    """Who takes a client's messages without an ASGI task that waits for them.

    Both methods are called from the event loop, never from within a call of the socket.
    """

    def on_message(self, message: str | bytes) -> None:
        """A whole message: text or binary. An exception is logged and closes the connection with 1011."""
        ...

    def on_disconnect(self, code: int) -> None:
        """The last call: either side closed with `code`, or the connection was lost (1006), or cut as `SLOW`."""
        ...


class Socket(Protocol):
    """One WebSocket. No method waits, raises for the state of the connection, or calls back before it returns.

    Frames and ASGI sends may be mixed; they arrive in the order of the calls.
    """

    limit: int
    """Bytes that may wait for the client. Over it the client is slow, and dropped with all that waits."""
    audience: "Audience | None"
    """Set by the audience it is in."""
    write: Write
    """Write frames at once, before what its audience has waiting. For the audience."""
    descriptor: int
    """Of the connection, while frames can be written to it with nothing in between and nothing waiting; else -1.

    For the audience, which is told of changes.
    """

    @property
    def is_open(self) -> bool:
        """Whether what is sent now may arrive: neither closing nor gone. Frames before the accept wait for it."""
        ...

    @property
    def buffered(self) -> int:
        """Bytes that wait for the client. The kernel's own buffer does not count."""
        ...

    def send_frame(self, frame: bytes) -> None:
        """Send a frame of `text_frame` or `binary_frame`. Does nothing unless the socket is open."""
        ...

    def listen(self, receiver: Receiver, max_message: int | None = None, max_frame: int | None = None) -> None:
        """Give messages to `receiver` from now on. The application shall return then: the connection stays.

        A message of more than `max_message` bytes, or the server's own limit, closes the connection with 1009, as does
        a frame of more than `max_frame` bytes: larger messages have to come in fragments.
        """
        ...

    def pause_reading(self) -> None:
        """Give the receiver no more messages; a client that goes on sending is held back by TCP."""
        ...

    def resume_reading(self) -> None: ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close when the client has read what waits for it. After a few seconds the connection is cut.

        Raises websockets.exceptions.ProtocolError for a code that RFC 6455 §7.4 forbids to send.
        """
        ...

    def abort(self) -> None:
        """Drop the connection with all that waits."""
        ...


def socket_of(scope: Mapping[str, Any]) -> Socket:
    """The socket of an ASGI WebSocket scope. Raises KeyError under a server that has none."""
    return scope["extensions"][EXTENSION]
