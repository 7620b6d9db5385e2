"""`POST /api/egress/{egress_id}/links`: where the HLS of an egress can be watched, for whoever has the link."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Request, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException, PermissionDeniedException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from livekit.protocol.egress import EgressInfo, SegmentsInfo

from roomful.auth import HlsGrant, TokenVerifier, mint_hls
from roomful.web.bearer import grant_of
from roomful.web.hls import PREFIX

DAY_SECONDS = 24 * 3600
NOT_HERE = "this egress has no HLS playlist on this server (yet)"


class NewLinks(msgspec.Struct, kw_only=True):
    """How long the links are to hold."""

    seconds: Annotated[int, msgspec.Meta(ge=1, le=366 * DAY_SECONDS)] = DAY_SECONDS


class HlsLink(msgspec.Struct, kw_only=True):
    """One segment output of the egress."""

    url: str
    """All of it, from the beginning."""
    live_url: str
    """What is shown now; empty if no live playlist was asked for."""
    expires_at: int
    """Unix seconds."""


def hls_links_endpoint(
    find: Callable[[str], Sequence[EgressInfo]], keys: Mapping[str, str], verifier: TokenVerifier
) -> HTTPRouteHandler:
    """The handler. `find` gives the egresses with an id: one or none. The token needs `roomRecord`."""

    @post("/api/egress/{egress_id:str}/links", status_code=200, tags=["egress"], summary="Links to watch an egress by")
    async def make_links(request: Request[Any, Any, State], egress_id: FromPath[str]) -> list[HlsLink]:
        grant = grant_of(request, verifier)
        if not grant.video.room_record:
            raise PermissionDeniedException("the token does not have roomRecord")
        wanted = await _read(request)
        found = find(egress_id)
        if not found:
            raise NotFoundException("egress does not exist")
        # What was uploaded is gone from here.
        here = [one for one in found[0].segment_results if one.playlist_location.startswith("/")]
        if not here:
            raise NotFoundException(NOT_HERE)
        expires_at = int(time.time()) + wanted.seconds
        base = f"{request.scope['scheme']}://{request.headers.get('host', 'localhost')}{PREFIX}"
        # Signed by the key of who asks: links go with it when it is taken out of the configuration.
        return [_link(one, base, expires_at, grant.api_key, keys[grant.api_key]) for one in here]

    return make_links


def _link(segments: SegmentsInfo, base: str, expires_at: int, key: str, secret: str) -> HlsLink:
    playlist, live = segments.playlist_name, segments.live_playlist_name
    token = mint_hls(HlsGrant(playlist=playlist, live_playlist=live, expires_at=expires_at), key, secret)
    return HlsLink(
        url=f"{base}/{token}/{quote(playlist)}",
        live_url=f"{base}/{token}/{quote(live)}" if live else "",
        expires_at=expires_at,
    )


async def _read(request: Request[Any, Any, State]) -> NewLinks:
    body = await request.body()
    try:
        return msgspec.json.decode(body, type=NewLinks) if body.strip() else NewLinks()
    except msgspec.DecodeError as error:
        raise ValidationException(str(error)) from None
