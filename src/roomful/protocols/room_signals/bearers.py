"""Who is behind a connection: nobody in particular, or the bearer of a token. specs/room-signals.md §1.2."""

from typing import Annotated, Any

import jwt
import msgspec

from roomful.auth import Grant, TokenError, TokenErrorKind, TokenVerifier
from roomful.auth.tokens import LEEWAY
from roomful.config import RoomSignalsAuthConfig
from roomful.rooms.permissions import Permission


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says."""

    user_id: str
    name: str = ""
    fullname: str = ""
    avatar: str = ""
    """URL."""
    rooms: frozenset[str] | None = None
    """Ids of the rooms it is good for; None: all."""
    permission: Permission = Permission()
    """The most that it may do in a room."""
    may_create: bool = False
    """May make a room where a join may not."""
    token: str = ""
    """As it was sent; for extensions that look at it themselves."""

    def may_enter(self, rid: str) -> bool:
        return self.rooms is None or rid in self.rooms


class Unauthorized(Exception):
    """No token, or one that is not good here."""


class Bearers:
    """Reads the tokens of upgrades."""

    def __init__(self, auth: RoomSignalsAuthConfig, keys: TokenVerifier) -> None:
        """`auth.mode` is decided already (`roomful.config.effective`)."""
        self._auth = auth
        self._keys = keys
        self._signer = jwt.PyJWS(algorithms=list(auth.jwt.algorithms))

    @property
    def believes_everybody(self) -> bool:
        return self._auth.mode == "none"

    def bearer(self, token: str, now: float) -> Bearer | None:
        """None where nobody is asked for a token. Tokens of our own keys are good in every mode. Raises Unauthorized.

        Where everybody is believed, a bad token does no harm.
        """
        try:
            return self._read(token, now)
        except Unauthorized:
            if self.believes_everybody:
                return None
            raise

    def _read(self, token: str, now: float) -> Bearer:
        if not token:
            raise Unauthorized("a token is needed")
        try:
            return _of_grant(self._keys.verify(token, now), token)
        except TokenError as error:
            if error.kind is TokenErrorKind.EXPIRED:
                raise Unauthorized(str(error)) from None
        if self._auth.mode == "jwt":
            return self._of_foreign_token(token, now)
        raise Unauthorized("the token is not signed with one of this server's API keys")

    def _of_foreign_token(self, token: str, now: float) -> Bearer:
        try:
            algorithms = list(self._auth.jwt.algorithms)
            claims = _claims.decode(self._signer.decode(token, key=self._auth.jwt.secret, algorithms=algorithms))
        except (jwt.InvalidTokenError, msgspec.MsgspecError, ValueError, RecursionError):
            raise Unauthorized("the token is not valid") from None
        if claims.exp is not None and now > claims.exp + LEEWAY:
            raise Unauthorized("the token is no longer valid")
        if claims.nbf is not None and now < claims.nbf - LEEWAY:
            raise Unauthorized("the token is not valid yet")
        rooms = [claims.room] if isinstance(claims.room, str) else claims.room
        return Bearer(
            user_id=claims.sub,
            name=_text(claims.name),
            fullname=_text(claims.fullname),
            avatar=_text(claims.avatar),
            rooms=None if rooms is None or "*" in rooms else frozenset(rooms),
            token=token,
        )


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    name: Any = None
    fullname: Any = None
    avatar: Any = None
    room: str | list[str] | None = None
    exp: float | None = None
    nbf: float | None = None


_claims = msgspec.json.Decoder(_Claims)
MAX_TEXT = 1024
"""Characters kept of a claim that is shown."""


def _of_grant(grant: Grant, token: str) -> Bearer:
    video = grant.video
    if not video.room_join or not grant.identity:
        raise Unauthorized("the token does not allow to join a room")
    return Bearer(
        user_id=grant.identity,
        name=grant.name,
        fullname=grant.attributes.get("fullname", ""),
        avatar=grant.attributes.get("avatar", ""),
        rooms=frozenset({video.room}),
        permission=video.permission(),
        may_create=video.room_create,
        token=token,
    )


def _text(claim: Any) -> str:
    """Names are for people: what is no text is left out."""
    return claim[:MAX_TEXT] if isinstance(claim, str) else ""
