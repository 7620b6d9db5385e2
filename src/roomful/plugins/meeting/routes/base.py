"""What all routes share: finding meetings."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import msgspec

from roomful.plugins.meeting.floor import Floor, Staff
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.status import OPEN, Status
from roomful.rooms.extension import Code, Reply, Request, RoomApiError, Route

Handler: TypeAlias = Callable[[Request], Awaitable[Any]]
STAFF = Staff()


def route(
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    body: type[msgspec.Struct] | None = None,
    *,
    for_hosts: bool = False,
) -> Route:
    """`path` below `/meeting/meetings`. For administrators; with `for_hosts` the handler asks `Base.results`."""
    return Route(
        method=method,
        path=f"/meeting/meetings{path}",
        handler=handler,
        summary=summary,
        body_type=body,
        admin=not for_hosts,
    )


class Base:
    """The state of the handlers."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.chair = floor.chair
        self.api = floor.chair.api
        self.archive = floor.chair.archive

    async def open(self, request: Request, *states: Status) -> Meeting:
        """The meeting of the path, which must not be over. Raises NOT_FOUND, BAD_STATE."""
        meeting_id = request.path["meeting_id"]
        meeting = self.chair.meetings.get(meeting_id) or await self.any(request)
        meeting.require(*(states or OPEN))
        return meeting

    async def any(self, request: Request) -> Meeting:
        """The meeting of the path, also one that is over. Raises NOT_FOUND."""
        meeting_id = request.path["meeting_id"]
        meeting = self.chair.meetings.get(meeting_id) or await self.archive.latest(meeting_id)
        if meeting is None:
            raise RoomApiError(Code.NOT_FOUND, f"there is no meeting {meeting_id!r}")
        return self.live(meeting)

    async def results(self, request: Request) -> Meeting:
        """As `any`, for an administrator or whoever has the key that hosts get. Raises NOT_FOUND, FORBIDDEN."""
        if request.is_admin:
            return await self.any(request)
        refusal = RoomApiError(
            Code.FORBIDDEN, "this needs the admin token, or the one that `access_results` gives hosts"
        )
        try:
            meeting = await self.any(request)
        except RoomApiError:  # whether there is one is nobody else's business
            raise refusal from None
        key = meeting.results_key
        if not key or not hmac.compare_digest(key.encode(), request.bearer.encode()):
            raise refusal
        return meeting

    def live(self, meeting: Meeting) -> Meeting:
        """The meeting itself, where the archive gave a copy of one that is going on."""
        current = self.chair.meetings.get(meeting.meeting_id)
        return current if current is not None and current.key == meeting.key else meeting


def file(meeting: Meeting, name: str, content: bytes, content_type: str) -> Reply:
    """To be saved, under a name that says whose it is."""
    return Reply(content=content, content_type=content_type, headers=saved_as(meeting, name))


def saved_as(meeting: Meeting, name: str) -> dict[str, str]:
    """Headers for something to be saved."""
    safe = "".join(one for one in f"{meeting.meeting_id}-{name}" if one not in '"\\\r\n')
    disposition = f'attachment; filename="{safe}"'.encode("ascii", "replace").decode()
    return {"content-disposition": disposition, "x-content-type-options": "nosniff"}
