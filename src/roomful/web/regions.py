"""`/settings/regions`: where clients may connect to, as LiveKit's SDKs ask for it. specs/livekit.md §0.2.

One server is one region. SDKs ask only hosts of LiveKit's own cloud; others may, with a token to join.
"""

from typing import Any

from litestar import get
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from roomful.auth import TokenVerifier
from roomful.web.administering import Asked
from roomful.web.bearer import grant_of

PREFIX = "/settings"


def regions_endpoint(region: str, verifier: TokenVerifier) -> HTTPRouteHandler:
    """The handler. `region` is the configured name; a server without one has no list."""

    @get(f"{PREFIX}/regions", tags=["server"], summary="The regions of this server: its own")
    async def regions(request: Asked) -> dict[str, Any]:
        if not grant_of(request, verifier).video.room_join:
            raise HTTPException("the token does not allow to join a room", status_code=403)
        if not region:
            raise HTTPException("this server has no region", status_code=404)
        scheme = "wss" if request.url.scheme in ("https", "wss") else "ws"
        return {"regions": [{"region": region, "url": f"{scheme}://{request.url.netloc}", "distance": "0"}]}

    return regions
