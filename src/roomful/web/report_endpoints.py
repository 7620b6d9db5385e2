"""The HTTP API of reports. specs/monibuca-rooms.md §9.1, §9.5-9.7."""

import datetime
import time
import zoneinfo
from typing import Any

from litestar import Response, Router, get, post
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, JSONBody

from roomful.auth.admin import AdminCheck
from roomful.protocols.monibuca.authority import Authority
from roomful.reporting.csv_tables import as_csv, table_of
from roomful.reporting.intake import KINDS, Intake
from roomful.reporting.messages import BadReport
from roomful.reporting.questions.loading import Span
from roomful.reporting.reports import Reports
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.web.room_endpoints import Answer, Asked, caller_of, misunderstood, refused, require_admin

TAGS = ["reports"]
PREFIXES = ("/room_stats", "/all_room_stats", "/daily_stats")
MAX_REPORTS = 100
"""Of one request."""
DAY = 86_400.0


def report_endpoints(reports: Reports, rooms: Rooms, authority: Authority, may_ask: AdminCheck) -> list[Router]:
    """At the root, and the same below `/room`, where reports come in too.

    `authority` says whose reports they are; `may_ask`, who reads them.
    """

    def check(request: Asked) -> None:
        require_admin(request, may_ask)

    @get("/room_stats/{room_id:path}", tags=TAGS, summary="One room: who was there, and how well it went")
    async def room_stats(
        request: Asked,
        room_id: str,  # with the slash before it: a room's name may hold more of them
        start_time: FromQuery[str] = "",
        end_time: FromQuery[str] = "",
        format: FromQuery[str] = "json",  # noqa: A002 - the name of the parameter
        table: FromQuery[str] = "summary",
    ) -> Response[Any]:
        check(request)
        span = span_of(start_time, end_time)
        return _answer(await reports.room.ask(room_id.removeprefix("/"), span), format, table)

    @get("/all_room_stats", tags=TAGS, summary="All rooms, with what should worry you")
    async def all_room_stats(
        request: Asked,
        start_time: FromQuery[str] = "",
        end_time: FromQuery[str] = "",
        format: FromQuery[str] = "json",  # noqa: A002
        table: FromQuery[str] = "rooms",
        page: FromQuery[int] = 1,
        page_size: FromQuery[int] = 1000,
    ) -> Response[Any]:
        check(request)
        if page < 1 or not 1 <= page_size <= 10_000:
            raise bad_field("page_size" if page >= 1 else "page", "page is 1 or more, page_size 1 to 10000")
        data = await reports.site.ask(span_of(start_time, end_time))
        data["rooms"] = data["rooms"][(page - 1) * page_size : page * page_size]
        return _answer(data, format, table)

    @get("/daily_stats", tags=TAGS, summary="Day by day")
    async def daily_stats(
        request: Asked,
        days: FromQuery[int] = 7,
        tz: FromQuery[str] = "UTC",
        format: FromQuery[str] = "json",  # noqa: A002
    ) -> Response[Any]:
        check(request)
        if not 1 <= days <= 90:
            raise bad_field("days", "days is 1 to 90")
        try:
            zone = zoneinfo.ZoneInfo(tz)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise bad_field("tz", "tz is the name of a time zone, as Europe/Berlin") from None
        return _answer(await reports.days.ask(days, zone), format, "days")

    @get("/report/health", tags=TAGS, summary="Where reports go now")
    async def health(request: Asked) -> Answer:
        check(request)
        return Answer(data=reports.writer.health)

    @post("/report/{kind:str}", status_code=200, tags=TAGS, summary="Report how it goes; with the token of a room")
    async def take(request: Asked, kind: str, data: JSONBody[dict[str, Any] | list[dict[str, Any]]]) -> Answer:
        if kind not in KINDS:
            raise RoomApiError(Code.NOT_FOUND, f"there are reports of {', '.join(KINDS)}")
        many = data if isinstance(data, list) else [data]
        if len(many) > MAX_REPORTS:
            raise bad_field("", f"no more than {MAX_REPORTS} reports at once")
        for one in many:
            room_id = one.get("room_id")
            if not isinstance(room_id, str):
                raise bad_field("room_id", "room_id must be text")
            actor = authority.for_room(caller_of(request), room_id, time.time(), writes=False)
            room = rooms.get(room_id)
            present = room.of_user(actor.user_id) if room is not None else []
            if room is not None and present:
                reports.intake.take(KINDS[kind], room, present[0], one)
            elif not reports.intake.take_late(KINDS[kind], room_id, actor.user_id, one):
                raise RoomApiError(Code.NOT_IN_ROOM, "only those who are in a room report of it")
        return Answer(data={"taken": len(many)})

    handlers: list[HTTPRouteHandler] = [room_stats, all_room_stats, daily_stats]
    errors: dict[int | type[Exception], Any] = {
        RoomApiError: refused,
        ClientException: misunderstood,
        BadReport: _bad_report,
    }
    return [
        Router(path="/", route_handlers=handlers, exception_handlers=errors),
        Router(path="/room", route_handlers=[*handlers, health, take], exception_handlers=errors),
    ]


def _bad_report(request: Asked, error: BadReport) -> Response[dict[str, Any]]:
    return refused(request, bad_field("report", str(error)))


def take_report(intake: Intake, kind: str, room: Room, participant: Participant, report: dict[str, Any]) -> None:
    """Store what somebody in a room reports. Raises RoomApiError (BAD_FIELD)."""
    try:
        intake.take(KINDS[kind], room, participant, report)
    except BadReport as error:
        raise bad_field("report", str(error)) from None


def _answer(data: dict[str, Any], form: str, table: str) -> Response[Any]:
    if form == "json":
        return Response({"code": 0, "data": data})
    if form != "csv":
        raise bad_field("format", "format is json or csv")
    try:
        rows = table_of(data, table)
    except KeyError:
        raise bad_field("table", "there is no such table") from None
    return Response(as_csv(rows), media_type="text/csv; charset=utf-8")


def span_of(start: str, end: str) -> Span:
    """A stretch of time; without bounds the last day. Raises RoomApiError (BAD_FIELD)."""
    until = _seconds(end, "end_time") if end else time.time() + 1
    since = _seconds(start, "start_time") if start else until - DAY
    if since >= until:
        raise bad_field("start_time", "start_time is before end_time")
    return Span(start=round(since * 1000), end=round(until * 1000))


def _seconds(text: str, name: str) -> float:
    """Of Unix milliseconds, Unix seconds or ISO 8601."""
    try:
        number = float(text)
    except ValueError:
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise bad_field(name, f"{name} is Unix milliseconds, Unix seconds or ISO 8601") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    if not 0 <= number < 1e14:
        raise bad_field(name, f"{name} is no time")
    return number if number < 1e11 else number / 1000
