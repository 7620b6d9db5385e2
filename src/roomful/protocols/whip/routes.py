"""The addresses: `/whip/v1` and `/whep/v1` for tokens, `/w` for stream keys, `/webrtc` for streams by their path.

At `/webrtc/whip/{path}` and `/webrtc/whep/{path}` a member of a room sends and gets media beside its signalling.
specs/monibuca-rooms.md §10.1.
"""

from typing import Literal, TypeAlias

import msgspec

from roomful.rooms.stream_paths import StreamPath

Door: TypeAlias = Literal["whip", "whep", "w", "webrtc"]

PREFIXES = ("/whip", "/whep", "/w", "/webrtc")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a path means."""

    door: Door
    plays: bool = False
    """The client gets media."""
    key: str = ""
    """Stream key in the path."""
    stream: StreamPath | None = None
    """Below `/webrtc`."""
    session: str = ""
    """Session id; empty for the endpoint itself."""


def session_path(route: Route, secret: str, session: str) -> str:
    """The path of a session made at this route. Below `/w` the stream key is in it, as `secret`, and lets one in."""
    match route.door:
        case "w":
            return f"/w/{secret}/{session}"
        case "webrtc":
            return f"/webrtc/session/{session}"
        case door:
            return f"/{door}/v1/{session}"


def route_of(path: str) -> Route | None:
    """`path` as it stands in the URL, still percent-encoded. None for one that means nothing."""
    match path.strip("/").split("/"):
        case ["whip", "v1", *rest] if len(rest) <= 1:
            return Route(door="whip", session="".join(rest))
        case ["whep", "v1", *rest] if len(rest) <= 1:
            return Route(door="whep", plays=True, session="".join(rest))
        case ["w", *rest] if len(rest) <= 2:
            return Route(door="w", key="".join(rest[:1]), session="".join(rest[1:]))
        case ["webrtc", "session", session]:
            return Route(door="webrtc", session=session)
        case ["webrtc", "whip" | "whep" as way, *rest]:
            stream = StreamPath.parse("/".join(rest))
            return None if stream is None else Route(door="webrtc", plays=way == "whep", stream=stream)
        case _:
            return None
