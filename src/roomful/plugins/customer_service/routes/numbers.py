"""Statistics and ratings over HTTP."""

from typing import Any

from roomful.plugins.customer_service.ids import iso
from roomful.plugins.customer_service.office import Office
from roomful.plugins.customer_service.staff import Staff
from roomful.plugins.customer_service.statistics import overview, ratings
from roomful.rooms.extension import Request, Route
from roomful.rooms.extension.paging import Page


def number_routes(office: Office, staff: Staff) -> list[Route]:
    api = _Numbers(office, staff)
    return [
        Route(method="GET", path="/customer-service/stats", handler=api.stats, summary="Statistics"),
        Route(method="GET", path="/customer-service/ratings", handler=api.ratings, summary="List ratings"),
        Route(
            method="GET",
            path="/customer-service/ratings/stats",
            handler=api.rating_stats,
            summary="Ratings, added up",
        ),
    ]


class _Numbers:
    def __init__(self, office: Office, staff: Staff) -> None:
        self._office = office
        self._staff = staff

    async def stats(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        return await overview(self._office.archive, self._office.centre.desk, self._office.now())

    async def ratings(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        page = Page.of(request)
        where = {"agent_id": agent_id} if (agent_id := request.query.get("agent_id")) else {}
        found, total = await self._office.archive.page_of_ratings(where, page.size, page.offset)
        names = ("session_id", "agent_id", "agent_name", "customer_name", "score", "comment")
        return {
            "ratings": [{name: getattr(one, name) for name in names} | {"created_at": iso(one.at)} for one in found],
            "total": total,
        }

    async def rating_stats(self, request: Request) -> dict[str, Any]:
        self._staff.require(request)
        return await ratings(self._office.archive.ratings())
