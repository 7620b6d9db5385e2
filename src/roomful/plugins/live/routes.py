"""The HTTP API of live rooms. specs/monibuca-rooms.md §6.9. Writing is for administrators."""

from typing import Any

import msgspec

from roomful.plugins.live.archive import GIFTS, VIEWERS
from roomful.plugins.live.battling import Battling
from roomful.plugins.live.catalogue_routes import catalogue_routes
from roomful.plugins.live.crowd import RobotOrder
from roomful.plugins.live.messages import StartLive
from roomful.plugins.live.opening import NewShow, Opening, ShowPatch
from roomful.plugins.live.running import Running
from roomful.plugins.live.show import Show, record_view
from roomful.plugins.live.simulating import Simulating
from roomful.plugins.live.status import Status
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import Code, Request, RoomApiError, Route
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.paging import Page

ADMIN = "admin"
SORTED_BY = {"viewers": "viewer_count", "gifts": "gift_value", "started_at": "started_at", "": "created_at"}
ONE = "/live/rooms/{room_id}"


def routes(
    studio: Studio, opening: Opening, running: Running, simulating: Simulating, battling: Battling
) -> list[Route]:
    api = _LiveApi(studio, opening, running, simulating, battling)
    return [
        Route(method="GET", path="/live/rooms", handler=api.list, summary="List live shows"),
        Route(
            method="POST",
            path="/live/rooms",
            handler=api.create,
            summary="Make a live show",
            body_type=NewShow,
            admin=True,
        ),
        Route(method="GET", path=ONE, handler=api.get, summary="The show of a room, or its last one"),
        Route(method="PATCH", path=ONE, handler=api.patch, summary="Change a show", body_type=ShowPatch, admin=True),
        Route(method="DELETE", path=ONE, handler=api.delete, summary="End a show, if it is going on", admin=True),
        Route(method="POST", path=f"{ONE}/start", handler=api.start, summary="Begin a show", admin=True),
        Route(method="POST", path=f"{ONE}/pause", handler=api.pause, summary="Pause a show", admin=True),
        Route(method="POST", path=f"{ONE}/resume", handler=api.resume, summary="Go on with a show", admin=True),
        Route(method="POST", path=f"{ONE}/stop", handler=api.stop, summary="End a show", admin=True),
        Route(method="GET", path=f"{ONE}/gifts", handler=api.gifts, summary="Gifts of a show", admin=True),
        Route(method="GET", path=f"{ONE}/viewers", handler=api.viewers, summary="Viewers of a show", admin=True),
        Route(method="GET", path=f"{ONE}/rank", handler=api.rank, summary="Who gave most in a show"),
        Route(method="GET", path=f"{ONE}/link_mic", handler=api.link_mic, summary="Who is on the mic"),
        Route(method="GET", path=f"{ONE}/pk", handler=api.pk, summary="The battle of a show"),
        Route(method="GET", path="/live/pk", handler=api.pks, summary="The battles that are going on"),
        Route(method="GET", path=f"{ONE}/robots", handler=api.robots, summary="Robots of a show", admin=True),
        Route(
            method="POST",
            path=f"{ONE}/robots",
            handler=api.add_robots,
            summary="Have robots come",
            body_type=RobotOrder,
            admin=True,
        ),
        Route(
            method="DELETE", path=f"{ONE}/robots", handler=api.remove_robots, summary="Send all robots away", admin=True
        ),
        *catalogue_routes(studio),
    ]


class _LiveApi:
    def __init__(
        self, studio: Studio, opening: Opening, running: Running, simulating: Simulating, battling: Battling
    ) -> None:
        self._studio = studio
        self._opening = opening
        self._running = running
        self._simulating = simulating
        self._battling = battling

    async def list(self, request: Request) -> dict[str, Any]:
        page = Page.of(request)
        where = {name: value for name in ("status", "category") if (value := request.query.get(name))}
        sort = request.query.get("sort", "")
        if sort not in SORTED_BY:
            raise bad_field("sort", "sort is viewers, gifts or started_at")
        if where.get("status") not in (None, *Status):
            raise bad_field("status", f"status is one of {', '.join(Status)}")
        found, total = await self._studio.archive.shows(where, SORTED_BY[sort], page.size, page.offset)
        now = self._studio.now()
        return {"rooms": [record_view(record, now) for record in found], "total": total}

    async def create(self, request: Request) -> dict[str, Any]:
        show = await self._opening.create(request.body)
        return show.view(self._studio.now())

    async def get(self, request: Request) -> dict[str, Any]:
        room_id = request.path["room_id"]
        show = self._studio.shows.get(room_id)
        if show is not None:
            return show.view(self._studio.now())
        record = await self._studio.archive.last_show(room_id)
        if record is None:
            raise RoomApiError(Code.ROOM_NOT_FOUND, f"{room_id!r} has seen no show")
        return record_view(record, self._studio.now())

    async def patch(self, request: Request) -> dict[str, Any]:
        show = self._show(request)
        await self._opening.change(show, request.body)
        return show.view(self._studio.now())

    async def delete(self, request: Request) -> dict[str, Any]:
        show = self._studio.shows.get(request.path["room_id"])
        if show is not None:
            await self._running.stop(show, ADMIN)
        return await self.get(request)

    async def start(self, request: Request) -> dict[str, Any]:
        await self._running.start(self._show(request), StartLive(), ADMIN)
        return await self._changed(request)

    async def pause(self, request: Request) -> dict[str, Any]:
        await self._running.pause(self._show(request), ADMIN)
        return await self._changed(request)

    async def resume(self, request: Request) -> dict[str, Any]:
        await self._running.resume(self._show(request), ADMIN)
        return await self._changed(request)

    async def stop(self, request: Request) -> dict[str, Any]:
        await self._running.stop(self._show(request), ADMIN)
        return await self.get(request)

    async def gifts(self, request: Request) -> dict[str, Any]:
        return await self._records(request, GIFTS, "gifts", "ts")

    async def viewers(self, request: Request) -> dict[str, Any]:
        return await self._records(request, VIEWERS, "viewers", "joined_at")

    async def rank(self, request: Request) -> dict[str, Any]:
        size = Page.of(request).size
        show = self._studio.shows.get(request.path["room_id"])
        if show is not None:
            return {"rank": show.ledger.rank(size)}
        return {"rank": (await self._studio.archive.ledger(await self._show_id(request))).rank(size)}

    async def link_mic(self, request: Request) -> dict[str, Any]:
        link_mic = self._show(request).link_mic
        requests = {"requests": link_mic.requests()} if request.is_admin else {}
        return {"participants": link_mic.participants()} | requests

    async def pk(self, request: Request) -> dict[str, Any] | None:
        battle = self._show(request).battle
        return None if battle is None else battle.view()

    async def pks(self, request: Request) -> dict[str, Any]:
        del request
        return {"pk": [battle.view() for battle in self._battling.running()]}

    async def robots(self, request: Request) -> dict[str, Any]:
        return await self._simulating.view(self._show(request))

    async def add_robots(self, request: Request) -> dict[str, Any]:
        coming = await self._simulating.order(self._show(request), request.body)
        return {"coming": [msgspec.structs.asdict(person) for person in coming]}

    async def remove_robots(self, request: Request) -> dict[str, Any]:
        show = self._show(request)
        removed = await self._simulating.end(show)
        self._studio.rearm(show)
        return {"removed": removed}

    def _show(self, request: Request) -> Show:
        return self._studio.show(request.path["room_id"])

    async def _changed(self, request: Request) -> dict[str, Any]:
        show = self._show(request)
        self._studio.rearm(show)
        return show.view(self._studio.now())

    async def _show_id(self, request: Request) -> str:
        room_id = request.path["room_id"]
        show = self._studio.shows.get(room_id)
        record = show.record if show is not None else await self._studio.archive.last_show(room_id)
        if record is None:
            raise RoomApiError(Code.ROOM_NOT_FOUND, f"{room_id!r} has seen no show")
        return record.show_id

    async def _records(self, request: Request, collection: str, name: str, order_by: str) -> dict[str, Any]:
        page = Page.of(request)
        show_id = await self._show_id(request)
        found, total = await self._studio.archive.page(collection, show_id, order_by, page.size, page.offset)
        return {name: found, "total": total}
