"""Tokens for the media of somebody who is in a room already: good for its WHIP and WHEP requests and for nothing else.

They have no `roomJoin`, so that nobody comes in with one; and who has left, or may no longer publish, is refused
whatever its token says. specs/monibuca-rooms.md §10.2.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from roomful.auth.grants import Grant, VideoGrant
from roomful.auth.tokens import mint

STREAM_TOKEN_SECONDS = 24 * 3600.0

StreamTokens: TypeAlias = Callable[[str, str, float], str]
"""From room, user id and now (unix seconds) to a token."""


def stream_tokens(keys: Mapping[str, str]) -> StreamTokens:
    """Sign with the first of the server's API keys."""
    key, secret = next(iter(keys.items()))

    def make(room: str, user_id: str, now: float) -> str:
        grant = Grant(identity=user_id, video=VideoGrant(room=room))
        return mint(grant, key, secret, STREAM_TOKEN_SECONDS, now)

    return make
