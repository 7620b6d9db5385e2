"""The streams of a member by path, as WHIP and WHEP clients of the room service name them.

`room/{room}/{user}` is somebody's camera and microphone, `room/{room}/{user}/screen` a shared screen. What is special
in a path is percent-encoded: names of other protocols may hold anything. specs/monibuca-rooms.md §10.2.
"""

from collections.abc import Iterable
from urllib.parse import quote, unquote

import msgspec

from roomful.rooms.model import TrackSource

SCREEN_SOURCES = frozenset({TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO})
_ROOT, _SCREEN = "room", "screen"
MIX = "_mix"
"""Whose stream the mix of a room is, where one is made."""
_SAFE = ":@!$&'()*+,;=~"
"""What RFC 3986 §3.3 lets stand in a part of a path."""


class StreamPath(msgspec.Struct, frozen=True):
    """A member's stream."""

    room: str
    user_id: str
    screen: bool = False

    def __str__(self) -> str:
        parts = [_ROOT, quote(self.room, safe=_SAFE), quote(self.user_id, safe=_SAFE)]
        return "/".join([*parts, _SCREEN] if self.screen else parts)

    @classmethod
    def of(cls, room: str, user_id: str, source: TrackSource) -> "StreamPath":
        """The stream that a track of this source is part of."""
        return cls(room, user_id, source in SCREEN_SOURCES)

    @classmethod
    def parse(cls, path: str) -> "StreamPath | None":
        """Of a path as it stands in a URL; None for one that is no member's stream."""
        match path.split("/"):
            case [root, room, user, *rest] if root == _ROOT and room and user and rest in ([], [_SCREEN]):
                return cls(unquote(room), unquote(user), bool(rest))
            case _:
                return None

    @classmethod
    def within(cls, room: str, path: str) -> "StreamPath | None":
        """Of a path in this room; None for anything else."""
        found = cls.parse(path)
        return found if found is not None and found.room == room else None

    def holds(self, source: TrackSource) -> bool:
        """Say whether a track of this source is part of the stream."""
        return (source in SCREEN_SOURCES) == self.screen


def stream_paths(room: str, user_id: str, sources: Iterable[TrackSource]) -> tuple[str, ...]:
    """The paths of what a member publishes: camera and microphone first."""
    found = {source in SCREEN_SOURCES for source in sources}
    return tuple(str(StreamPath(room, user_id, screen)) for screen in sorted(found))
