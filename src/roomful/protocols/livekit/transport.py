"""Signalling over ASGI: the only part of this protocol that waits for anything. specs/livekit.md §3.1 to §3.5."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from http import HTTPStatus
from typing import Any

from google.protobuf import json_format
from livekit.protocol.room import RoomConfiguration

from roomful.auth import Grant, TokenError, TokenErrorKind, TokenVerifier, bearer_token, mint
from roomful.config import Config
from roomful.media.api import MediaApi
from roomful.protocols.livekit import admission
from roomful.protocols.livekit.admission import Refusal
from roomful.protocols.livekit.codes import CloseCode
from roomful.protocols.livekit.connect import ConnectError, ConnectRequest, parse_connect
from roomful.protocols.livekit.connection import Send, SignalConnection
from roomful.protocols.livekit.frames import BadFrame, decode_request
from roomful.protocols.livekit.links import Services
from roomful.protocols.livekit.rate import TokenBucket
from roomful.protocols.livekit.room_service.room_options import RoomPresets, options_of_configuration
from roomful.protocols.livekit.session import Session
from roomful.protocols.livekit.sessions import Sessions
from roomful.protocols.livekit.settings import settings_of
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.errors import RoomError
from roomful.rooms.options import RoomOptions
from roomful.rooms.registry import Rooms

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

PATHS = frozenset({"/rtc", "/rtc/v1"})
ABORT = "roomful.abort"
"""ASGI extension: a callable that ends the connection without waiting for the client to read."""

logger = logging.getLogger(__name__)


class LiveKitSignal:
    """The ASGI application of `/rtc` and what is below it."""

    def __init__(self, *, rooms: Rooms, media: MediaApi, verifier: TokenVerifier, config: Config) -> None:
        """Raises ConfigError for room presets that are none."""
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
            answer = admitted if isinstance(admitted, Refusal) else Refusal(HTTPStatus.OK, "success")
        await _respond(send, answer, "http.response")

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
        aborted = asyncio.timeout(None)
        connection = SignalConnection(send, scope.get("extensions", {}).get(ABORT) or partial(aborted.reschedule, 0))
        try:
            session = self._open_session(*admitted, connection)
        except RoomError as error:
            await _respond(send, admission.refused_join(error), _BEFORE_ACCEPT)
            return
        try:
            async with aborted:
                await send({"type": "websocket.accept"})
                connection.open()
                await self._read(receive, connection, session)
        except TimeoutError:  # it was aborted
            pass
        finally:
            connection.shut()
            if session is not None:
                session.on_signal_lost(connection, time.time())

    def _open_session(self, connect: ConnectRequest, grant: Grant, connection: SignalConnection) -> Session | None:
        now = time.time()
        if connect.reconnect:
            return self.sessions.resume(connect, grant, connection, now)
        return self.sessions.join(connect, grant, connection, now)

    async def _read(self, receive: Receive, connection: SignalConnection, session: Session | None) -> None:
        """Take the client's messages until it, or the session, is done."""
        bucket = TokenBucket(time.monotonic())
        while (message := await receive())["type"] == "websocket.receive":
            if session is None or connection.closing:
                continue
            delay = bucket.take(time.monotonic())
            if delay:
                await asyncio.sleep(delay)
            self._take(message, connection, session)

    def _take(self, message: MutableMapping[str, Any], connection: SignalConnection, session: Session) -> None:
        text: str | None = message.get("text")
        connection.text = text is not None
        try:
            request = decode_request(message["bytes"] if text is None else text)
        except BadFrame as error:
            logger.info("participant %s: %s", session.participant.sid, error)
            connection.close(CloseCode.INVALID_PAYLOAD)
            return
        now = time.time()
        try:
            session.receive(request, now)
        except Exception:  # a bug costs the participant that found it, and nobody else
            logger.exception("a request of participant %s failed", session.participant.sid)
            session.fail(now)

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
