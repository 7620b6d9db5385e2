"""Workers over ASGI, at `/agent`. specs/livekit.md §6.6."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from roomful.auth import Grant, TokenError, TokenVerifier, bearer_token, mint
from roomful.config import Config
from roomful.protocols.livekit.agents.agents import Agents
from roomful.protocols.livekit.agents.connection import WorkerConnection
from roomful.protocols.livekit.agents.session import WorkerSession
from roomful.protocols.livekit.join import server_info
from roomful.protocols.livekit.links import Settings
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.registry import Rooms
from roomful.sockets import socket_of

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/agent"


class AgentSocket:
    """The ASGI application of `/agent`, and the clock of what workers do."""

    def __init__(self, *, rooms: Rooms, verifier: TokenVerifier, config: Config, settings: Settings) -> None:
        """`config` is an effective one. The caller tells `agents.on_opened` of rooms."""
        self._verifier = verifier
        self._server_info = partial(server_info, settings)
        self._timers = Timers()
        self._timers.on_earlier = self._arm
        self._alarm: asyncio.TimerHandle | None = None
        self.agents = Agents(
            rooms,
            self._timers,
            partial(_sign, config.keys),
            time.time,
            target_load=config.agents.target_load,
            codecs=settings.codecs,
        )

    def knows(self, path: str) -> bool:
        return path.rstrip("/") == PATH

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        now = time.time()
        try:
            grant = self._verifier.verify(bearer_token(scope["headers"], scope["query_string"]) or "", now)
        except TokenError as error:
            await _refuse(send, str(error))
            return
        if not grant.video.agent:
            await _refuse(send, "permissions denied: the token does not say `agent`")
            return
        await send({"type": "websocket.accept"})
        connection = WorkerConnection(socket_of(scope))
        connection.listen(WorkerSession(self.agents, self._timers, connection, self._server_info, grant.api_key, now))

    def _arm(self) -> None:
        due = self._timers.next_due()
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        if due is not None:
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, due - time.time()), self._tick)

    def _tick(self) -> None:
        self._timers.tick(time.time())
        self._arm()


def _sign(keys: dict[str, str], grant: Grant, key: str, ttl: float, now: float) -> str:
    return mint(grant, key, keys[key], ttl, now)


async def _refuse(send: Send, message: str) -> None:
    body = message.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": int(HTTPStatus.UNAUTHORIZED), "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
