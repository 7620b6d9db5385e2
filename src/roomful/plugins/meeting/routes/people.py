"""Who is in a meeting, and what is done to them. specs/monibuca-rooms.md §7.8."""

from typing import Any

import msgspec

from roomful.plugins.meeting import attendance
from roomful.plugins.meeting.routes.base import STAFF, Base, file, route
from roomful.plugins.meeting.routes.bodies import Banning, Ending, Muting
from roomful.rooms.extension import Code, Request, RoomApiError, Route, UserView


class PeopleRoutes(Base):
    """See the module."""

    @property
    def routes(self) -> list[Route]:
        one = "/{meeting_id}/participants/{user_id}"
        return [
            route("GET", "/{meeting_id}/participants", self._participants, "List who is there now"),
            route(
                "GET",
                "/{meeting_id}/attendance",
                self._attendance,
                "List who was there, as JSON or CSV",
                for_hosts=True,
            ),
            route("POST", f"{one}/mute", self._mute, "Mute somebody; `*` is everybody but hosts", Muting),
            route("POST", f"{one}/unmute", self._unmute, "Let somebody be heard again", Muting),
            route("POST", f"{one}/kick", self._kick, "Remove somebody", Ending),
            route("POST", f"{one}/admit", self._admit, "Let somebody in from the lobby; `*` is everybody"),
            route("POST", f"{one}/reject", self._reject, "Send somebody in the lobby away", Ending),
            route("POST", f"{one}/ban", self._ban, "Keep somebody out", Banning),
        ]

    async def _participants(self, request: Request) -> dict[str, Any]:
        meeting = await self.any(request)
        try:
            users = await self.api.list_users(meeting.meeting_id)
        except RoomApiError as error:
            if error.code is not Code.ROOM_NOT_FOUND:
                raise
            users = list[UserView]()
        hands = meeting.hands
        return {"participants": [{**msgspec.structs.asdict(one), "hand": hands.order(one.user_id)} for one in users]}

    async def _attendance(self, request: Request) -> Any:
        meeting = await self.results(request)
        visits, now = await self.archive.visits(meeting.key), self.chair.now()
        if request.query.get("format", "json") == "csv":
            return file(meeting, "attendance.csv", attendance.as_csv(visits, now), "text/csv; charset=utf-8")
        return {"participants": attendance.summary(visits, now), "total": len(visits)}

    async def _mute(self, request: Request) -> None:
        body, user_id = request.body, request.path["user_id"]
        await self.floor.mute(await self.open(request), STAFF, user_id, body.kind, body.reason)

    async def _unmute(self, request: Request) -> None:
        await self.floor.unmute(await self.open(request), STAFF, request.path["user_id"], request.body.kind)

    async def _kick(self, request: Request) -> None:
        await self.floor.kick(await self.open(request), STAFF, request.path["user_id"], request.body.reason)

    async def _admit(self, request: Request) -> None:
        meeting = await self.open(request)
        await self.api.admit_user(meeting.meeting_id, request.path["user_id"], STAFF.user_id)

    async def _reject(self, request: Request) -> None:
        meeting = await self.open(request)
        user_id, reason = request.path["user_id"], request.body.reason
        await self.api.reject_user(meeting.meeting_id, user_id, reason, STAFF.user_id)

    async def _ban(self, request: Request) -> None:
        body, user_id = request.body, request.path["user_id"]
        await self.floor.ban(await self.open(request), STAFF, user_id, body.duration, body.reason)
