"""Where a request carries its token."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

from roomful.auth.errors import TokenError, TokenErrorKind

_PREFIX = b"Bearer "

# Not by parsing the query: strangers send it, and a megabyte of `&` would take a second.
_IN_QUERY = re.compile(rb"(?:^|&)access_token=([^&]*)")


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
    found = _IN_QUERY.search(query)
    return unquote_plus(found[1].decode("latin-1")) or None if found else None
