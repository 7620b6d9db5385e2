"""WHIP and WHEP over ASGI: the only part of this protocol that waits for anything. RFC 9725 §4."""

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

from roomful.auth import Grant, TokenError, TokenErrorKind, TokenVerifier, bearer_token
from roomful.config import Config
from roomful.media.api import MediaApi, MediaError
from roomful.media.descriptions import BadDescription, Description
from roomful.media.ice import ice_servers
from roomful.protocols.whip.admission import StreamKeys, by_stream, by_token
from roomful.protocols.whip.choice import Wish
from roomful.protocols.whip.fragments import Fragment
from roomful.protocols.whip.playing import Player
from roomful.protocols.whip.problems import (
    Problem,
    bad_request,
    forbidden,
    not_found,
    of_room_error,
    overloaded,
    unauthorized,
    unprocessable,
)
from roomful.protocols.whip.publishing import Publisher
from roomful.protocols.whip.requests import (
    FRAGMENT,
    MAX_BODY_BYTES,
    SDP,
    Request,
    Response,
    links,
    of_problem,
    request_of,
)
from roomful.protocols.whip.routes import Route, route_of, session_path
from roomful.protocols.whip.session import Answer, Part, Session
from roomful.protocols.whip.sessions import Beside, Entry, Sessions
from roomful.rooms.errors import RoomError
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.registry import Rooms
from roomful.rooms.stream_paths import StreamPath
from roomful.ticker import Ticker

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ANSWER_WITHIN = 10.0
"""Seconds the engine has for an answer; it takes milliseconds."""

ENDPOINT_METHODS = "POST, OPTIONS"
SESSION_METHODS = "GET, HEAD, PATCH, DELETE, OPTIONS"

logger = logging.getLogger(__name__)


class Whip:
    """The ASGI application of `/whip`, `/whep`, `/w` and `/webrtc`."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        media: MediaApi,
        verifier: TokenVerifier,
        config: Config,
        room_options: Callable[[Grant], RoomOptions],
        streams: StreamKeys | None = None,
    ) -> None:
        """`room_options` says how a room is set up that the join with this grant opens."""
        self.sessions = Sessions(media, rooms, time.time)
        self._rooms = rooms
        self._verifier = verifier
        self._room_options = room_options
        self._streams = streams
        self._codecs = frozenset(codec.mime.lower() for codec in config.room.enabled_codecs)
        self._ice_servers = ice_servers(config)
        self._ticker = Ticker(self._tick)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self._answer(scope, receive)
        except Problem as problem:
            response = of_problem(problem)
        except BadDescription as error:
            response = of_problem(bad_request(str(error)))
        except RoomError as error:
            response = of_problem(of_room_error(error))
        except MediaError:
            response = of_problem(overloaded())
        kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in response.headers]
        headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": f"{kind}.start", "status": int(response.status), "headers": headers})
        await send({"type": f"{kind}.body", "body": b"" if scope.get("method") == "HEAD" else response.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        route = route_of(scope["raw_path"].decode("latin-1"))
        if route is None or scope["type"] != "http" or (route.door == "w" and self._streams is None):
            raise not_found("there is nothing here")
        methods = SESSION_METHODS if route.session else ENDPOINT_METHODS
        if scope["method"] not in methods.split(", "):
            allowed = ("allow", methods)
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"this address takes {methods}", (allowed,))
        request = request_of(scope, await _body(receive))
        match request.method:
            case "OPTIONS":
                accepted = ("accept-patch", FRAGMENT) if route.session else ("accept-post", SDP)
                return Response(status=HTTPStatus.NO_CONTENT, headers=(("allow", methods), accepted))
            case "POST":
                return await self._create(route, request)
            case "PATCH":
                return await self._patch(self._session(route, request), request)
            case "DELETE":
                self._session(route, request).leave(LeaveReason.CLIENT_INITIATED, time.time())
                return Response(status=HTTPStatus.OK)
            case _:
                self._session(route, request)
                return Response(status=HTTPStatus.NO_CONTENT)

    # Coming

    async def _create(self, route: Route, request: Request) -> Response:
        text = request.text(SDP)
        entry = self._beside(route.stream, route, request) if route.stream else self._entry(route, request)
        offer = Description.parse(text)
        if not any(section.receives if route.plays else section.sends for section in offer.sections):
            raise unprocessable(f"the offer {'receives' if route.plays else 'sends'} neither audio nor video")
        now = time.time()
        session = self._open(entry, route, request, now)
        self._ticker.arm()
        try:
            outcome = _Outcome()
            session.start(offer, now, outcome.set)
            answer = await outcome.answer()
            self._announce(route, session)
        except BaseException:
            session.leave(LeaveReason.JOIN_FAILURE, time.time())
            raise
        headers = (
            ("content-type", SDP),
            ("location", session_path(route, session.secret, session.id)),
            ("etag", answer.etag),
            ("accept-patch", FRAGMENT),
            *links(self._ice_servers.of(session.id, now)),
        )
        return Response(status=HTTPStatus.CREATED, body=answer.body.encode(), headers=headers)

    def _open(self, entry: Entry | Beside, route: Route, request: Request, now: float) -> Session:
        stream = route.stream
        wish = Wish(
            participant=request.query.get("participant", "") if stream is None else stream.user_id,
            track=request.query.get("track", ""),
            stream=stream,
        )
        screen = stream is not None and stream.screen

        def make_part(session: Session) -> Part:
            return Player(session, wish) if route.plays else Publisher(session, self._codecs, screen=screen)

        if isinstance(entry, Entry):
            return self.sessions.join(entry, make_part, now)
        return self.sessions.attach(entry, make_part)

    def _beside(self, stream: StreamPath, route: Route, request: Request) -> Beside:
        """A member's way in. Raises Problem."""
        token = self._token(request)
        beside = by_stream(self._grant(token), token, self._rooms, stream, plays=route.plays)
        earlier = None if route.plays else self.sessions.publishing(beside)
        if earlier is not None:
            if not earlier.is_silent:
                raise Problem(HTTPStatus.CONFLICT, "this stream is being published already")
            earlier.leave(LeaveReason.CONNECTION_TIMEOUT, time.time())
        return beside

    def _entry(self, route: Route, request: Request) -> Entry:
        client = {"address": request.address, "version": request.headers.get("user-agent", "")[:256]}
        if route.door == "w":
            key = route.key or self._token(request)
            stream = self._streams.find(key) if self._streams is not None else None
            if stream is None:
                raise unauthorized("this stream key is not known, or not in use now")
            return Entry(room=stream.room_name, options=RoomOptions, request=stream.request, secret=key)
        token = self._token(request)
        grant = self._grant(token)
        return by_token(grant, token, self._rooms, self._room_options, route.door, client)

    def _announce(self, route: Route, session: Session) -> None:
        """Tell whose stream key it was."""
        if route.door == "w" and self._streams is not None:
            stream = self._streams.find(session.secret)
            if stream is not None:
                stream.joined(session.room, session.participant)

    # Being there

    async def _patch(self, session: Session, request: Request) -> Response:
        fragment = Fragment.parse(request.text(FRAGMENT))
        request.require_match(session.etag)
        outcome = _Outcome()
        if session.patch(fragment, outcome.set):
            return Response(status=HTTPStatus.NO_CONTENT)
        answer = await outcome.answer()
        headers = (("content-type", FRAGMENT), ("etag", answer.etag))
        return Response(status=HTTPStatus.OK, body=answer.body.encode(), headers=headers)

    def _session(self, route: Route, request: Request) -> Session:
        """The session of the path, if the request may have it. Raises Problem."""
        session = self.sessions.get(route.session)
        if session is None:
            raise not_found("there is no such session, or it has ended")
        shown = route.key or self._token(request)
        # A stream may well be longer than its token is valid.
        if hmac.compare_digest(shown.encode(), session.secret.encode()):
            return session
        grant = self._grant(shown)
        if (grant.identity, grant.video.room) != (session.participant.identity, session.home.name):
            raise forbidden("the session is somebody else's")
        return session

    def _token(self, request: Request) -> str:
        try:
            token = bearer_token(request.raw_headers, request.raw_query) or request.query.get("token")
        except TokenError as error:
            raise unauthorized(str(error)) from None
        if not token:
            raise unauthorized("no token: it goes into `Authorization: Bearer …`")
        return token

    def _grant(self, token: str) -> Grant:
        try:
            return self._verifier.verify(token, time.time())
        except TokenError as error:
            if error.kind is TokenErrorKind.NO_VIDEO_GRANT:
                raise forbidden("the token does not allow to join a room") from None
            raise unauthorized(str(error)) from None

    def _tick(self) -> bool:
        self.sessions.tick(time.time())
        return len(self.sessions) > 0


class _Outcome:
    """What a session replies, to wait for."""

    def __init__(self) -> None:
        self._reply: asyncio.Future[Answer | Problem] = asyncio.get_running_loop().create_future()

    def set(self, reply: Answer | Problem) -> None:
        if not self._reply.done():
            self._reply.set_result(reply)

    async def answer(self) -> Answer:
        """Raises Problem."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                reply = await self._reply
        except TimeoutError:
            raise overloaded() from None
        if isinstance(reply, Problem):
            raise reply
        return reply


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {MAX_BODY_BYTES} bytes")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)
