"""Which grants a call needs. All raise TwirpError (unauthenticated). specs/livekit.md §1.3."""

from roomful.auth import Grant
from roomful.protocols.livekit.room_service.errors import denied


def require_create(grant: Grant) -> None:
    if not grant.video.room_create:
        raise denied()


def require_list(grant: Grant) -> None:
    if not grant.video.room_list:
        raise denied()


def require_record(grant: Grant) -> None:
    if not grant.video.room_record:
        raise denied()


def require_ingress(grant: Grant) -> None:
    if not grant.video.ingress_admin:
        raise denied()


def require_destination(grant: Grant, room: str, destination: str) -> None:
    """The grant must be for both rooms."""
    require_admin(grant, room)
    if not destination or grant.video.destination_room != destination:
        raise denied()


def require_admin(grant: Grant, room: str) -> None:
    """The grant must be for this very room."""
    if not (grant.video.room_admin and room and grant.video.room == room):
        raise denied()
