"""`/api/rooms/{room}/webhooks`: what was told of a room, and to have it told again. The token needs `roomAdmin`."""

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from roomful.auth import TokenVerifier
from roomful.protocols.livekit.webhooks import Webhooks
from roomful.storage import StoredEvent
from roomful.web.administering import Asked, authorize, read_body

Count = Annotated[int, msgspec.Meta(ge=0)]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One event."""

    id: str
    event: str
    room_sid: str
    sequence: int
    """Counts the events of this life of the room, from 1 on: `X-Roomful-Sequence` of the request."""
    created_at: float
    """Unix seconds."""
    body: Any
    """As it was sent."""


class Replay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events are sent again."""

    room_sid: str = ""
    """Of this life of the room; empty: of all."""
    after: Count = 0
    """Those with a later sequence number."""
    since: float = 0.0
    """Unix seconds; those that are not older."""
    url: str = ""
    """To this one of the configured receivers; empty: to all."""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    events: list[Told]
    more: bool
    """There are more: ask again, `after` the last."""


def webhook_endpoints(webhooks: Webhooks, verifier: TokenVerifier) -> list[HTTPRouteHandler]:
    """The handlers."""

    @get("/api/rooms/{room_name:str}/webhooks", tags=["webhooks"], summary="What was told of a room")
    async def index(
        request: Asked,
        room_name: str,
        room_sid: str = "",
        after: Annotated[int, Parameter(ge=0)] = 0,
        since: float = 0.0,
        limit: Annotated[int, Parameter(ge=1, le=1000)] = 100,
    ) -> list[Told]:
        authorize(request, verifier, room_name)
        events = await webhooks.told(room_name, since=since, subject=room_sid, after=after, limit=limit)
        return [_told(event) for event in events]

    @post("/api/rooms/{room_name:str}/webhooks/replay", status_code=200, tags=["webhooks"], summary="Tell it again")
    async def replay(request: Asked, room_name: str) -> Replayed:
        authorize(request, verifier, room_name)
        wanted = await read_body(request, Replay)
        if wanted.url and not webhooks.is_target(wanted.url):
            raise HTTPException("url is not one of webhook.urls", status_code=400)
        events, more = await webhooks.replay(
            room_name, since=wanted.since, subject=wanted.room_sid, after=wanted.after, url=wanted.url
        )
        return Replayed(events=[_told(event) for event in events], more=more)

    return [index, replay]


def _told(event: StoredEvent) -> Told:
    return Told(
        id=event.id,
        event=event.event,
        room_sid=event.subject,
        sequence=event.sequence,
        created_at=event.created_at,
        body=msgspec.json.decode(event.body),
    )
