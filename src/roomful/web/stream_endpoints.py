"""`GET /room/streams/{path}/stats`, and the same as events, one a second. specs/monibuca-rooms.md §9.8."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Response, Router, get
from litestar.exceptions import ClientException
from litestar.params import FromQuery
from litestar.response import ServerSentEvent

from roomful.auth.admin import AdminCheck
from roomful.reporting.questions.streams import HISTORIES, StreamQuestions
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.stream_paths import StreamPath
from roomful.web.report_endpoints import TAGS
from roomful.web.room_endpoints import Asked, misunderstood, refused, require_admin

PREFIX, STATS, EVENTS = "/room/streams/", "/stats", "/stats/events"
EVERY = 1.0
"""Seconds between two events."""


def stream_endpoints(streams: StreamQuestions, may_ask: AdminCheck) -> Router:
    """`may_ask` says for whom."""

    @get("/streams/{stream_path:path}", tags=TAGS, summary="What one member sends: …/stats, or …/stats/events (SSE)")
    async def stats(request: Asked, stream_path: str, history: FromQuery[str] = "") -> Response[Any]:
        del stream_path  # decoded: a slash in a name would look like two names
        require_admin(request, may_ask)
        if history not in HISTORIES:
            raise bad_field("history", "history is 1h, 24h or 7d")
        raw = request.scope["raw_path"].decode("latin-1").partition("?")[0].removeprefix(PREFIX)
        ending = EVENTS if raw.endswith(EVENTS) else STATS
        path = StreamPath.parse(raw.removesuffix(ending)) if raw.endswith(ending) else None
        if path is None or path.screen:
            raise RoomApiError(Code.NOT_FOUND, "the address is /room/streams/room/{room_id}/{user_id}/stats")
        if ending == EVENTS:
            return ServerSentEvent(_events(streams, path))
        return Response({"code": 0, "data": await streams.ask(path, history)})

    return Router(
        path="/room",
        route_handlers=[stats],
        exception_handlers={RoomApiError: refused, ClientException: misunderstood},
    )


async def _events(streams: StreamQuestions, path: StreamPath) -> AsyncIterator[str]:
    """How it is now, each second, until nobody sends it any more."""
    goes_on = True
    while goes_on:
        goes_on = streams.is_published(path)
        answer = await streams.ask(path, "")
        yield msgspec.json.encode({**answer, "points": answer["points"][-1:]}).decode()
        if goes_on:
            await asyncio.sleep(EVERY)
