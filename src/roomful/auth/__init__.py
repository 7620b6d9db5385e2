"""Who may do what: API keys, access tokens and the grants inside them.

LiveKit's JWT access tokens are the native currency (docs/explanation/tokens.md). Every other protocol's way of
proving who somebody is ends in the same `Grant`, so rooms and protocols know only that.
"""

from roomful.auth.bearer import bearer_token
from roomful.auth.errors import TokenError, TokenErrorKind
from roomful.auth.grants import Grant, HlsGrant, VideoGrant
from roomful.auth.tokens import TokenVerifier, mint, mint_hls

__all__ = [
    "Grant",
    "HlsGrant",
    "TokenError",
    "TokenErrorKind",
    "TokenVerifier",
    "VideoGrant",
    "bearer_token",
    "mint",
    "mint_hls",
]
