"""What was said, and the formats in which it is handed out. specs/monibuca-rooms.md §7.6, §7.8."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum, auto
from typing import Annotated

import msgspec

MAX_SEGMENTS = 20_000
"""Of one meeting: some thirty hours of speech."""
MAX_TEXT = 4_000


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody said without a pause. Milliseconds since the meeting began."""

    segment_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    user_id: Annotated[str, msgspec.Meta(max_length=256)]
    user_name: Annotated[str, msgspec.Meta(max_length=256)] = ""
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
    language: Annotated[str, msgspec.Meta(max_length=32)] = ""
    start_ms: Annotated[int, msgspec.Meta(ge=0)]
    end_ms: Annotated[int, msgspec.Meta(ge=0)]
    confidence: float | None = None

    @property
    def speaker(self) -> str:
        """For people."""
        return self.user_name or self.user_id


class Format(StrEnum):
    JSON = auto()
    TXT = auto()
    SRT = auto()
    VTT = auto()


def as_txt(segments: Sequence[Segment]) -> str:
    return "".join(f"[{_clock(one.start_ms)[:-4]}] {_line(one.speaker)}: {_line(one.text)}\n" for one in segments)


def as_srt(segments: Sequence[Segment]) -> str:
    cues = (
        f"{number}\n{_clock(one.start_ms, ',')} --> {_clock(_end(one), ',')}\n{_line(one.speaker)}: {_line(one.text)}\n"
        for number, one in enumerate(segments, 1)
    )
    return "\n".join(cues)


def as_vtt(segments: Sequence[Segment]) -> str:
    """With voice spans; what people typed and said is escaped."""
    cues = (
        f"{_clock(one.start_ms)} --> {_clock(_end(one))}\n<v {_escaped(one.speaker)}>{_escaped(one.text)}</v>\n"
        for one in segments
    )
    return "WEBVTT\n\n" + "\n".join(cues)


WRITERS: dict[Format, tuple[Callable[[Sequence[Segment]], str], str]] = {
    Format.TXT: (as_txt, "text/plain; charset=utf-8"),
    Format.SRT: (as_srt, "application/x-subrip; charset=utf-8"),
    Format.VTT: (as_vtt, "text/vtt; charset=utf-8"),
}
"""Format → how it is written, and its media type. JSON is what the API speaks anyway."""


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """As it was said; recognizers are not always that punctual."""
    return sorted(segments, key=lambda one: one.start_ms)


def _end(segment: Segment) -> int:
    return max(segment.end_ms, segment.start_ms + 1)


def _clock(milliseconds: int, point: str = ".") -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{milliseconds:03}"


def _line(text: str) -> str:
    """One line: a line break would end a cue."""
    return " ".join(text.split()).replace("-->", "→")


def _escaped(text: str) -> str:
    return _line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
