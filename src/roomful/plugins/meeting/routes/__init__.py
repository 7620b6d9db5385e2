"""The HTTP API `/meeting/`. specs/monibuca-rooms.md §7.8."""

from roomful.plugins.meeting.floor import Floor
from roomful.plugins.meeting.routes.agenda import AgendaRoutes
from roomful.plugins.meeting.routes.meetings import MeetingRoutes
from roomful.plugins.meeting.routes.people import PeopleRoutes
from roomful.plugins.meeting.routes.results import ResultRoutes
from roomful.plugins.meeting.secretary import Secretary
from roomful.rooms.extension import Route


def routes(floor: Floor, secretary: Secretary) -> list[Route]:
    """All of them."""
    return [
        *MeetingRoutes(floor).routes,
        *AgendaRoutes(floor).routes,
        *PeopleRoutes(floor).routes,
        *ResultRoutes(floor, secretary).routes,
    ]
