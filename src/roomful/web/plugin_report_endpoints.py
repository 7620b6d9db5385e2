"""The report plugin's API, at `/report`. specs/monibuca-rooms.md §9.6."""

import time

from litestar import Router, get, post
from litestar.exceptions import ClientException
from litestar.params import FromQuery, JSONBody

from roomful.protocols.monibuca.authority import Authority
from roomful.reporting.plugin_metrics import MetricsReport, PluginMetrics
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.web.report_endpoints import TAGS, span_of
from roomful.web.room_endpoints import Answer, Asked, caller_of, misunderstood, refused

PREFIX = "/report"
MAX_CLOCK_SKEW = 300.0
"""Seconds by which a report's time may differ from ours."""


def plugin_report_endpoints(metrics: PluginMetrics, authority: Authority) -> Router:
    """Who has the admin token reports for anybody, all others for themselves."""

    def check(request: Asked) -> None:
        if not authority.is_admin(caller_of(request)):
            raise RoomApiError(Code.FORBIDDEN, "that takes the admin token")

    @post("/metrics", status_code=200, tags=TAGS, summary="Deliver what a client measured")
    async def take(request: Asked, data: JSONBody[MetricsReport]) -> Answer:
        caller, now = caller_of(request), time.time()
        if not authority.is_admin(caller):
            actor = authority.for_room(caller, data.room_id, now, writes=False)
            if actor.user_id != data.user_id:
                raise RoomApiError(Code.FORBIDDEN, "user_id must be your own")
        if abs(data.report_time - now) > MAX_CLOCK_SKEW:
            raise bad_field("report_time", "report_time is now, in Unix seconds")
        metrics.take(data)
        return Answer(data=None)

    @get("/rooms", tags=TAGS, summary="Rooms with metrics of the last day")
    async def rooms(request: Asked) -> Answer:
        check(request)
        return Answer(data=await metrics.rooms())

    @get("/metrics/{room_id:str}", tags=TAGS, summary="A room's averages, and the newest of each user")
    async def of_room(request: Asked, room_id: str) -> Answer:
        check(request)
        return Answer(data=await metrics.of_room(room_id))

    @get("/metrics/{room_id:str}/{user_id:str}", tags=TAGS, summary="The newest of one user")
    async def of_user(request: Asked, room_id: str, user_id: str) -> Answer:
        check(request)
        found = await metrics.of_user(room_id, user_id)
        if found is None:
            raise RoomApiError(Code.USER_NOT_FOUND, "nothing was reported of this user lately")
        return Answer(data=found)

    @get("/history/{room_id:str}", tags=TAGS, summary="What was reported of a room")
    async def history(
        request: Asked, room_id: str, start: FromQuery[str] = "", end: FromQuery[str] = "", limit: FromQuery[int] = 1000
    ) -> Answer:
        check(request)
        if not 1 <= limit <= 10_000:
            raise bad_field("limit", "limit is 1 to 10000")
        return Answer(data=await metrics.history(room_id, span_of(start, end), limit))

    return Router(
        path=PREFIX,
        route_handlers=[take, rooms, of_room, of_user, history],
        exception_handlers={RoomApiError: refused, ClientException: misunderstood},
    )
