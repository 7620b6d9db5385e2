"""The stream of encoded frames between the engine and a worker process, sans-IO: bytes in, records out, and back.

The engine writes it into a pipe that the worker inherits, so that no media passes through the server's event loop. A
stream is a sequence of records, all integers little-endian:

    record  = u32 length of the rest | u8 kind | payload
    TRACK 1 = u16 track | u8 codec | u32 clock rate, Hz | u8 channels | UTF-8 JSON of `TrackInfo`
    FRAME 2 = u16 track | u8 flags | i64 RTP time, ticks | i64 wall time, ns | u8 level, if bit 3 is set | encoded bytes
    END   3 = u16 track
    MARK  4 = i64 wall time, ns | UTF-8 JSON object
    STOP  5 = nothing
    KEY   6 = u16 track

A worker that encodes gets the same format back on the same socket, with KEY records alone: the track should make a
keyframe, because somebody starts to watch.

Flags of a frame: bit 0 keyframe, bit 1 packets before it were lost, bit 2 the track was muted before it, bit 3 a level
follows; the others are 0, and readers do not look at them. RTP time is unwrapped. Wall time is when the frame was
captured, in nanoseconds since the Unix epoch, mapped over RTCP sender reports (RFC 3550 §6.4.1), so that it compares
between all tracks of a room.

The level is how loud a frame of audio is: dB below full scale, 0 to 127 (RFC 6464); more counts as none. The engine
tells subscribers of it and finds by it who speaks: a track without levels is never an active speaker's. It writes the
levels that clients send into the frames of their tracks.

Encoded bytes are one Opus packet (RFC 6716 §3), G.711 samples, one VP8 or VP9 frame (for VP9 with spatial layers the
superframe), one access unit of H.264 or H.265 as Annex B with the parameter sets before each keyframe, or one AV1
temporal unit in the low-overhead bitstream format.

A TRACK for a number in use changes that track's codec. The end of the stream means the same as STOP.
"""

import enum
import struct
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from roomful.media.ports.loudness import QUIETEST

MAX_RECORD = 16 * 1024 * 1024
"""Bytes of the longest record, its length field not counted."""

_LENGTH = struct.Struct("<I")
_TRACK = struct.Struct("<HBIB")
_FRAME = struct.Struct("<HBqq")
_LEVEL_BYTE = struct.Struct("<B")
_NUMBER = struct.Struct("<H")
_MARK = struct.Struct("<q")

_KEYFRAME, _GAP, _MUTED_GAP, _LEVEL = 1, 2, 4, 8


class BadRecord(ValueError):
    """The stream breaks the format above; nothing after it can be read."""


class Kind(enum.IntEnum):
    """First byte of a record."""

    TRACK = 1
    FRAME = 2
    END = 3
    MARK = 4
    STOP = 5
    KEY = 6


class Codec(enum.IntEnum):
    """What a track is encoded with."""

    OPUS = 0
    PCMU = 1
    PCMA = 2
    VP8 = 3
    H264 = 4
    VP9 = 5
    AV1 = 6
    H265 = 7

    @property
    def is_audio(self) -> bool:
        return self <= Codec.PCMA

    @property
    def mime(self) -> str:
        """Media type, as LiveKit clients spell it."""
        return _MIMES[self]

    @property
    def clock_rate(self) -> int:
        """RTP ticks per second."""
        return {Codec.OPUS: 48_000, Codec.PCMU: 8_000, Codec.PCMA: 8_000}.get(self, 90_000)


_MIMES = {
    Codec.OPUS: "audio/opus",
    Codec.PCMU: "audio/PCMU",
    Codec.PCMA: "audio/PCMA",
    Codec.VP8: "video/VP8",
    Codec.H264: "video/H264",
    Codec.VP9: "video/VP9",
    Codec.AV1: "video/AV1",
    Codec.H265: "video/H265",
}


class TrackInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whose track it is. `sid` and `participant` are sids, `source` is a value of `roomful.rooms.model.TrackSource`.

    A worker that makes frames knows no sids: it leaves what it does not know empty.
    """

    sid: str = ""
    participant: str = ""
    identity: str = ""
    source: str = "unknown"
    name: str = ""
    width: int = 0
    """Of the picture at first, in pixels; 0 where it is not known."""
    height: int = 0
    listener: str = ""
    """Sid of the only participant whom a worker makes it for; empty: it is for all."""


class TrackStarted(msgspec.Struct, frozen=True):
    """A track starts, or goes on with another codec."""

    track: int
    codec: Codec
    clock_rate: int
    """RTP ticks per second."""
    channels: int
    """1 or 2 for audio; 0 for video."""
    info: TrackInfo


class Frame(msgspec.Struct, frozen=True):
    """One encoded access unit."""

    track: int
    rtp_time: int
    wall_ns: int
    data: bytes
    keyframe: bool = False
    gap: bool = False
    muted_gap: bool = False
    level: int | None = None
    """How loud it is, in dB below full scale, 0 to 127; `None` where nobody has measured it."""


class TrackEnded(msgspec.Struct, frozen=True):
    """No more frames of this track. Its number may be used again by a later TRACK."""

    track: int


class Mark(msgspec.Struct, frozen=True):
    """An instruction for this instant: `{"pause": true}` and `{"pause": false}` frame what is not wanted,
    `{"mute": sid, "muted": bool}` says that a track was muted or unmuted."""

    wall_ns: int
    control: dict[str, Any]


class Stop(msgspec.Struct, frozen=True):
    """Finish, and end."""


class KeyframeRequest(msgspec.Struct, frozen=True):
    """Somebody cannot go on with this track before its next keyframe."""

    track: int


Record: TypeAlias = TrackStarted | Frame | TrackEnded | Mark | Stop | KeyframeRequest

_json = msgspec.json.Encoder()
_info = msgspec.json.Decoder(TrackInfo)
_control = msgspec.json.Decoder(dict[str, Any])


def encode(record: Record) -> bytes:
    """Return the record as bytes.

    Raises:
        BadRecord: it would be longer than `MAX_RECORD`.
    """
    match record:
        case Frame():
            flags = _KEYFRAME * record.keyframe | _GAP * record.gap | _MUTED_GAP * record.muted_gap
            level = b"" if record.level is None else bytes([record.level])
            head = _FRAME.pack(record.track, flags | _LEVEL * bool(level), record.rtp_time, record.wall_ns)
            kind, payload = Kind.FRAME, head + level + record.data
        case TrackStarted():
            head = _TRACK.pack(record.track, record.codec, record.clock_rate, record.channels)
            kind, payload = Kind.TRACK, head + _json.encode(record.info)
        case TrackEnded():
            kind, payload = Kind.END, _NUMBER.pack(record.track)
        case Mark():
            kind, payload = Kind.MARK, _MARK.pack(record.wall_ns) + _json.encode(record.control)
        case Stop():
            kind, payload = Kind.STOP, b""
        case KeyframeRequest():
            kind, payload = Kind.KEY, _NUMBER.pack(record.track)
    length = 1 + len(payload)
    if length > MAX_RECORD:
        raise BadRecord(f"a record of {length} bytes is longer than {MAX_RECORD}")
    return _LENGTH.pack(length) + bytes([kind]) + payload


class FrameDecoder:
    """Takes the stream in pieces of any size. Keeps at most one record that is not complete yet."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of a record that is not complete; more than 0 at the end of the stream means it was cut off."""
        return len(self._buffer)

    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[Record]:
        """Yield the records that are complete with these bytes.

        Raises:
            BadRecord: the stream is broken; records before the broken one have been yielded.
        """
        buffer = self._buffer
        buffer += data
        start = 0
        try:
            while len(buffer) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(buffer, start)
                if not 1 <= length <= MAX_RECORD:
                    raise BadRecord(f"a record of {length} bytes; 1 to {MAX_RECORD} are allowed")
                end = start + _LENGTH.size + length
                if len(buffer) < end:
                    break
                record = _decode(bytes(memoryview(buffer)[start + _LENGTH.size : end]))
                start = end
                yield record
        finally:
            del buffer[:start]


def _decode(body: bytes) -> Record:
    try:
        match body[0]:
            case Kind.FRAME:
                track, flags, rtp_time, wall_ns = _FRAME.unpack_from(body, 1)
                start, level = 1 + _FRAME.size, None
                if flags & _LEVEL:
                    (level,) = _LEVEL_BYTE.unpack_from(body, start)
                    start += 1
                return Frame(
                    track,
                    rtp_time,
                    wall_ns,
                    body[start:],
                    keyframe=bool(flags & _KEYFRAME),
                    gap=bool(flags & _GAP),
                    muted_gap=bool(flags & _MUTED_GAP),
                    level=level if level is not None and level <= QUIETEST else None,
                )
            case Kind.TRACK:
                track, codec, clock_rate, channels = _TRACK.unpack_from(body, 1)
                if not clock_rate:
                    raise BadRecord("a track without a clock")
                return TrackStarted(track, Codec(codec), clock_rate, channels, _info.decode(body[1 + _TRACK.size :]))
            case Kind.END:
                return TrackEnded(_NUMBER.unpack_from(body, 1)[0])
            case Kind.MARK:
                return Mark(_MARK.unpack_from(body, 1)[0], _control.decode(body[1 + _MARK.size :]))
            case Kind.STOP:
                return Stop()
            case Kind.KEY:
                return KeyframeRequest(_NUMBER.unpack_from(body, 1)[0])
            case kind:
                raise BadRecord(f"a record of unknown kind {kind}")
    except (struct.error, msgspec.DecodeError) as error:
        raise BadRecord(f"a record of kind {body[0]} cannot be read: {error}") from error
    except ValueError as error:
        raise error if isinstance(error, BadRecord) else BadRecord(str(error)) from error
