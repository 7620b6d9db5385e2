"""Who somebody is: by a token of our own, of another back end, or by asking a service. specs/monibuca-rooms.md §1.2.

Every way ends in the same `Identity`. Nothing here waits: in mode `http` a `Question` comes out, whose answer is judged
when it is there.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlencode

import jwt
import msgspec

from roomful.auth import Grant, TokenError, TokenErrorKind, TokenVerifier
from roomful.config import RoomAuthConfig
from roomful.rooms.extension import Code, Role, RoomApiError
from roomful.rooms.extension.reading import read_json

MAX_CACHED = 10_000
LEEWAY = 60.0
"""Seconds by which clocks of token makers may be off."""

_AnyText = Annotated[str, msgspec.Meta(max_length=256)]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who wants to join says."""

    token: str
    room_id: str
    room_type: str
    user_id: str
    user_name: str
    ip: str
    headers: Mapping[str, str] = {}
    """Of the upgrade request, names in lower case."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody has turned out to be."""

    user_id: str
    user_name: str
    role: Role | None = None
    """None: the room decides."""
    avatar: str = ""
    permissions: frozenset[str] = frozenset()
    extra: dict[str, Any] = {}
    expires_at: float | None = None
    """Unix seconds; then the member is removed."""
    grant: Grant | None = None
    """Of a token of our own: its rights on media."""
    verified: bool = True
    """False where everybody is believed."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request to the external service."""

    method: Literal["POST", "GET"]
    url: str
    headers: dict[str, str]
    content: bytes
    within: float
    """Seconds."""


class Reply(msgspec.Struct, frozen=True):
    """Its answer."""

    status: int
    body: bytes


class _ServiceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    ok: bool = True
    message: str = ""
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] | int | None = None
    user_name: _AnyText | None = None
    role: Role | None = None
    avatar: Annotated[str, msgspec.Meta(max_length=2048)] = ""
    permissions: list[_AnyText] | None = None
    extra: dict[str, Any] | None = None
    expires_at: float | None = None


class _TokenClaims(msgspec.Struct, frozen=True, kw_only=True):
    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    name: _AnyText = ""
    role: Role | None = None
    room: str | list[str] | None = None
    exp: float | None = None
    nbf: float | None = None


_CacheKey: TypeAlias = tuple[str, str, str, tuple[tuple[str, str], ...]]
_claims = msgspec.json.Decoder(_TokenClaims)


class Verification:
    """The rules of one server."""

    def __init__(self, auth: RoomAuthConfig, keys: TokenVerifier) -> None:
        """`auth.mode` is decided already (`roomful.config.effective`)."""
        self._auth = auth
        self._keys = keys
        self._signer = jwt.PyJWS(algorithms=list(auth.jwt.algorithms))
        self._cache: OrderedDict[_CacheKey, tuple[float, Identity]] = OrderedDict()
        """Good answers and when they are too old."""

    @property
    def needs_token(self) -> bool:
        """Nobody gets in without a token."""
        return self._auth.mode in ("keys", "jwt")

    @property
    def believes_everybody(self) -> bool:
        return self._auth.mode == "none"

    def check_token(self, token: str, room_id: str, now: float) -> Identity | None:
        """Who the bearer is, as far as the token alone tells; None if it tells nothing, as in modes none and http.

        Raises RoomApiError (UNAUTHORIZED, TOKEN_EXPIRED, FORBIDDEN).
        """
        own = self._by_own_token(token, room_id, now)
        if own is not None or self._auth.mode in ("none", "http"):
            return own
        if not token:
            raise _unauthorized("a token is needed")
        if self._auth.mode == "jwt":
            return self._by_foreign_token(token, room_id, now)
        raise _unauthorized("the token is not signed with one of this server's API keys")

    def begin(self, claim: Claim, now: float) -> Identity | Question:
        """Verify, or say what to ask. Raises RoomApiError."""
        identity = self.check_token(claim.token, claim.room_id, now)
        if identity is not None:
            return self.same_user(claim, identity)
        if self._auth.mode == "none":
            return Identity(user_id=claim.user_id, user_name=claim.user_name, verified=False)
        cached = self._cached(self._cache_key(claim), now)
        return cached if cached is not None else self._question(claim)

    def judge(self, claim: Claim, reply: Reply | None, now: float) -> Identity:
        """Who it is by the service's answer; None stands for no answer. Raises RoomApiError."""
        answer = None if reply is None or reply.status in (401, 403) else _read_answer(reply)
        if reply is not None and (reply.status in (401, 403) or (answer is not None and not answer.ok)):
            raise _unauthorized(_message_of(reply) or "the user is not accepted")
        if answer is None:
            return self._without_service(claim)
        if answer.expires_at is not None and answer.expires_at <= now:
            raise RoomApiError(Code.TOKEN_EXPIRED, "the token is no longer valid")
        identity = Identity(
            user_id=str(answer.user_id) if answer.user_id is not None else claim.user_id,
            user_name=claim.user_name if answer.user_name is None else answer.user_name,
            role=answer.role,
            avatar=answer.avatar,
            permissions=frozenset(answer.permissions or ()),
            extra=answer.extra or {},
            expires_at=answer.expires_at,
        )
        self._keep(self._cache_key(claim), identity, now)
        return identity

    def same_user(self, claim: Claim, identity: Identity) -> Identity:
        """The identity of a token, for who claims to be that user. Raises RoomApiError (FORBIDDEN)."""
        if claim.user_id != identity.user_id:
            raise RoomApiError(Code.FORBIDDEN, "the token is another user's")
        return identity if identity.user_name else msgspec.structs.replace(identity, user_name=claim.user_name)

    # Tokens

    def own_grant(self, token: str, now: float) -> Grant | None:
        """What a token of one of the server's API keys allows; None for any other."""
        try:
            return self._keys.verify(token, now)
        except TokenError:
            return None

    def _by_own_token(self, token: str, room_id: str, now: float) -> Identity | None:
        if token.count(".") != 2:
            return None
        try:
            grant = self._keys.verify(token, now)
        except TokenError as error:
            if error.kind is TokenErrorKind.EXPIRED:
                raise RoomApiError(Code.TOKEN_EXPIRED, str(error)) from None
            if error.kind is TokenErrorKind.NO_VIDEO_GRANT:
                raise RoomApiError(Code.FORBIDDEN, "the token does not allow to join a room") from None
            return None
        video = grant.video
        if not video.room_join or video.room != room_id:
            raise RoomApiError(Code.FORBIDDEN, "the token does not allow to join this room")
        return Identity(
            user_id=grant.identity,
            user_name=grant.name,
            role=_role_of(grant),
            expires_at=None,  # as everywhere with these tokens: they let in, and say nothing of how long one may stay
            grant=grant,
        )

    def _by_foreign_token(self, token: str, room_id: str, now: float) -> Identity:
        try:
            payload = self._signer.decode(token, key=self._auth.jwt.secret, algorithms=list(self._auth.jwt.algorithms))
            claims = _claims.decode(payload)
        except (jwt.InvalidTokenError, msgspec.MsgspecError, ValueError, RecursionError):
            raise _unauthorized("the token is not valid") from None
        if claims.exp is not None and now > claims.exp + LEEWAY:
            raise RoomApiError(Code.TOKEN_EXPIRED, "the token is no longer valid")
        if claims.nbf is not None and now < claims.nbf - LEEWAY:
            raise _unauthorized("the token is not valid yet")
        rooms = [claims.room] if isinstance(claims.room, str) else claims.room
        if rooms is not None and "*" not in rooms and room_id not in rooms:
            raise RoomApiError(Code.FORBIDDEN, "the token does not allow to join this room")
        return Identity(user_id=claims.sub, user_name=claims.name, role=claims.role, expires_at=claims.exp)

    # The external service

    def _question(self, claim: Claim) -> Question:
        verify = self._auth.verify
        headers = self._forwarded(claim) | {name.lower(): value for name, value in verify.header.items()}
        fields = {
            "token": claim.token,
            "room_id": claim.room_id,
            "room_type": claim.room_type,
            "user_id": claim.user_id,
            "user_name": claim.user_name,
            "ip": claim.ip,
            "user_agent": claim.headers.get("user-agent", ""),
        }
        if verify.method == "GET":
            separator = "&" if "?" in verify.url else "?"
            url, content = f"{verify.url}{separator}{urlencode(fields)}", b""
        else:
            url, content = verify.url, msgspec.json.encode(fields)
            headers["content-type"] = "application/json"
        return Question(method=verify.method, url=url, headers=headers, content=content, within=float(verify.timeout))

    def _forwarded(self, claim: Claim) -> dict[str, str]:
        names = {name.lower() for name in self._auth.verify.forward_headers}
        return {name: value for name, value in claim.headers.items() if name in names}

    def _without_service(self, claim: Claim) -> Identity:
        if not self._auth.verify.fail_open:
            raise RoomApiError(Code.VERIFY_UNAVAILABLE, "users cannot be verified at the moment: try again later")
        return Identity(user_id=claim.user_id, user_name=claim.user_name, role=Role.VIEWER)

    def _cache_key(self, claim: Claim) -> _CacheKey:
        """What was forwarded belongs to it: a cookie is as good a credential as a token, and must not be lent."""
        return claim.token, claim.room_id, claim.user_id, tuple(sorted(self._forwarded(claim).items()))

    def _cached(self, key: _CacheKey, now: float) -> Identity | None:
        until, identity = self._cache.get(key, (0.0, None))
        if identity is None or now >= until or (identity.expires_at is not None and now >= identity.expires_at):
            return None
        return identity

    def _keep(self, key: _CacheKey, identity: Identity, now: float) -> None:
        if self._auth.verify.cache_ttl:
            self._cache[key] = (now + self._auth.verify.cache_ttl, identity)
            self._cache.move_to_end(key)
            while len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)


def _read_answer(reply: Reply) -> _ServiceAnswer | None:
    """None for what is no answer. An empty body accepts as claimed."""
    if reply.status != 200:
        return None
    if not reply.body.strip():
        return _ServiceAnswer()
    try:
        return msgspec.convert(read_json(reply.body), _ServiceAnswer)
    except (ValueError, msgspec.ValidationError):
        return None


def _message_of(reply: Reply) -> str:
    """What the service says of a refusal; it is shown to the client, so it is kept short."""
    try:
        value = read_json(reply.body)
    except ValueError:
        return ""
    match value:
        case {"message": str(message)}:
            return message[:256]
        case _:
            return ""


def _role_of(grant: Grant) -> Role | None:
    """What our own tokens say about it. An attribute `role` is for tokens that are made for this protocol."""
    try:
        return Role(grant.attributes.get("role", ""))
    except ValueError:
        pass
    if grant.video.room_admin:
        return Role.ADMIN if grant.video.hidden else Role.HOST
    return None if grant.video.can_publish else Role.VIEWER


def _unauthorized(message: str) -> RoomApiError:
    return RoomApiError(Code.UNAUTHORIZED, message)
