"""Where a request carries its token."""

from collections.abc import Iterable
from urllib.parse import parse_qs

from roomful.auth.errors import TokenError, TokenErrorKind

_PREFIX = b"Bearer "


def bearer_token(headers: Iterable[tuple[bytes, bytes]], query: bytes) -> str | None:
    """The token of a request, or `None` when it carries none.

    `headers` are ASGI's (lower-case name, value) pairs. `Authorization: Bearer <token>` wins; the query parameter
    `access_token` is for browsers, which cannot set headers on WebSockets.

    Raises:
        TokenError: MALFORMED, when there is an Authorization header of another scheme.
    """
    for name, value in headers:
        if name == b"authorization" and value:
            if not value.startswith(_PREFIX):
                raise TokenError(TokenErrorKind.MALFORMED, "invalid authorization header. Must start with Bearer ")
            return value[len(_PREFIX) :].decode("latin-1").strip() or None
    if b"access_token" not in query:
        return None
    values = parse_qs(query.decode("latin-1")).get("access_token")
    return values[0] if values else None
