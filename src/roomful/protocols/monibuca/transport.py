"""The room WebSocket over ASGI, and the clock of all sessions. specs/monibuca-rooms.md §1.1."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import httpx
import msgspec

from roomful.auth import TokenVerifier, bearer_token
from roomful.auth.errors import TokenError
from roomful.auth.stream_tokens import StreamTokens
from roomful.config import Config
from roomful.extensions import Extensions
from roomful.outgoing import ForbiddenAddress, OutgoingHttp
from roomful.protocols.monibuca.connection import Connection
from roomful.protocols.monibuca.joining import Upgrade
from roomful.protocols.monibuca.messages import MAX_MESSAGE_BYTES, ROOM_ID
from roomful.protocols.monibuca.services import ReportTaker, Services, settings_of
from roomful.protocols.monibuca.sessions import Sessions
from roomful.protocols.monibuca.verification import Question, Reply, Verification
from roomful.rooms.extension import Code, RoomApi, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.registry import Rooms
from roomful.sockets import socket_of
from roomful.sockets.wheel import Wheel
from roomful.ticker import Ticker

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PREFIX = "/room"
MAX_VERIFY_ANSWER_BYTES = 64 * 1024

logger = logging.getLogger(__name__)


class RoomSocket:
    """The ASGI application of WebSockets at `/room/{room_id}`."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        api: RoomApi,
        extensions: Extensions,
        verifier: TokenVerifier,
        stream_token: StreamTokens,
        config: Config,
        http: OutgoingHttp,
        report: ReportTaker,
    ) -> None:
        """`config` is an effective one. `http` is for the verification service."""
        self._http = http
        self._work: set[asyncio.Future[None]] = set()
        self._connections: set[Connection] = set()
        self._ticker = Ticker(self._tick)
        self.verification = Verification(config.room.auth, verifier)
        if self.verification.believes_everybody and not config.development:
            logger.warning("room.auth.mode is none: whoever reaches this server joins any room as anybody")
        self._services = Services(
            rooms=rooms,
            api=api,
            extensions=extensions,
            verification=self.verification,
            stream_token=stream_token,
            settings=settings_of(config),
            wheel=Wheel(),
            clock=time.time,
            ask=self._ask,
            run=self._run,
            report=report,
        )
        self.sessions = Sessions(self._services)

    def knows(self, path: str) -> bool:
        return path.startswith(f"{PREFIX}/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        try:
            upgrade = self._upgrade(scope)
        except RoomApiError as error:
            await _refuse(send, error)
            return
        await send({"type": "websocket.accept"})
        socket = socket_of(scope)
        connection = Connection(self.sessions, upgrade, socket, self._connections.discard)
        self._connections.add(connection)
        socket.listen(connection, MAX_MESSAGE_BYTES)
        self._ticker.arm()

    def _upgrade(self, scope: Scope) -> Upgrade:
        """Check what can be checked before there is a message. Raises RoomApiError."""
        upgrade = upgrade_of(scope)
        rooms, now = self._services.rooms, time.time()
        room = rooms.get(upgrade.room_id)
        if room is None and not rooms.defaults.auto_create:
            raise RoomApiError(Code.ROOM_NOT_FOUND, "there is no such room")
        asks_extension = room is not None and self._services.extensions.overrides(room, "verify_user")
        if self.verification.needs_token and not asks_extension:
            identity = self.verification.check_token(upgrade.token, upgrade.room_id, now)
            ban = None if identity is None or room is None else room.find_ban(identity.user_id, now)
            if ban is not None:
                raise RoomApiError(Code.BANNED, "banned from this room")
        return upgrade

    async def _ask(self, question: Question) -> Reply | None:
        try:
            answer = await self._http.request(
                question.method,
                question.url,
                content=question.content,
                headers=question.headers,
                within=question.within,
                max_bytes=MAX_VERIFY_ANSWER_BYTES,
            )
        except (TimeoutError, ForbiddenAddress, httpx.HTTPError, httpx.InvalidURL) as error:
            logger.warning("the verification service does not answer: %s", error or type(error).__name__)
            return None
        return Reply(answer.status, answer.body)

    def _run(self, work: Awaitable[None]) -> None:
        future = asyncio.ensure_future(work)
        self._work.add(future)
        future.add_done_callback(self._finished)

    def _finished(self, future: asyncio.Future[None]) -> None:
        self._work.discard(future)
        if not future.cancelled() and future.exception() is not None:
            logger.error("a member could not be removed", exc_info=future.exception())

    def _tick(self) -> bool:
        now = time.time()
        self._services.wheel.turn(now)
        self.sessions.on_time(now)
        return bool(self._connections or len(self._services.wheel))


def upgrade_of(scope: Scope) -> Upgrade:
    """Read the request. Raises RoomApiError (BAD_FIELD, UNAUTHORIZED)."""
    room_id = scope["path"].removeprefix(PREFIX).strip("/")
    if ROOM_ID.fullmatch(room_id) is None:
        raise bad_field("room_id", "room_id has 1 to 64 characters of A-Z a-z 0-9 _ - . :")
    query: bytes = scope.get("query_string", b"")
    try:
        parameters = dict(reversed(parse_qsl(query.decode("latin-1"), max_num_fields=20)))
    except ValueError:
        raise bad_field("", "too many parameters") from None
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reversed(scope["headers"])}
    token = parameters.get("token", "")
    if not token:
        try:
            token = bearer_token(scope["headers"], query) or ""
        except TokenError:  # another scheme: for the verification service, perhaps
            token = ""
    client = scope.get("client")
    return Upgrade(
        room_id=room_id,
        token=token,
        room_type=parameters.get("type", "")[:32],
        password=parameters.get("password", "")[:256],
        ip=client[0] if client else "",
        headers=headers,
    )


async def _refuse(send: Send, error: RoomApiError) -> None:
    body = msgspec.json.encode({"code": int(error.code), "message": error.message})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": error.code.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
