"""Packets of data tracks, as they go over the channel `_data_track`. specs/livekit.md §3.23.

All integers are big-endian: a byte of version (3 bits) and flags, a reserved byte, then handle, sequence and frame
number (u16 each) and a timestamp (u32, 90 kHz). With the flag of extensions there follow a u16, the words of 32 bits
that the extensions take with it less one, and the extensions themselves: id (u8), length (u8) and that many bytes; an
id of 0 ends them, and the rest of the last word is padding.
"""

import struct

CLOCK_RATE = 90_000
PARTICIPANT_SID = 1
"""Id of the extension that says whose packet it is; the server adds it."""

_HEADER = struct.Struct(">BBHHHI")
_START, _EXTENDED = 0x10, 0x04
_SIZE = struct.Struct(">H")


class Packet:
    """One packet. Raises ValueError for bytes that are none."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER.size:
            raise ValueError("shorter than a header")
        self._flags, _, self.handle, self._sequence, self.frame, self.timestamp = _HEADER.unpack_from(data)
        if self._flags >> 5:
            raise ValueError("a version that nobody knows yet")
        self._extensions: list[tuple[int, bytes]] = []
        end = _HEADER.size
        if self._flags & _EXTENDED:
            end = _end_of_extensions(data)
            self._extensions = _extensions(data[_HEADER.size + _SIZE.size : end])
        self._payload = data[end:]

    @property
    def starts_frame(self) -> bool:
        return bool(self._flags & _START)

    def sent_on(self, handle: int, publisher: str) -> bytes:
        """The packet for subscribers, who know its track by another handle; `publisher` is a participant's sid."""
        extensions = [one for one in self._extensions if one[0] != PARTICIPANT_SID]
        extensions.append((PARTICIPANT_SID, publisher.encode()))
        block = b"".join(bytes((kind, len(value))) + value for kind, value in extensions)
        block += b"\0" * (-(len(block) + _SIZE.size) % 4)
        words = (len(block) + _SIZE.size) // 4
        header = _HEADER.pack(self._flags | _EXTENDED, 0, handle, self._sequence, self.frame, self.timestamp)
        return header + _SIZE.pack(words - 1) + block + self._payload


def _end_of_extensions(data: bytes) -> int:
    if len(data) < _HEADER.size + _SIZE.size:
        raise ValueError("no size of the extensions")
    end = _HEADER.size + 4 * (_SIZE.unpack_from(data, _HEADER.size)[0] + 1)
    if end > len(data):
        raise ValueError("extensions that go on after the packet")
    return end


def _extensions(block: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(block) and block[at]:
        if at + 2 > len(block) or at + 2 + block[at + 1] > len(block):
            raise ValueError("an extension that is cut off")
        found.append((block[at], block[at + 2 : at + 2 + block[at + 1]]))
        at += 2 + block[at + 1]
    return found
