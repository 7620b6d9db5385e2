"""The engine's end of the pipes of frames, with footage in place of what clients send."""

import itertools
import os
import threading
import time
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
        self.cameras: dict[str, _Camera] = {}
        self.closed = False
        self._queue: list[bytes | None] = []
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def put(self, *records: Any) -> None:
        with self._more:
            if self._queue and self._queue[-1] is None:
                return
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


class _Camera(threading.Thread):
    """Writes footage over and over, each frame when it is captured."""

    def __init__(self, port: _Port, frames: list[Frame]) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._frames = frames
        self._off = threading.Event()
        self.start()

    def switch_off(self) -> None:
        self._off.set()

    def run(self) -> None:
        began, first = time.time_ns(), self._frames[0]
        length = self._frames[-1].wall_ns - first.wall_ns + self._frames[1].wall_ns - first.wall_ns
        ticks = self._frames[-1].rtp_time - first.rtp_time + self._frames[1].rtp_time - first.rtp_time
        for lap in itertools.count():
            for frame in self._frames:
                at = began + lap * length + frame.wall_ns - first.wall_ns
                if self._off.wait(max(0, at - time.time_ns()) / SECOND) or self._port.closed:
                    return
                self._port.put(msgspec.structs.replace(frame, wall_ns=at, rtp_time=frame.rtp_time + lap * ticks))


class FramesEngine:
    """Implements `FramesOutApi`. Each added track gets its footage written at once, of `seconds` from `START` on.

    `live`: it is written as it would be captured now, over and over.
    """

    def __init__(self) -> None:
        self.ports: dict[int, _Port] = {}
        self.codecs: dict[str, Codec] = {}
        """By track sid; what is not here is silent."""
        self.seconds = 2.0
        self.live = False
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
        codec = self.codecs.get(track)
        if codec is None:
            return
        channels = (2 if codec is Codec.OPUS else 1) if codec.is_audio else 0
        decoded = msgspec.json.decode(info, type=TrackInfo)
        out.put(TrackStarted(number, codec, RATES.get(codec, 90000), channels, decoded))
        frames = list(self.footage(number, codec))
        if self.live:
            out.cameras[track] = _Camera(out, frames)
        else:
            out.put(*frames)

    def footage(self, number: int, codec: Codec, at: float = 0.0) -> Iterable[Frame]:
        """Frames of `seconds`, the first captured `at` seconds after `START`."""
        return opus(number, self.seconds, at=at) if codec.is_audio else video(number, codec, self.seconds, at=at)

    def remove_frames(self, port: int, track: str) -> None:
        out = self.ports[port]
        camera = out.cameras.pop(track, None)
        if camera is not None:
            camera.switch_off()
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
