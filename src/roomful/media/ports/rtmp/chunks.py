"""Messages out of RTMP's chunk stream, and into it. Source: RTMP specification §5.3."""

from collections.abc import Iterator

import msgspec

MAX_MESSAGE = 4 * 1024 * 1024
"""Bytes of one message; a keyframe has a tenth of this."""

MAX_CHUNK = 1024 * 1024
MAX_STREAMS = 32
"""Chunk streams of one connection."""

FIRST_CHUNK = 128
_EXTENDED = 0xFFFFFF


class BadChunk(ValueError):
    """The stream breaks its format; nothing after it can be read."""


class Message(msgspec.Struct, frozen=True):
    """One message. `time` is in ms."""

    kind: int
    stream: int
    time: int
    data: bytes


class _ChunkStream:
    """What the header of a chunk leaves out is what it was before."""

    def __init__(self) -> None:
        self.time = self.delta = self.length = self.kind = self.stream = 0
        self.extended = False
        self.parts = bytearray()


class ChunkReader:
    """Takes the stream in pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._streams: dict[int, _ChunkStream] = {}
        self.chunk_size = FIRST_CHUNK

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that are complete with these bytes.

        `chunk_size` may be changed between two of them. Raises:
            BadChunk: the stream is broken.
        """
        self._buffer += data
        while (found := self._chunk()) is not None:
            size, message = found
            del self._buffer[:size]
            if message is not None:
                yield message

    def abort(self, stream: int) -> None:
        """Drop the message that has begun on this chunk stream."""
        if stream in self._streams:
            self._streams[stream].parts.clear()

    def _chunk(self) -> tuple[int, Message | None] | None:
        """Read one chunk: its size, and the message that ends with it. `None` while it is not complete."""
        buffer = self._buffer
        if not buffer:
            return None
        shape, number, at = buffer[0] >> 6, buffer[0] & 0x3F, 1
        if number < 2:
            at += number + 1
            if len(buffer) < at:
                return None
            number = 64 + int.from_bytes(buffer[1:at], "little")
        header = (11, 7, 3, 0)[shape]
        fields = bytes(buffer[at : at + header])
        at += header
        stream = self._stream(number, shape)
        time = int.from_bytes(fields[:3]) if shape < 3 else 0
        extended = time == _EXTENDED if shape < 3 else stream.extended
        if extended:
            time = int.from_bytes(buffer[at : at + 4])
            at += 4
        length = int.from_bytes(fields[3:6]) if shape < 2 else stream.length
        if length > MAX_MESSAGE:
            raise BadChunk(f"a message of {length} bytes; {MAX_MESSAGE} are allowed")
        begins = not stream.parts
        if not begins and shape < 3 and length != stream.length:
            raise BadChunk("a message begins in the middle of another")
        size = min(self.chunk_size, length - len(stream.parts))
        if len(buffer) < at + size:
            return None
        if shape < 3:
            stream.extended = extended
            stream.time, stream.delta = (time, 0) if shape == 0 else (stream.time, time)
        if shape < 2:
            stream.length, stream.kind = length, fields[6]
        if shape == 0:
            stream.stream = int.from_bytes(fields[7:11], "little")
        if begins and shape:
            stream.time = (stream.time + stream.delta) & 0xFFFFFFFF
        stream.parts += buffer[at : at + size]
        if len(stream.parts) < stream.length:
            return at + size, None
        message = Message(stream.kind, stream.stream, stream.time, bytes(stream.parts))
        stream.parts.clear()
        return at + size, message

    def _stream(self, number: int, shape: int) -> _ChunkStream:
        stream = self._streams.get(number)
        if stream is None:
            if shape != 0 or len(self._streams) == MAX_STREAMS:
                raise BadChunk("a chunk stream begins without a whole header, or there are too many")
            stream = self._streams[number] = _ChunkStream()
        return stream


def write(message: Message, number: int, chunk_size: int) -> bytes:
    """Return a message as chunks of the chunk stream `number`, 2 … 63, at a time below 2**24 ms."""
    head = message.time.to_bytes(3) + len(message.data).to_bytes(3) + bytes([message.kind])
    out = bytes([number]) + head + message.stream.to_bytes(4, "little") + message.data[:chunk_size]
    for at in range(chunk_size, len(message.data), chunk_size):
        out += bytes([0xC0 | number]) + message.data[at : at + chunk_size]
    return out
