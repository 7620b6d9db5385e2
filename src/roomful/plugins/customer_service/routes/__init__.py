"""The HTTP API of the customer service. specs/monibuca-rooms.md §8.7."""

from roomful.plugins.customer_service.actions import Actions
from roomful.plugins.customer_service.audio_files import AudioFiles
from roomful.plugins.customer_service.office import Office
from roomful.plugins.customer_service.reception import Reception
from roomful.plugins.customer_service.routes.agents import agent_routes
from roomful.plugins.customer_service.routes.calls import call_routes
from roomful.plugins.customer_service.routes.files import file_routes
from roomful.plugins.customer_service.routes.numbers import number_routes
from roomful.plugins.customer_service.routes.sessions import session_routes
from roomful.plugins.customer_service.staff import Staff
from roomful.rooms.extension import Route


def routes(office: Office, actions: Actions, staff: Staff, reception: Reception, files: AudioFiles) -> list[Route]:
    return [
        *session_routes(office, staff, reception),
        *call_routes(office, actions, staff),
        *agent_routes(office, staff),
        *number_routes(office, staff),
        *file_routes(files, staff),
    ]
