"""Where messages begin and end on a TCP connection. specs/nkmedia.md §1.

The client's first byte decides for the whole connection: `{` is one JSON object per line, 0x00 is four bytes of
length, big-endian, before each object. The server answers in the same framing.
"""

from roomful.protocols.nkmedia.messages import MAX_MESSAGE_BYTES

_LENGTH_BYTES = 4
_SPACE = b" \t\r\n"


class BadFraming(ValueError):
    """What came is neither framing, or a message is too large."""


class Framing:
    """Cuts what is received into messages. No message leaves before its end has come."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._by_length: bool | None = None
        self._searched = 0
        """So many bytes of the buffer hold no end of a line."""

    def receive(self, data: bytes) -> None:
        self._buffer += data

    def next_message(self) -> bytes | None:
        """The next whole message; None: there is none yet. Raises BadFraming."""
        if self._by_length is None and self._buffer:
            if self._buffer[0] not in (0, ord("{")):
                raise BadFraming("a connection begins with { or a length")
            self._by_length = self._buffer[0] == 0
        return self._with_length() if self._by_length else self._line()

    def frame(self, message: bytes) -> bytes:
        """The message as the client reads it."""
        if self._by_length:
            return len(message).to_bytes(_LENGTH_BYTES) + message
        return message + b"\n"

    def _with_length(self) -> bytes | None:
        if len(self._buffer) < _LENGTH_BYTES:
            return None
        end = _LENGTH_BYTES + int.from_bytes(self._buffer[:_LENGTH_BYTES])
        if end > _LENGTH_BYTES + MAX_MESSAGE_BYTES:
            raise BadFraming("a message is too large")
        return None if len(self._buffer) < end else self._take(end)[_LENGTH_BYTES:]

    def _line(self) -> bytes | None:
        while True:
            end = self._buffer.find(b"\n", self._searched)
            if (end if end >= 0 else len(self._buffer)) > MAX_MESSAGE_BYTES:
                raise BadFraming("a message is too large")
            if end < 0:
                self._searched = len(self._buffer)
                return None
            line = self._take(end + 1).strip(_SPACE)
            if line:
                return line

    def _take(self, end: int) -> bytes:
        taken = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._searched = 0
        return taken
