"""A token for whoever asks, in `--dev` only: the page and LiveKit's TokenSource get in without a server of one's own.

POST JSON `{room_name, participant_name, participant_identity, participant_metadata, participant_attributes,
room_config}`, every field optional; answer `{server_url, participant_token}`. Source: specs/livekit.md §2.8.
"""

import secrets
import time
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException, ValidationException
from litestar.handlers import HTTPRouteHandler

from roomful.auth import Grant, VideoGrant, mint

TOKEN_SECONDS = 6 * 3600.0

NOT_IN_DEVELOPMENT = (
    "tokens are given out in development mode only (roomful serve --dev); "
    "make one with `roomful token create`, or in your own back end"
)

Name = Annotated[str, msgspec.Meta(max_length=256)]


class TokenRequest(msgspec.Struct, kw_only=True):
    """Who wants to join, and which room. What is left out is made up."""

    room_name: Name = ""
    participant_name: Name = ""
    participant_identity: Name = ""
    participant_metadata: str = ""
    participant_attributes: dict[str, str] = {}
    room_config: dict[str, Any] | None = None


class TokenAnswer(msgspec.Struct, kw_only=True):
    """Where to connect and with what."""

    server_url: str
    participant_token: str


def token_endpoint(keys: dict[str, str], *, development: bool) -> HTTPRouteHandler:
    """The handler of `POST /api/token`."""

    @post("/api/token", status_code=200, tags=["development"], summary="A token to join a room, in --dev")
    async def create_token(request: Request[Any, Any, State]) -> TokenAnswer:
        if not development:
            raise NotFoundException(NOT_IN_DEVELOPMENT)
        wanted = await _read(request)
        key, secret = next(iter(keys.items()))
        # Two visitors of the same name are two participants: only a given identity replaces the one who has it.
        identity = wanted.participant_identity or _made_up_identity(wanted.participant_name)
        grant = Grant(
            identity=identity,
            name=wanted.participant_name or identity,
            video=VideoGrant(
                room_join=True, room=wanted.room_name or "my-room", can_update_own_metadata=True, room_create=True
            ),
            metadata=wanted.participant_metadata,
            attributes=wanted.participant_attributes,
            room_config=wanted.room_config,
        )
        scheme = "wss" if request.scope["scheme"] == "https" else "ws"
        return TokenAnswer(
            server_url=f"{scheme}://{request.headers.get('host', 'localhost')}",
            participant_token=mint(grant, key, secret, TOKEN_SECONDS, time.time()),
        )

    return create_token


async def _read(request: Request[Any, Any, State]) -> TokenRequest:
    body = await request.body()
    try:
        return msgspec.json.decode(body, type=TokenRequest) if body.strip() else TokenRequest()
    except msgspec.DecodeError as error:
        raise ValidationException(str(error)) from None


def _made_up_identity(name: str) -> str:
    readable = "-".join(name.lower().split())[:32] or "guest"
    return f"{readable}-{secrets.token_hex(3)}"
