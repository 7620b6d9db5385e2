"""Live streams over HTTP: `POST /data/{userId}/{rid}` and `GET /live/{userId}/{rid}/…`.

Pieces that were sent up are in object storage, under an id that each stream has of its own; those that this server made
are in a folder. specs/room-signals.md §7.2, §13.
"""

import asyncio
import logging
import re
import time
from collections import defaultdict
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from roomful.auth import TokenError, bearer_token
from roomful.media.ports.hls import HlsStream
from roomful.media.ports.hls.stream import PLAYLIST, PREFIX
from roomful.media.ports.hls.streams import Place
from roomful.protocols.room_signals.bearers import Bearers, Unauthorized
from roomful.protocols.room_signals.codes import Code, SignalError
from roomful.protocols.room_signals.uploads.livestream import MASTER, Livestream, StreamFull, pieces
from roomful.protocols.room_signals.uploads.livestreams import Livestreams
from roomful.protocols.room_signals.uploads.messages import BadSignal, decode
from roomful.web.asgi import Receive, Scope, Send, respond
from roomful.web.files import send_file

MAX_BODY_BYTES = 8 * 1024 * 1024
TICK_SECONDS = 1.0
WAIT_TARGETS = 3
"""Target durations that a playlist is waited for at most."""
WAIT_SECONDS = 15.0
"""How long the first segment is waited for of a stream that is made here."""

_STATUS = {
    Code.INVALID_SIGNAL: HTTPStatus.BAD_REQUEST,
    Code.PERMISSION_NOT_FOUND: HTTPStatus.FORBIDDEN,
    Code.ROOM_NOT_FOUND: HTTPStatus.NOT_FOUND,
}
_JSON = b"application/json"
_PLAYLIST = b"application/vnd.apple.mpegurl"
_PIECE = b"video/mp4"
_SAFETY = (b"x-content-type-options", b"nosniff")
_FRESH = [_SAFETY, (b"cache-control", b"no-cache")]
_KEPT = [_SAFETY, (b"cache-control", b"public, max-age=60, immutable")]
_SEGMENT = re.compile(rf"{PREFIX}_[0-9]{{5,9}}\.ts")
_NUMBER = re.compile("[0-9]{1,15}")

logger = logging.getLogger(__name__)


class Refusal(Exception):
    """An answer other than the one that was hoped for."""

    def __init__(self, status: HTTPStatus, code: Code, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def open_store(url: str) -> ObjectStore:
    """Where pieces are kept: `memory:///`, `file:///…`, or a bucket as `s3://…`. Raises ValueError."""
    try:
        return from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)
    except (BaseError, TypeError) as error:
        raise ValueError(f"cannot keep live streams in {url}: {str(error).partition(chr(10))[0]}") from error


class LivestreamsApplication:
    """The ASGI application; `close` ends it."""

    def __init__(
        self,
        livestreams: Livestreams,
        bearers: Bearers,
        store: ObjectStore,
        stage: str = "",
        forwarded: Callable[[Place], HlsStream | None] = lambda _: None,
    ) -> None:
        """`stage` stands before `/live` in the addresses of playlists.

        `forwarded` finds what this server itself makes of the media of a room.
        """
        self._forwarded = forwarded
        self._livestreams = livestreams
        self._bearers = bearers
        self._store = store
        self._live = f"{stage.rstrip('/')}/live/"
        self._mine = re.compile(rf"/data/.*|{re.escape(self._live)}(?!(?:rooms|gifts|pk)/)[^/]+/.+/[^/]+")
        """Users called as a part of the API of live rooms cannot be watched."""
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """One signal of a stream at a time, so that they are listed in their order."""
        self._news: dict[str, asyncio.Event] = {}
        """Set, and gone, when the playlists of a stream change."""
        self._ticker: asyncio.Task[None] | None = None
        livestreams.on_ended = self._tell

    def knows(self, path: str) -> bool:
        return self._mine.fullmatch(path) is not None

    async def close(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        uploads = path.startswith("/data/")
        methods = ("POST",) if uploads else ("GET", "HEAD")
        if scope["method"] not in methods:
            allow = [(b"allow", ", ".join(methods).encode())]
            await respond(scope, send, 405, b"method not allowed\n", headers=allow)
            return
        try:
            if uploads:
                await self._upload(scope, receive, send, path.removeprefix("/data/").split("/"))
            else:
                await self._show(scope, send, path.removeprefix(self._live).split("/"))
        except Refusal as refusal:
            body = _answer(refusal.code, {"msg": str(refusal)})
            await respond(scope, send, refusal.status, body, _JSON, _FRESH)

    # Up

    async def _upload(self, scope: Scope, receive: Receive, send: Send, place: list[str]) -> None:
        if len(place) != 2:
            raise Refusal(HTTPStatus.NOT_FOUND, Code.ROOM_NOT_FOUND, "the address is /data/{userId}/{rid}")
        user_id, rid = (unquote(part) for part in place)
        now = time.time()
        try:
            streamer = self._livestreams.streamer(user_id, rid)
        except SignalError as error:
            raise Refusal(_STATUS[error.code], error.code, error.message) from None
        self._check_bearer(scope, streamer.person.subject, now)
        body = await _body(receive)
        try:
            signal = await asyncio.to_thread(decode, body)
            stream_id, stream = self._livestreams.to_send_to(user_id, rid)
            async with self._turns[stream_id]:
                delay = stream.answered(signal.id)
                if delay is None:
                    stream.check(signal)
                    for name, data in pieces(signal.payload):
                        await obstore.put_async(self._store, f"{stream_id}/{name}", data)
                    delay = round(now * 1000) - int(signal.timestamp)
                    self._livestreams.applied(streamer, stream, signal, delay, time.time())
        except BadSignal as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, Code.INVALID_SIGNAL, str(error)) from None
        except StreamFull:
            message = "too much of this stream is stored"
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Code.INVALID_SIGNAL, message) from None
        except BaseError as error:
            logger.error("a piece of a live stream cannot be stored: %s", error)
            message = "the piece could not be stored"
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, Code.INTERNAL_SERVER_ERROR, message) from None
        self._tell(stream_id)
        self._arm()
        await respond(scope, send, 200, _answer(Code.OK, {"id": signal.id, "delay": delay}), _JSON, _FRESH)

    def _check_bearer(self, scope: Scope, subject: str | None, now: float) -> None:
        """Who has joined by a token sends by it too."""
        if subject is None:
            return
        try:
            bearer = self._bearers.bearer(bearer_token(scope["headers"], b"") or "", now)
        except (TokenError, Unauthorized) as error:
            raise Refusal(HTTPStatus.UNAUTHORIZED, Code.PERMISSION_NOT_FOUND, str(error)) from None
        if bearer is None or bearer.user_id != subject:
            raise Refusal(HTTPStatus.FORBIDDEN, Code.PERMISSION_NOT_FOUND, "the token is somebody else's")

    # Down

    async def _show(self, scope: Scope, send: Send, place: list[str]) -> None:
        user_id, rid, name = (unquote(part) for part in place) if len(place) == 3 else ("", "", "")
        found, forwarded = self._livestreams.find(user_id, rid), self._forwarded((user_id, rid))
        if forwarded is not None and not (forwarded.over and found is not None):
            await _show_forwarded(scope, send, forwarded, name)
            return
        if found is None:
            raise Refusal(HTTPStatus.NOT_FOUND, Code.ROOM_NOT_FOUND, "there is no such stream")
        stream_id, stream = found
        if name.endswith(".m3u8"):
            text = await self._playlist(scope, stream_id, stream, name.removesuffix(".m3u8"))
            await respond(scope, send, 200, text.encode(), _PLAYLIST, _FRESH)
            return
        names = stream.stored_as(name)
        try:
            parts = [await (await obstore.get_async(self._store, f"{stream_id}/{one}")).bytes_async() for one in names]
        except FileNotFoundError:
            parts = []  # it has just been deleted
        if not parts:
            raise Refusal(HTTPStatus.NOT_FOUND, Code.ROOM_NOT_FOUND, "there is no such piece, or not any more")
        await respond(scope, send, 200, b"".join(bytes(part) for part in parts), _PIECE, _KEPT)

    async def _playlist(self, scope: Scope, stream_id: str, stream: Livestream, name: str) -> str:
        if name == MASTER:
            return stream.master()
        playlist = stream.playlists.get(name)
        if playlist is None:
            raise Refusal(HTTPStatus.NOT_FOUND, Code.ROOM_NOT_FOUND, "there is no such playlist")
        sequence, part = _wanted(scope)
        if sequence is not None:
            if playlist.is_too_far(sequence):
                message = "_HLS_msn is more than two segments ahead"
                raise Refusal(HTTPStatus.BAD_REQUEST, Code.INVALID_SIGNAL, message)
            try:
                async with asyncio.timeout(WAIT_TARGETS * playlist.target):
                    while not playlist.reaches(sequence, part):
                        await self._news.setdefault(stream_id, asyncio.Event()).wait()
            except TimeoutError:
                message = "the streamer has not sent it in time"
                raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, Code.INTERNAL_SERVER_ERROR, message) from None
        return playlist.render()

    # Meanwhile

    def _tell(self, stream_id: str) -> None:
        news = self._news.pop(stream_id, None)
        if news is not None:
            news.set()

    def _arm(self) -> None:
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._clean(), name="live-streams")

    async def _clean(self) -> None:
        """Delete what no player asks for any more, as long as there are streams."""
        while len(self._livestreams):
            await asyncio.sleep(TICK_SECONDS)
            for stream_id, names in self._livestreams.take_gone(time.time()):
                try:
                    await obstore.delete_async(self._store, [f"{stream_id}/{name}" for name in names])
                except (BaseError, FileNotFoundError) as error:
                    logger.warning("pieces of a live stream could not be deleted: %s", error)
            for stream_id in [one for one in self._turns if one not in self._livestreams]:
                del self._turns[stream_id]


async def _show_forwarded(scope: Scope, send: Send, stream: HlsStream, name: str) -> None:
    is_playlist = name == PLAYLIST
    if is_playlist and not await stream.playable(WAIT_SECONDS):
        message = "nothing has been sent that could be played"
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, Code.INTERNAL_SERVER_ERROR, message)
    try:
        if not (is_playlist or _SEGMENT.fullmatch(name)):
            raise FileNotFoundError
        content_type, headers = (_PLAYLIST, _FRESH) if is_playlist else (b"video/mp2t", _KEPT)
        await send_file(scope, send, stream.folder / name, content_type, headers)
    except FileNotFoundError:
        message = "there is no such piece, or not any more"
        raise Refusal(HTTPStatus.NOT_FOUND, Code.ROOM_NOT_FOUND, message) from None


def _wanted(scope: Scope) -> tuple[int | None, int | None]:
    """Segment and part that the playlist has to have."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    values = [query.get(name, [""])[0] for name in ("_HLS_msn", "_HLS_part")]
    if any(value and not _NUMBER.fullmatch(value) for value in values) or (values[1] and not values[0]):
        message = "_HLS_msn and _HLS_part are numbers, and there is no part without a segment"
        raise Refusal(HTTPStatus.BAD_REQUEST, Code.INVALID_SIGNAL, message)
    sequence, part = (int(value) if value else None for value in values)
    return sequence, part


def _answer(code: Code, body: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"c": int(code), "b": body})


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            message = f"a message has at most {MAX_BODY_BYTES} bytes"
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Code.INVALID_SIGNAL, message)
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)
