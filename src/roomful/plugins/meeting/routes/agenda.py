"""The agenda over HTTP. specs/monibuca-rooms.md §7.8."""

from typing import Any

from roomful.plugins.meeting.agenda import ItemPatch, NewItem, shown
from roomful.plugins.meeting.routes.base import Base, route
from roomful.plugins.meeting.status import UNDER_WAY, Status
from roomful.rooms.extension import Request, Route


class AgendaRoutes(Base):
    """See the module."""

    @property
    def routes(self) -> list[Route]:
        one = "/{meeting_id}"
        return [
            route("GET", f"{one}/agenda", self._agenda, "Show the agenda"),
            route("POST", f"{one}/agenda", self._add_item, "Add an item to the agenda", NewItem),
            route("PATCH", f"{one}/agenda/{{item_id}}", self._update_item, "Change an item", ItemPatch),
            route("DELETE", f"{one}/agenda/{{item_id}}", self._remove_item, "Take an item off the agenda"),
            route("POST", f"{one}/agenda/{{item_id}}/start", self._start_item, "Make an item the active one"),
            route("POST", f"{one}/agenda/{{item_id}}/complete", self._complete_item, "Complete an item"),
        ]

    async def _agenda(self, request: Request) -> dict[str, Any]:
        return (await self.any(request)).agenda_fields()

    async def _add_item(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request)
        item = meeting.agenda.add(request.body)
        await self.floor.agenda_changed(meeting)
        return next(one for one in shown(meeting.agenda) if one["item_id"] == item.item_id)

    async def _update_item(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request)
        meeting.agenda.update(request.path["item_id"], request.body)
        await self.floor.agenda_changed(meeting)
        return meeting.agenda_fields()

    async def _remove_item(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request)
        meeting.agenda.remove(request.path["item_id"])
        await self.floor.agenda_changed(meeting)
        return meeting.agenda_fields()

    async def _start_item(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request, Status.ACTIVE)
        await self.floor.start_item(meeting, request.path["item_id"])
        return meeting.agenda_fields()

    async def _complete_item(self, request: Request) -> dict[str, Any]:
        meeting = await self.open(request, *UNDER_WAY)
        await self.floor.complete_item(meeting, request.path["item_id"])
        return meeting.agenda_fields()
