"""One live stream: its variants and renditions, and all that is stored of it. specs/room-signals.md §13.

No I/O and no clock. Whoever stores pieces asks `check` first, then stores, then calls `apply`: so no playlist names
what is not there yet.
"""

from collections import deque
from collections.abc import Iterator

from roomful.protocols.room_signals.uploads.media_playlist import ListedSegment, MediaPlaylist
from roomful.protocols.room_signals.uploads.messages import (
    Action,
    BadSignal,
    DataSignal,
    Payload,
    Rendition,
    Segment,
    Variant,
)

KEPT_SECONDS = 60.0
"""How long pieces stay that no playlist lists any more: players may be about to ask for them."""
MASTER = "playlist"
MAX_PLAYLISTS = 32
"""Variants and renditions of one stream."""
MAX_STORED_BYTES = 256 * 1024 * 1024
MAX_REMEMBERED = 1024
"""Ids of messages that are known when they come again."""


class StreamFull(Exception):
    """More is stored of this stream than may be."""


class Livestream:
    """See the module."""

    def __init__(self) -> None:
        self.playlists: dict[str, MediaPlaylist] = {}
        """By id of the variant or rendition."""
        self.stored_bytes = 0
        self.ended_at: float | None = None
        self.changes = 0
        """Grows with everything that makes a playlist another one."""
        self._variants: dict[str, Variant] = {}
        self._renditions: dict[str, Rendition] = {}
        self._sizes: dict[str, int] = {}
        """Of stored pieces, by name."""
        self._leaving: deque[tuple[float, tuple[str, ...]]] = deque()
        self._answered: dict[str, int] = {}
        """Delay in milliseconds that a message was answered with."""

    # What comes up

    def answered(self, message_id: str) -> int | None:
        """The delay that a message of this id was answered with before."""
        return self._answered.get(message_id)

    def check(self, signal: DataSignal) -> None:
        """Look whether the signal can be applied. Raises BadSignal, StreamFull."""
        if self.ended_at is not None:
            raise BadSignal("the stream is over")
        payload = signal.payload
        if self.stored_bytes + sum(len(data) for _, data in pieces(payload)) > MAX_STORED_BYTES:
            raise StreamFull
        owner = payload.variant or payload.rendition
        if owner is None or payload.segment is None:
            raise BadSignal("nothing is named that could be updated")
        if signal.action in (Action.UPDATE_VARIANT, Action.UPDATE_RENDITION):
            self._check_owner(owner)
        else:
            playlist = self.playlists.get(owner.id)
            if playlist is None:
                raise BadSignal(f"{owner.id} is unknown: updateVariant or updateRendition comes first")
            playlist.check(payload.segment, payload.part)
            self._check_names(playlist, payload)
        self._check_map(payload.segment)

    def apply(self, signal: DataSignal, delay: int, now: float) -> None:
        """The pieces of a checked signal are stored: list them."""
        payload, segment = signal.payload, signal.payload.segment
        for name, data in pieces(payload):
            self.stored_bytes += len(data) - self._sizes.get(name, 0)
            self._sizes[name] = len(data)
        owner = payload.variant or payload.rendition
        if owner is None or segment is None:
            return
        if signal.action in (Action.UPDATE_VARIANT, Action.UPDATE_RENDITION):
            self._add(owner, segment)
        else:
            playlist = self.playlists[owner.id]
            left = playlist.add_segment(segment) if payload.part is None else playlist.add_part(segment, payload.part)
            for one in left:
                self._leaving.append((now + KEPT_SECONDS, tuple(one.names)))
        self.changes += 1
        self._answered[signal.id] = delay
        if len(self._answered) > MAX_REMEMBERED:
            del self._answered[next(iter(self._answered))]

    def end(self, now: float) -> None:
        """The streamer is gone."""
        if self.ended_at is None:
            self.ended_at = now
            self.changes += 1
            for playlist in self.playlists.values():
                playlist.end()

    def take_gone(self, now: float) -> list[str]:
        """Names of pieces to be deleted now. After the end, and a while, that is all of them."""
        gone: list[str] = []
        while self._leaving and self._leaving[0][0] <= now:
            gone += self._leaving.popleft()[1]
        if self.is_over(now):
            gone = list(self._sizes)
        gone = [name for name in gone if name in self._sizes]
        for name in gone:
            self.stored_bytes -= self._sizes.pop(name)
        return gone

    def is_over(self, now: float) -> bool:
        """Say whether nothing of it can be had any more."""
        return self.ended_at is not None and now >= self.ended_at + KEPT_SECONDS

    # What goes down

    def stored_as(self, name: str) -> list[str]:
        """Names of the stored pieces that make up a file; empty if there is no such file."""
        if name in self._sizes:
            return [name]
        segments = (playlist.find(name) for playlist in self.playlists.values())
        segment: ListedSegment | None = next((one for one in segments if one is not None), None)
        return segment.pieces if segment is not None else []

    def master(self) -> str:
        """The playlist of all variants."""
        lines = ["#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-INDEPENDENT-SEGMENTS"]
        lines += [_media_line(rendition) for rendition in self._renditions.values()]
        for variant in self._variants.values():
            line = f"#EXT-X-STREAM-INF:BANDWIDTH={variant.bandwidth}"
            line += f',CODECS="{variant.codecs}"' if variant.codecs else ""
            line += f',AUDIO="{variant.audio}"' if variant.audio else ""
            lines += [line, f"{variant.id}.m3u8"]
        return "\n".join(lines) + "\n"

    def _check_owner(self, owner: Variant | Rendition) -> None:
        if owner.id == MASTER:
            raise BadSignal(f"{MASTER} is the name of the playlist of all variants")
        others = self._renditions if isinstance(owner, Variant) else self._variants
        if owner.id in others:
            raise BadSignal(f"{owner.id} is used already, by another kind of thing")
        if owner.id not in self.playlists and len(self.playlists) >= MAX_PLAYLISTS:
            raise BadSignal(f"a stream has at most {MAX_PLAYLISTS} variants and renditions")
        if owner.target_duration is None:
            raise BadSignal("targetDuration is missing")

    def _check_names(self, playlist: MediaPlaylist, payload: Payload) -> None:
        """A name is used for one thing."""
        segment, part = payload.segment, payload.part
        name = part.id if part is not None else (segment.id or "" if segment is not None else "")
        known = {one.name for one in playlist.segments} if part is None else set[str]()
        if (name in self._sizes and name not in known) or name.endswith(".m3u8"):
            raise BadSignal(f"{name} is the name of something else")

    def _check_map(self, segment: Segment) -> None:
        if segment.map is not None and not segment.map.data and segment.map.id not in self._sizes:
            raise BadSignal(f"{segment.map.id} is unknown: payload.segment.map.data is missing")
        if segment.map is not None and segment.map.id.endswith(".m3u8"):
            raise BadSignal(f"{segment.map.id} is the name of a playlist")

    def _add(self, owner: Variant | Rendition, segment: Segment) -> None:
        if isinstance(owner, Variant):
            self._variants.setdefault(owner.id, owner)
        else:
            self._renditions.setdefault(owner.id, owner)
        if owner.id not in self.playlists and segment.map is not None:
            self.playlists[owner.id] = MediaPlaylist(
                owner.target_duration or 1, owner.target_part_duration, segment.map.id
            )


def pieces(payload: Payload) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of everything that a signal brings."""
    segment, part = payload.segment, payload.part
    if segment is not None and segment.map is not None and segment.map.data:
        yield segment.map.id, segment.map.data
    if segment is not None and segment.data and segment.id is not None:
        yield segment.id, segment.data
    if part is not None and part.data:
        yield part.id, part.data


def _media_line(rendition: Rendition) -> str:
    line = f'#EXT-X-MEDIA:TYPE={rendition.type},GROUP-ID="{rendition.group_id}",NAME="{rendition.name}"'
    line += f',LANGUAGE="{rendition.language}"' if rendition.language else ""
    line += ",DEFAULT=YES" if rendition.is_default else ""
    line += ",AUTOSELECT=YES" if rendition.auto_select or rendition.is_default else ""
    return f'{line},URI="{rendition.id}.m3u8"'
