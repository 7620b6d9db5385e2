"""Signalling over ASGI: the only part of this protocol that waits for anything. specs/livekit.md §3.1 to §3.5."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from google.protobuf import json_format
from livekit.protocol.room import RoomConfiguration

from roomful.auth import Grant, TokenError, TokenErrorKind, TokenVerifier, bearer_token, mint
from roomful.config import Config
from roomful.extensions import Extensions
from roomful.extensions.dialogue import Dialogue
from roomful.media.api import MovableMedia
from roomful.protocols.livekit import admission
from roomful.protocols.livekit.admission import Refusal
from roomful.protocols.livekit.connect import ConnectError, ConnectRequest, parse_connect
from roomful.protocols.livekit.connection import SignalConnection
from roomful.protocols.livekit.links import Report, Services
from roomful.protocols.livekit.room_service.room_options import RoomPresets, options_of_configuration
from roomful.protocols.livekit.session import Session
from roomful.protocols.livekit.sessions import Sessions
from roomful.protocols.livekit.settings import settings_of
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.errors import LobbyFirst, RoomError
from roomful.rooms.extension import RoomApiError
from roomful.rooms.options import RoomOptions
from roomful.rooms.registry import Rooms
from roomful.sockets import socket_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATHS = frozenset({"/rtc", "/rtc/v1"})

logger = logging.getLogger(__name__)


class LiveKitSignal:
    """The ASGI application of `/rtc` and what is below it."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        media: MovableMedia,
        verifier: TokenVerifier,
        config: Config,
        extensions: Extensions | None = None,
        dialogue: Dialogue | None = None,
        report: Report = lambda room, participant, heartbeat: None,
    ) -> None:
        """`extensions` are asked before somebody joins one of their rooms; `dialogue` answers the room's messages;
        `report` takes what clients measure of themselves.

        Raises ConfigError for bad room presets.
        """
        self._extensions = extensions
        self._rooms = rooms
        self._verifier = verifier
        self._presets = RoomPresets(config.room.room_configurations)
        key, secret = next(iter(config.keys.items()))
        self._timers = Timers()
        self._timers.on_earlier = self._arm
        self._alarm: asyncio.TimerHandle | None = None
        services = Services(
            media=media,
            timers=self._timers,
            mint=lambda grant, ttl, now: mint(grant, key, secret, ttl, now),
            settings=settings_of(config),
            dialogue=dialogue,
            report=report,
        )
        self.sessions = Sessions(services, rooms, self.room_options, time.time)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, send)

    # HTTP: asking why a connection was refused

    async def _http(self, scope: Scope, send: Send) -> None:
        path = scope["path"].rstrip("/")
        endpoint, _, last = path.rpartition("/")
        if last != "validate" or endpoint not in PATHS or scope["method"] not in ("GET", "HEAD"):
            answer = Refusal(HTTPStatus.NOT_FOUND, "" if path in PATHS else "404 page not found\n")
        else:
            admitted = self._admit(scope, endpoint, validate=True)
            if not isinstance(admitted, Refusal):
                admitted = self._try_door(*admitted)
            answer = admitted or Refusal(HTTPStatus.OK, "success")
        await _respond(send, answer, "http.response")

    def _try_door(self, connect: ConnectRequest, grant: Grant) -> Refusal | None:
        """Say why the room would not let this bearer in now: clients show it, who cannot read why a WebSocket fails."""
        try:
            self.sessions.check_door(connect, grant, time.time())
        except LobbyFirst:
            pass  # it may come in as far as that
        except RoomError as error:
            return admission.refused_join(error)
        return None

    def _admit(self, scope: Scope, path: str, *, validate: bool = False) -> tuple[ConnectRequest, Grant] | Refusal:
        """Do all the checks that come before a connection."""
        query, headers = scope["query_string"], scope["headers"]
        address = scope["client"][0] if scope.get("client") else ""
        try:
            token = bearer_token(headers, query)
            if token is None:
                raise TokenError(TokenErrorKind.MISSING, "no permissions to access the room")
            grant = self._verifier.verify(token, time.time())
            connect = parse_connect(path, query, headers, address)
        except TokenError as error:
            return Refusal(HTTPStatus.UNAUTHORIZED, str(error))
        except ConnectError as error:
            return Refusal(HTTPStatus.BAD_REQUEST, str(error))
        return admission.check(connect, grant, self._rooms, validate=validate) or (connect, grant)

    # WebSocket

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        path = scope["path"].rstrip("/")
        if path not in PATHS:
            await _respond(send, Refusal(HTTPStatus.NOT_FOUND, "404 page not found\n"), _BEFORE_ACCEPT)
            return
        admitted = self._admit(scope, path)
        if isinstance(admitted, Refusal):
            await _respond(send, admitted, _BEFORE_ACCEPT)
            return
        connection = SignalConnection(socket_of(scope))
        try:
            session = await self._open_session(*admitted, connection)
        except RoomError as error:
            await _respond(send, admission.refused_join(error), _BEFORE_ACCEPT)
            return
        except RoomApiError as error:
            await _respond(send, Refusal(HTTPStatus(error.code.status), error.message), _BEFORE_ACCEPT)
            return
        connection.listen(session)
        await send({"type": "websocket.accept"})

    async def _open_session(
        self, connect: ConnectRequest, grant: Grant, connection: SignalConnection
    ) -> Session | None:
        """Raises RoomError if the room says no, RoomApiError if its extension does."""
        if connect.reconnect:
            return self.sessions.resume(connect, grant, connection, time.time())
        request = self.sessions.request_of(connect, grant)
        room = self._rooms.get(grant.video.room)
        if room is not None and self._extensions is not None:
            request = await self._extensions.ask_to_join(room, request, "")
        try:
            return self.sessions.join(connect, grant, connection, time.time(), request=request)
        except LobbyFirst:
            return self.sessions.wait(connect, grant, connection, time.time(), request)

    def room_options(self, grant: Grant) -> RoomOptions:
        """How the room is set up that a join with this token opens: by the token's configuration, over its preset's."""
        configuration = RoomConfiguration()
        preset = self._presets.get(grant.room_preset) if grant.room_preset else None
        if preset is not None:
            configuration.CopyFrom(preset)
        if grant.room_config:
            try:
                json_format.ParseDict(grant.room_config, configuration, ignore_unknown_fields=True)
            except json_format.ParseError as error:
                logger.warning("the roomConfig of a token is ignored: %s", error)
        return options_of_configuration(configuration, grant.video.room)

    # The clock of all sessions

    def _arm(self) -> None:
        due = self._timers.next_due()
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        if due is not None:
            delay = max(0.0, due - time.time())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timers.tick(time.time())
        self._arm()


_BEFORE_ACCEPT = "websocket.http.response"


async def _respond(send: Send, answer: Refusal, kind: str) -> None:
    """Answer with a status and plain text, a plain request or a WebSocket handshake."""
    body = answer.body.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": f"{kind}.start", "status": int(answer.status), "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
