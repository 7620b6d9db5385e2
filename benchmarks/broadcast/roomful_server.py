"""roomful, with a broadcast beside everything else: `python -m benchmarks.broadcast.roomful_server CONFIG`.

A room's chat takes its place when there is one that speaks JSON over WebSockets.
"""

import sys
from pathlib import Path

from benchmarks.broadcast import HEARTBEAT, HEARTBEAT_ANSWER, PATH
from roomful import app
from roomful.cli.serve import serve
from roomful.cli.settings import Settings
from roomful.sockets import Audience, Socket, socket_of, text_frame
from roomful.web.asgi import Application, Receive, Scope, Send

_ANSWER = text_frame(HEARTBEAT_ANSWER)


class Member:
    """One client: everybody gets what it says."""

    def __init__(self, socket: Socket, audience: Audience) -> None:
        self._socket = socket
        self._audience = audience

    def on_message(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        if data.startswith(HEARTBEAT):
            self._socket.send_frame(_ANSWER)
        else:
            self._audience.send_frame(text_frame(data))

    def on_disconnect(self, code: int) -> None:
        self._audience.discard(self._socket)


class Broadcast:
    """The gateway, and one more path."""

    def __init__(self, gateway: Application) -> None:
        self._gateway = gateway
        self._audience = Audience()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or scope["path"] != PATH:
            await self._gateway(scope, receive, send)
            return
        await receive()
        socket = socket_of(scope)
        socket.listen(Member(socket, self._audience))
        self._audience.add(socket)
        await send({"type": "websocket.accept"})


class BroadcastingApp(app.App):
    """The server, with its gateway inside another one."""

    def _gateway(self) -> Application:  # type: ignore[override]
        return Broadcast(super()._gateway())


if __name__ == "__main__":
    app.build = BroadcastingApp
    serve(Settings(config=Path(sys.argv[1])))
