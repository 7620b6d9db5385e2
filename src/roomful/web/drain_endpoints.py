"""`/api/drain`: let the rooms finish, then stop. For who administers the server. `/ready` is for load balancers."""

from typing import Annotated, Protocol

import msgspec
from litestar import Response, delete, get, post
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from roomful.auth import bearer_token
from roomful.auth.admin import AdminCheck
from roomful.auth.errors import TokenError
from roomful.web.administering import Asked, read_body

MOST_SECONDS = 7 * 24 * 3600


class Draining(Protocol):
    """What is asked of the drain."""

    @property
    def until(self) -> float | None: ...
    @property
    def participants(self) -> int: ...
    def begin(self, seconds: float) -> None: ...
    def call_off(self) -> bool: ...


class WantedDrain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long rooms may go on."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=MOST_SECONDS)] | None = None
    """Not set: `drain_timeout`."""


class DrainState(msgspec.Struct, frozen=True, kw_only=True):
    draining: bool
    participants: int
    """How many are still there who keep a room open."""
    until: float | None
    """Unix seconds at which the server stops at the latest."""


def drain_endpoints(drain: Draining, seconds: float, is_admin: AdminCheck) -> list[HTTPRouteHandler]:
    """The handlers. `seconds`: for a request that does not say how long."""

    def check(request: Asked) -> None:
        headers = {name.decode("latin-1") for name, _ in request.scope["headers"]}
        try:
            bearer = bearer_token(request.scope["headers"], b"") or ""
        except TokenError as error:
            raise HTTPException(str(error), status_code=401) from None
        if not is_admin(bearer, request.client.host if request.client else "", headers):
            raise HTTPException("only who administers the server may do this: room.admin_token", status_code=403)

    def state() -> DrainState:
        return DrainState(draining=drain.until is not None, participants=drain.participants, until=drain.until)

    @get("/api/drain", tags=["server"], summary="Whether the server drains")
    async def look(request: Asked) -> DrainState:
        check(request)
        return state()

    @post("/api/drain", status_code=202, tags=["server"], summary="Open no more rooms; stop when all are empty")
    async def begin(request: Asked) -> DrainState:
        check(request)
        wanted = await read_body(request, WantedDrain)
        drain.begin(seconds if wanted.seconds is None else wanted.seconds)
        return state()

    @delete("/api/drain", status_code=200, tags=["server"], summary="Call the drain off")
    async def call_off(request: Asked) -> DrainState:
        check(request)
        if not drain.call_off():
            raise HTTPException("the server does not drain", status_code=409)
        return state()

    @get("/ready", tags=["server"], summary="Whether new rooms may be opened here", exclude_from_auth=True)
    async def ready() -> Response[str]:
        draining = drain.until is not None
        return Response("draining" if draining else "OK", status_code=503 if draining else 200, media_type="text/plain")

    return [look, begin, call_off, ready]
