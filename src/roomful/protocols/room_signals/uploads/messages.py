"""Data signals as they come up, and what is wrong with them. specs/room-signals.md §13.1."""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import msgspec

MAX_PIECE_SECONDS = 60.0
_NAME = r"^(?!\.+$)[A-Za-z0-9._-]{1,128}$"
_TEXT = r'^[^"\r\n]*$'
"""What may stand in a quoted string of a playlist."""

Name: TypeAlias = Annotated[str, msgspec.Meta(pattern=_NAME)]
"""Storage key and file name."""
Text: TypeAlias = Annotated[str, msgspec.Meta(pattern=_TEXT, max_length=256)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=MAX_PIECE_SECONDS)]
TargetSeconds: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=int(MAX_PIECE_SECONDS))]
Milliseconds: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,14}$")]
"""Since 1970, as a string."""


class BadSignal(Exception):
    """A data signal that cannot be used; the message says why. Code 2001."""


class Action(StrEnum):
    UPDATE_VARIANT = "updateVariant"
    UPDATE_RENDITION = "updateRendition"
    UPDATE_SEGMENT = "updateSegment"
    UPDATE_PART = "updatePart"


class Playlist(msgspec.Struct, frozen=True):
    """The playlist of playlists."""

    id: Name
    version: int | str = 9


class Variant(msgspec.Struct, frozen=True, rename="camel"):
    """One quality of the whole. Where it is only referred to there is nothing but the id."""

    id: Name
    codecs: Text = ""
    audio: Text = ""
    """Group of renditions with its sound."""
    bandwidth: Annotated[int, msgspec.Meta(ge=1, lt=2**53)] = 1
    version: int | str = 9
    target_duration: TargetSeconds | None = None
    target_part_duration: Seconds | None = None


class Rendition(msgspec.Struct, frozen=True, rename="camel"):
    """Another version of the sound, the picture or the subtitles."""

    id: Name
    type: Literal["AUDIO", "VIDEO", "SUBTITLES"] = "AUDIO"
    group_id: Text = ""
    name: Text = ""
    language: Text = ""
    is_default: bool = False
    auto_select: bool = False
    target_duration: TargetSeconds | None = None
    target_part_duration: Seconds | None = None


class Map(msgspec.Struct, frozen=True):
    """The initialization section of the segments from here on."""

    id: Name
    data: bytes | None = None


class Segment(msgspec.Struct, frozen=True, rename="camel"):
    id: Name | None = None
    sequence: Number | None = None
    duration: Seconds | None = None
    discontinuity: bool = False
    program_date_time: Milliseconds | None = None
    map: Map | None = None
    data: bytes | None = None


class Part(msgspec.Struct, frozen=True):
    id: Name
    sequence: Number
    duration: Seconds
    data: bytes
    independent: bool = False
    gap: bool = False


class Payload(msgspec.Struct, frozen=True):
    playlist: Playlist
    variant: Variant | None = None
    rendition: Rendition | None = None
    segment: Segment | None = None
    part: Part | None = None


class DataSignal(msgspec.Struct, frozen=True):
    """One message: it updates one thing."""

    action: Action
    version: Literal[1]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    timestamp: Milliseconds
    payload: Payload
    numbytes: int = 0
    """Not checked."""


_decoder = msgspec.json.Decoder(DataSignal)


def decode(body: bytes) -> DataSignal:
    """Raises BadSignal."""
    try:
        signal = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise BadSignal(str(error)) from None
    except UnicodeDecodeError:
        raise BadSignal("the message is not UTF-8") from None
    _check(signal)
    return signal


def _check(signal: DataSignal) -> None:
    """The table of required fields."""
    payload, segment = signal.payload, signal.payload.segment
    if segment is None:
        raise BadSignal("payload.segment is missing")
    match signal.action:
        case Action.UPDATE_VARIANT:
            _require(payload.variant is not None, "payload.variant")
            _require_map(segment)
        case Action.UPDATE_RENDITION:
            _require(payload.rendition is not None, "payload.rendition")
            _require_map(segment)
        case Action.UPDATE_SEGMENT:
            _require_piece(payload, segment)
            _require(bool(segment.data), "payload.segment.data")
        case Action.UPDATE_PART:
            _require_piece(payload, segment)
            _require(payload.part is not None, "payload.part")
            if segment.data is not None:
                raise BadSignal("a part comes without payload.segment.data: one message updates one thing")


def _require_map(segment: Segment) -> None:
    _require(segment.map is not None and bool(segment.map.data), "payload.segment.map with data")


def _require_piece(payload: Payload, segment: Segment) -> None:
    if (payload.variant is None) == (payload.rendition is None):
        raise BadSignal("a piece belongs to a variant or to a rendition: exactly one of them has to be named")
    for name in ("id", "sequence", "duration"):
        _require(getattr(segment, name) is not None, f"payload.segment.{name}")


def _require(there: bool, what: str) -> None:
    if not there:
        raise BadSignal(f"{what} is missing")
