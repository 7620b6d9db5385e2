"""WebSockets for protocols that send the same event to many: encoded once, framed once, written to each.

The server gives every WebSocket a `Socket` in its ASGI scope; `socket_of(scope)` finds it. A protocol frames an event
with `text_frame` and hands the frame to one socket or to an `Audience`. Nothing here waits. What is behind it is in
`roomful.web.websocket_protocol`, and why in docs/explanation/websockets.md.
"""

from roomful.sockets.audience import Audience
from roomful.sockets.frames import binary_frame, text_frame, text_head
from roomful.sockets.socket import EXTENSION, MAX_BUFFERED_BYTES, SLOW, Receiver, Socket, Write, socket_of

__all__ = [
    "EXTENSION",
    "MAX_BUFFERED_BYTES",
    "SLOW",
    "Audience",
    "Receiver",
    "Socket",
    "Write",
    "binary_frame",
    "socket_of",
    "text_frame",
    "text_head",
]
