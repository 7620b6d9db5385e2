"""The playlist of one variant: a window of segments that moves on, the newest of them in parts.

draft-pantos-hls-rfc8216bis §4.4, §6.2; specs/room-signals.md §13.2.
"""

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from roomful.protocols.room_signals.uploads.messages import BadSignal, Part, Segment

WINDOW_SEGMENTS = 6
WINDOW_SECONDS = 30.0
"""A segment stays as long as it is one of the last `WINDOW_SEGMENTS` or begins within the last `WINDOW_SECONDS`."""
PART_SEGMENTS = 3
"""Finished segments whose parts are still listed."""
MAX_GAP = 3
"""Segments that may be missing in a row."""
MAX_PARTS = 256
"""Parts of one segment."""
HOLD_BACK_PARTS = 3
"""How many part durations players keep away from the end."""


@dataclass(slots=True)
class ListedSegment:
    """One segment of the window; only the last one may be unfinished."""

    name: str
    sequence: int
    duration: float
    map: str
    discontinuity: bool = False
    date: int | None = None
    """Milliseconds since 1970 of its first picture."""
    parts: list[Part] = field(default_factory=list[Part])
    """Without their data."""
    whole: bool = False
    """It was sent in one piece."""
    finished: bool = False

    @property
    def is_gap(self) -> bool:
        """Nothing of it ever came."""
        return self.finished and not self.whole and not self.parts

    @property
    def pieces(self) -> list[str]:
        """Names of what it is stored as."""
        return [self.name] if self.whole else [part.id for part in self.parts]

    @property
    def names(self) -> list[str]:
        """All that it occupies."""
        return [self.name, *(part.id for part in self.parts)]


class MediaPlaylist:
    """See the module."""

    def __init__(self, target: int, part_target: float | None, init: str) -> None:
        """Durations in seconds. `init` is the name of the initialization section."""
        self.target = target
        self.part_target = part_target
        self.ended = False
        self.segments: list[ListedSegment] = []
        self._map = init
        self._first_part: int | None = None
        """Number of the first part of a segment: some count from 0, some from 1."""
        self._dropped_discontinuities = 0

    # What comes up

    def check(self, segment: Segment, part: Part | None) -> None:
        """Look whether the piece can be added. Raises BadSignal."""
        last = self.segments[-1] if self.segments else None
        sequence = segment.sequence or 0
        known = self._at(sequence)
        if known is not None and known.name != segment.id:
            raise BadSignal(f"segment {sequence} is called {known.name}")
        if last is not None and known is None and sequence < last.sequence:
            raise BadSignal(f"segment {sequence} comes too late: {last.sequence} has begun")
        if last is not None and sequence > last.sequence + 1 + MAX_GAP:
            raise BadSignal(f"segment {sequence} is too far ahead: the last one was {last.sequence}")
        if part is not None:
            self._check_part(known, part)

    def add_segment(self, segment: Segment) -> list[ListedSegment]:
        """A whole segment is stored. Returns what has left the window."""
        listed = self._place(segment)
        listed.whole = True
        if not listed.finished:
            listed.finished, listed.duration = True, segment.duration or listed.duration
        return self._move()

    def add_part(self, segment: Segment, part: Part) -> list[ListedSegment]:
        """A part is stored. Returns what has left the window."""
        listed = self._place(segment)
        if self._first_part is None:
            self._first_part = min(part.sequence, 1)
        listed.parts.append(msgspec.structs.replace(part, data=b""))  # the bytes are in the storage
        return self._move()

    def end(self) -> None:
        """There will be no more."""
        self.ended = True
        self._finish_last()

    def _check_part(self, known: ListedSegment | None, part: Part) -> None:
        if known is not None and known.finished:
            raise BadSignal("the part comes too late: its segment is finished")
        if not part.data and not part.gap:
            raise BadSignal("payload.part.data is empty, and it is no gap")
        first = min(part.sequence, 1) if self._first_part is None else self._first_part
        parts = known.parts if known is not None else []
        expected = parts[-1].sequence + 1 if parts else first
        if part.sequence != expected:
            raise BadSignal(f"part {part.sequence} comes out of turn: the next one is {expected}")
        if len(parts) >= MAX_PARTS:
            raise BadSignal(f"a segment has at most {MAX_PARTS} parts")

    def _place(self, segment: Segment) -> ListedSegment:
        """The listed segment, or a new one after the last."""
        sequence = segment.sequence or 0
        listed = self._at(sequence)
        if listed is not None:
            return listed
        self._finish_last()
        if self.segments:
            for missing in range(self.segments[-1].sequence + 1, sequence):
                gap = ListedSegment(f"missing-{missing}", missing, float(self.target), self._map, finished=True)
                self.segments.append(gap)
        if segment.map is not None:
            self._map = segment.map.id
        date = segment.program_date_time
        listed = ListedSegment(
            name=segment.id or "",
            sequence=sequence,
            duration=segment.duration or float(self.target),
            map=self._map,
            discontinuity=segment.discontinuity,
            date=int(date) if date is not None else None,
        )
        self.segments.append(listed)
        return listed

    def _finish_last(self) -> None:
        """Complete a segment that was never sent whole from its parts."""
        last = self.segments[-1] if self.segments else None
        if last is not None and not last.finished:
            last.finished = True
            last.duration = sum(part.duration for part in last.parts)

    def _move(self) -> list[ListedSegment]:
        left: list[ListedSegment] = []
        finished = [segment for segment in self.segments if segment.finished]
        length = sum(segment.duration for segment in finished)
        while len(finished) > WINDOW_SEGMENTS and length - finished[0].duration >= WINDOW_SECONDS:
            length -= finished[0].duration
            left.append(finished.pop(0))
            self._dropped_discontinuities += self.segments.pop(0).discontinuity
        return left

    # What goes down

    def find(self, name: str) -> ListedSegment | None:
        """The segment of that name that can be had as a whole."""
        return next((one for one in self.segments if one.name == name and one.finished and not one.is_gap), None)

    def reaches(self, sequence: int, part: int | None) -> bool:
        """Say whether the playlist lists this segment, or this part (counted from 0) of it, or anything later.

        A part beyond the end of its segment is the first one of the next. Nothing comes after the end.
        """
        if self.ended:
            return True
        segment = self._at(sequence)
        if segment is None:
            return bool(self.segments) and sequence < self.segments[-1].sequence
        if part is None:
            return segment.finished
        if part < len(segment.parts):
            return True
        after = self._at(sequence + 1)
        return segment.finished and (not segment.parts or (after is not None and (after.finished or bool(after.parts))))

    def is_too_far(self, sequence: int) -> bool:
        """Say whether nobody could know of this segment yet: then waiting for it makes no sense."""
        last = self.segments[-1].sequence if self.segments else 0
        return sequence > last + 2

    def _at(self, sequence: int) -> ListedSegment | None:
        return next((one for one in self.segments if one.sequence == sequence), None)

    def render(self) -> str:
        """The text of the playlist."""
        longest = max((math.ceil(one.duration - 0.5) for one in self.segments if one.finished), default=0)
        lines = ["#EXTM3U", "#EXT-X-VERSION:9", f"#EXT-X-TARGETDURATION:{max(self.target, longest)}"]
        control = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES"
        if self.part_target is not None:
            lines.append(f"#EXT-X-PART-INF:PART-TARGET={_seconds(self.part_target)}")
            control += f",PART-HOLD-BACK={_seconds(HOLD_BACK_PARTS * self.part_target)}"
        lines += [control, f"#EXT-X-MEDIA-SEQUENCE:{self.segments[0].sequence if self.segments else 0}"]
        if self._dropped_discontinuities:
            lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._dropped_discontinuities}")
        lines += self._segment_lines()
        if self.ended:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join(lines) + "\n"

    def _segment_lines(self) -> Iterator[str]:
        finished = sum(segment.finished for segment in self.segments)
        current_map = ""
        for place, segment in enumerate(self.segments):
            if segment.map != current_map:
                current_map = segment.map
                yield f'#EXT-X-MAP:URI="{current_map}"'
            if segment.discontinuity:
                yield "#EXT-X-DISCONTINUITY"
            if segment.date is not None:
                yield f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.date)}"
            if self.part_target is not None and place >= finished - PART_SEGMENTS:
                yield from (_part_line(part) for part in segment.parts)
            if segment.finished:
                if segment.is_gap:
                    yield "#EXT-X-GAP"
                yield f"#EXTINF:{_seconds(segment.duration)},"
                yield segment.name


def _part_line(part: Part) -> str:
    line = f'#EXT-X-PART:DURATION={_seconds(part.duration)},URI="{part.id}"'
    return line + ",INDEPENDENT=YES" * part.independent + ",GAP=YES" * part.gap


def _seconds(value: float) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".")


def _date(milliseconds: int) -> str:
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
