"""The engine's end of the pipes of frames, with footage in place of what clients send."""

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from roomful.media.ports.frames import Codec, Frame, Mark, Stop, TrackEnded, TrackInfo, TrackStarted, encode
from tests.unit.media.ports.recorder.footage import SECOND, START, opus, video

RATES = {Codec.OPUS: 48000, Codec.PCMU: 8000, Codec.PCMA: 8000}


class _Port:
    """One pipe. A thread writes, because the reader may be slow and the event loop must not wait for it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.numbers: dict[str, int] = {}
        self.max_spatial: dict[str, int] = {}
        self.closed = False
        self._queue: list[bytes | None] = []
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def put(self, *records: Any) -> None:
        with self._more:
            self._queue += [encode(record) for record in records]
            self._more.notify()

    def close(self) -> None:
        self.closed = True
        with self._more:
            self._queue.append(None)
            self._more.notify()

    def _write(self) -> None:
        while True:
            with self._more:
                self._more.wait_for(lambda: self._queue)
                batch, self._queue = self._queue, []
            for data in batch:
                if data is None:
                    os.close(self.fd)
                    return
                try:
                    while data:
                        data = data[os.write(self.fd, data) :]
                except OSError:
                    pass  # the reader is gone


class FramesEngine:
    """Implements `FramesOutApi`. Each added track gets its footage written at once, of `seconds` from `START` on."""

    def __init__(self) -> None:
        self.ports: dict[int, _Port] = {}
        self.codecs: dict[str, Codec] = {}
        """By track sid; what is not here is silent."""
        self.seconds = 2.0
        self.keyframes: list[str] = []
        self._next = 0

    def next_port(self) -> int:
        self._next += 1
        return self._next

    def attach_port(self, port: int, handler: Callable[[Any], None]) -> None: ...

    def detach_port(self, port: int) -> None: ...

    def open_frames_out(self, room: str, port: int, fd: int) -> None:
        self.ports[port] = _Port(fd)

    def add_frames(self, port: int, track: str, number: int, info: bytes, *, max_spatial: int = 2) -> None:
        out = self.ports[port]
        out.numbers[track] = number
        out.max_spatial[track] = max_spatial
        codec = self.codecs.get(track)
        if codec is None:
            return
        channels = (2 if codec is Codec.OPUS else 1) if codec.is_audio else 0
        decoded = msgspec.json.decode(info, type=TrackInfo)
        out.put(TrackStarted(number, codec, RATES.get(codec, 90000), channels, decoded))
        out.put(*self.footage(number, codec))

    def footage(self, number: int, codec: Codec, at: float = 0.0) -> Iterable[Frame]:
        """Frames of `seconds`, the first captured `at` seconds after `START`."""
        return opus(number, self.seconds, at=at) if codec.is_audio else video(number, codec, self.seconds, at=at)

    def remove_frames(self, port: int, track: str) -> None:
        out = self.ports[port]
        out.put(TrackEnded(out.numbers.pop(track)))

    def mark_frames(self, port: int, control: bytes) -> None:
        self.ports[port].put(Mark(START + int(self.seconds * SECOND), msgspec.json.decode(control)))

    def request_keyframe(self, track: str) -> None:
        self.keyframes.append(track)

    def close_port(self, port: int) -> None:
        out = self.ports[port]
        out.put(Stop())
        out.close()

    @property
    def tracks(self) -> set[str]:
        """Sids of all tracks that are being written anywhere."""
        return {sid for port in self.ports.values() if not port.closed for sid in port.numbers}
