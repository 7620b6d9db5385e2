"""The addresses: `/whip/v1` and `/whep/v1` for tokens, `/w` for stream keys, and the sessions below them."""

from typing import Literal, TypeAlias

import msgspec

Door: TypeAlias = Literal["whip", "whep", "w"]

PREFIXES = ("/whip", "/whep", "/w")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a path means."""

    door: Door
    key: str = ""
    """Stream key in the path."""
    session: str = ""
    """Session id; empty for the endpoint itself."""


def session_path(route: Route, secret: str, session: str) -> str:
    """The path of a session made at this route. Below `/w` the stream key is in it, as `secret`, and lets one in."""
    return f"/w/{secret}/{session}" if route.door == "w" else f"/{route.door}/v1/{session}"


def route_of(path: str) -> Route | None:
    """None for a path that means nothing."""
    match path.strip("/").split("/"):
        case ["whip", "v1", *rest] if len(rest) <= 1:
            return Route(door="whip", session="".join(rest))
        case ["whep", "v1", *rest] if len(rest) <= 1:
            return Route(door="whep", session="".join(rest))
        case ["w", *rest] if len(rest) <= 2:
            return Route(door="w", key="".join(rest[:1]), session="".join(rest[1:]))
        case _:
            return None
