"""What waits for the receiver. A bounded time of sound: what is older is dropped, for live is live."""

from collections import deque

from roomful.media.ports.pcm_stream.plan import BYTES_PER_SECOND
from roomful.media.ports.pcm_stream.session import Message, Muted

MUTED_BYTES = 64
"""What a message about muting counts for."""


class Backlog:
    """Messages in their order. Whatever is dropped, the receiver learns whether the track is muted."""

    def __init__(self, seconds: float) -> None:
        self._most = round(seconds * BYTES_PER_SECOND)
        self._waiting: deque[Message] = deque()
        self._size = 0
        self._muted = False
        """As of the oldest message that waits."""
        self._told = False
        """What the receiver knows of it."""
        self.dropped = False
        """Some sound was."""

    def put(self, message: Message) -> None:
        self._waiting.append(message)
        self._size += _size(message)
        while self._size > self._most:
            self._pop()
            self.dropped = True

    def connected(self) -> None:
        """There is a new connection, whose other end knows nothing."""
        self._told = False

    def take(self) -> Message | None:
        """The next message; `None` if nothing waits."""
        while self._muted is self._told:
            if not self._waiting:
                return None
            message = self._pop()
            if isinstance(message, bytes):
                return message
        self._told = self._muted
        return Muted(self._muted)

    def _pop(self) -> Message:
        message = self._waiting.popleft()
        self._size -= _size(message)
        if isinstance(message, Muted):
            self._muted = message.muted
        return message


def _size(message: Message) -> int:
    return len(message) if isinstance(message, bytes) else MUTED_BYTES
