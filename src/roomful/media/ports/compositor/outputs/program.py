"""Packets of one video and one audio encoder, in order, to all outputs that want this pair."""

from collections import deque
from typing import Protocol

from roomful.media.ports.compositor.outputs.place import Streams
from roomful.media.ports.scene.encoder import Encoded


class Sink(Protocol):
    """An output of packets."""

    error: str
    """Why it ended early; empty if it did not."""

    @property
    def live(self) -> bool:
        """Whether it still takes packets."""
        ...

    @property
    def where(self) -> str:
        """What it is called in messages; no secrets."""
        ...

    def wants_keyframe(self, at: int) -> bool:
        """Whether the picture of this time is to be a keyframe."""
        ...

    def write(self, packet: Encoded) -> None: ...

    def close(self) -> None: ...


class Program:
    """Holds packets back until those of the other stream that belong before them have come."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self._waiting: dict[bool, deque[Encoded]] = {}
        if streams.video is not None:
            self._waiting[False] = deque()
        if streams.audio is not None:
            self._waiting[True] = deque()

    def push(self, packet: Encoded) -> list[Encoded]:
        """Take a packet, and return which are next."""
        line = self._waiting.get(packet.is_audio)
        if line is None:
            return []
        line.append(packet)
        ready: list[Encoded] = []
        while all(self._waiting.values()):
            ready.append(self._pop())
        return ready

    def flush(self) -> list[Encoded]:
        """Return all that is left."""
        ready: list[Encoded] = []
        while any(self._waiting.values()):
            ready.append(self._pop())
        return ready

    def _pop(self) -> Encoded:
        first = min((line for line in self._waiting.values() if line), key=lambda line: line[0].at)
        return first.popleft()
