"""Planning and conducting meetings. specs/monibuca-rooms.md §7.8."""

import datetime
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from roomful.plugins.meeting.agenda import Agenda
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.routes.base import STAFF, Base, route
from roomful.plugins.meeting.routes.bodies import Change, Ending, LobbyOn, Locked, Plan
from roomful.plugins.meeting.status import BEFORE, Status
from roomful.rooms.extension import Code, Request, RoomApiError, Route
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.paging import Page
from roomful.rooms.house_rules import password_hash


class MeetingRoutes(Base):
    """See the module."""

    @property
    def routes(self) -> list[Route]:
        one = "/{meeting_id}"
        return [
            route("GET", "", self._list, "List meetings, newest first"),
            route("POST", "", self._plan, "Plan a meeting", Plan),
            route("GET", one, self._get, "Show a meeting"),
            route("PATCH", one, self._change, "Change a meeting that is not over", Change),
            route("DELETE", one, self._cancel, "Cancel a meeting that has not begun"),
            route("POST", f"{one}/start", self._start, "Start a meeting"),
            route("POST", f"{one}/end", self._end, "End a meeting", Ending),
            route("POST", f"{one}/pause", self._pause, "Pause a meeting"),
            route("POST", f"{one}/resume", self._resume, "Go on with a meeting"),
            route("POST", f"{one}/lock", self._lock, "Let nobody new in, or do again", Locked),
            route("POST", f"{one}/lobby", self._lobby, "Switch the lobby on or off", LobbyOn),
        ]

    async def _list(self, request: Request) -> dict[str, Any]:
        query = request.query
        status = query.get("status", "")
        if status and status not in set(Status):
            raise bad_field("status", f"status is one of {', '.join(Status)}")
        page = Page.of(request)
        found, total = await self.archive.meetings(
            status=status,
            since=_time(query, "from"),
            until=_time(query, "to"),
            limit=page.size,
            offset=page.offset,
        )
        now = self.chair.now()
        return {"meetings": [self.live(meeting).detail(now) for meeting in found], "total": total}

    async def _plan(self, request: Request) -> dict[str, Any]:
        plan: Plan = request.body
        chair = self.chair
        meeting_id = plan.meeting_id or chair.new_meeting_id()
        if meeting_id in chair.meetings:
            raise RoomApiError(Code.CONFLICT, f"there is a meeting {meeting_id!r} already")
        agenda = Agenda()
        for item in plan.agenda:
            agenda.add(item)
        meeting = await chair.open(
            meeting_id,
            planned=True,
            title=plan.title,
            host_id=plan.host_id,
            scheduled_at=plan.scheduled_at,
            password_hash=password_hash(plan.password) if plan.password else "",
            recordings=["room"] if plan.record else [],
            transcribe=plan.transcribe and chair.settings.enable_transcription,
            agenda=agenda,
            invitees=plan.invitees,
            **({} if plan.lobby is None else {"lobby": plan.lobby}),
        )
        if plan.duration is not None:
            meeting.timer.max_duration = plan.duration
        await chair.changed(meeting)
        return meeting.detail(chair.now())

    async def _get(self, request: Request) -> dict[str, Any]:
        return (await self.any(request)).detail(self.chair.now())

    async def _change(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request)
        change: Change = request.body
        if change.duration is not None:
            meeting.timer.extend(change.duration - meeting.timer.max_duration, self.chair.now())
        for field in ("host_id", "scheduled_at", "invitees"):
            if getattr(change, field) is not None:
                setattr(meeting, field, getattr(change, field))
        if change.lobby is not None:
            await self.floor.set_lobby(meeting, change.lobby, STAFF.user_id)
        if change.title is not None:
            await self.chair.rename(meeting, change.title)
        await self.chair.changed(meeting)
        return meeting.detail(self.chair.now())

    async def _cancel(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request, *BEFORE)
        await self.chair.cancel(meeting, STAFF.user_id)
        return meeting.detail(self.chair.now())

    async def _start(self, request: Request) -> dict[str, Any]:
        return await self._conducted(request, self.chair.start)

    async def _pause(self, request: Request) -> dict[str, Any]:
        return await self._conducted(request, self.chair.pause)

    async def _resume(self, request: Request) -> dict[str, Any]:
        return await self._conducted(request, self.chair.resume)

    async def _end(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request)
        await self.chair.end(meeting, STAFF.user_id, request.body.reason or "ended")
        return meeting.detail(self.chair.now())

    async def _conducted(self, request: Request, does: Callable[[Meeting, str], Awaitable[None]]) -> dict[str, Any]:
        meeting = await self.open(request)
        await does(meeting, STAFF.user_id)
        return meeting.detail(self.chair.now())

    async def _lock(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request)
        await self.api.set_room_locked(meeting.meeting_id, request.body.locked, STAFF.user_id)
        return {"locked": request.body.locked}

    async def _lobby(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request)
        await self.floor.set_lobby(meeting, request.body.enabled, STAFF.user_id)
        return {"enabled": request.body.enabled}


def _time(query: Mapping[str, str], name: str) -> int | None:
    """Unix milliseconds, or an ISO date."""
    text = query.get(name, "")
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise bad_field(name, f"{name} is unix milliseconds or an ISO date") from None
    return round((at if at.tzinfo else at.replace(tzinfo=datetime.UTC)).timestamp() * 1000)
