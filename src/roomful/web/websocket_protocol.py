"""uvicorn's WebSocket protocol, with a way to drop clients that do not read, and with quiet refusals."""

import websockets.http11
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from roomful.web.http_protocol import MAX_HEAD_BYTES

ABORT = "roomful.abort"
"""ASGI extension: a callable that drops the connection with whatever waits to be sent.

An ordinary close waits until that is sent, which a client that does not read puts off for ever.
"""

# uvicorn hands an upgrade to the websockets library, which parses the head again with a limit of 8 KiB per line. The
# limit is a module global by design: the library reads it from WEBSOCKETS_MAX_LINE_LENGTH when it is imported.
setattr(websockets.http11, "MAX_LINE_LENGTH", MAX_HEAD_BYTES)  # noqa: B010 - it is declared constant


class AbortableWebSocketProtocol(WebSocketsSansIOProtocol):
    """The cheapest of uvicorn's three WebSocket protocols per message; wsproto's and the older one cost more."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        # The application's task has been made but has not run: it finds the extension in its scope.
        if hasattr(self, "scope"):
            self.scope["extensions"] = {**(self.scope["extensions"] or {}), ABORT: self.transport.abort}  # type: ignore[dict-item]

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            # Refused, and properly so; uvicorn would log an error that the handshake was not completed.
            self.handshake_complete = True
