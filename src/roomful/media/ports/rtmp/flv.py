"""Access units out of the bodies of FLV tags. Source: Video File Format specification 10.1, Annex E.4."""

import struct

import msgspec

START_CODE = b"\0\0\0\1"

_AVC = 7
_IDR = 5


class BadFlv(ValueError):
    """A tag that cannot be used; the message is for who publishes."""


class Picture(msgspec.Struct, frozen=True):
    """One access unit of H.264 as Annex B, with the parameter sets before a keyframe."""

    shown_after: int
    """ms from decoding to showing: more than 0 where pictures are not shown in the order they come (B-frames)."""
    keyframe: bool
    data: bytes


class AvcReader:
    """Video tags of H.264 to access units. Source: ISO/IEC 14496-15 §5.3.3 for the configuration record."""

    def __init__(self) -> None:
        self._parameters = b""
        self._length_size = 4

    def read(self, body: bytes) -> Picture | None:
        """Return the access unit of a tag, if it has one.

        Raises:
            BadFlv: the tag is broken or of another codec.
        """
        if not body:
            return None
        if body[0] & 0x80 or body[0] & 0x0F != _AVC:
            raise BadFlv("only H.264 video is taken over RTMP")
        if len(body) < 5:
            raise BadFlv("a video tag is cut off")
        if body[1] == 0:
            self._configure(body[5:])
        if body[1] != 1:
            return None
        shown_after = int.from_bytes(body[2:5], signed=True)
        units = list(self._units(body[5:]))
        keyframe = any(unit[0] & 0x1F == _IDR for unit in units if unit)
        data = b"".join(START_CODE + unit for unit in units if unit)
        return Picture(shown_after, keyframe, self._parameters + data if keyframe else data)

    def _configure(self, record: bytes) -> None:
        try:
            self._length_size = (record[4] & 3) + 1
            sequence_sets, at = _sets(record, 6, record[5] & 0x1F)
            picture_sets, _ = _sets(record, at + 1, record[at])
        except (IndexError, struct.error) as error:
            raise BadFlv("the configuration of H.264 is cut off") from error
        self._parameters = sequence_sets + picture_sets

    def _units(self, data: bytes) -> list[bytes]:
        units: list[bytes] = []
        at = 0
        while at + self._length_size <= len(data):
            size = int.from_bytes(data[at : at + self._length_size])
            at += self._length_size
            if at + size > len(data):
                raise BadFlv("an access unit is cut off")
            units.append(data[at : at + size])
            at += size
        return units


def _sets(record: bytes, at: int, count: int) -> tuple[bytes, int]:
    """Return parameter sets as Annex B, and where they end."""
    sets = b""
    for _ in range(count):
        (size,) = struct.unpack_from(">H", record, at)
        sets += START_CODE + record[at + 2 : at + 2 + size]
        at += 2 + size
    return sets, at


def read_audio(body: bytes) -> tuple[str, bytes | None, bytes]:
    """Return a tag's codec in FFmpeg's words, its configuration if it is that, and its packet.

    Raises:
        BadFlv: another codec than AAC and MP3.
    """
    match body[0] >> 4 if body else None:
        case 10 if len(body) >= 2:
            return ("aac", body[2:], b"") if body[1] == 0 else ("aac", None, body[2:])
        case 2:
            return "mp3", None, body[1:]
        case _:
            raise BadFlv("only AAC and MP3 sound is taken over RTMP")
