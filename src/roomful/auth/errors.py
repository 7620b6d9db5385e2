"""Why a token was refused.

`str(error)` is the sentence a client is shown. The sentences are LiveKit's, because its SDKs print them; none of
them repeats the token, which would put a live credential into logs.
"""

from enum import StrEnum


class TokenErrorKind(StrEnum):
    MISSING = "missing"
    """No token in the request at all."""
    MALFORMED = "malformed"
    """Not a JWT, or its claims have the wrong shape."""
    UNKNOWN_KEY = "unknown_key"
    """`iss` names no API key of this server."""
    ALGORITHM = "algorithm"
    """Signed with anything but HS256, `none` included."""
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    """`exp` has passed, or there is none."""
    NOT_YET_VALID = "not_yet_valid"
    NO_VIDEO_GRANT = "no_video_grant"
    """A good token that says nothing about rooms."""


class TokenError(Exception):
    """A token that opens nothing. HTTP answer: 401 with `str(error)` as plain text."""

    def __init__(self, kind: TokenErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
