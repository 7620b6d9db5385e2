"""Frames in real time to the engine, and what comes back."""

import select
import socket
import time
from collections.abc import Iterable

import msgspec

from roomful.media.ports.frames import (
    BadRecord,
    Codec,
    Frame,
    FrameDecoder,
    KeyframeRequest,
    Stop,
    TrackEnded,
    TrackInfo,
    TrackStarted,
    encode,
)
from roomful.media.ports.worker.control import Control

STALLED_SECONDS = 10.0
"""How long the engine may take nothing."""


class Gone(Exception):
    """Nobody takes frames any more, or nobody wants them: the bot ends."""


class Sender:
    """Writes the worker's stream, waits for the right moment, and hears whom to stop for."""

    def __init__(self, output: socket.socket, control: Control) -> None:
        output.settimeout(STALLED_SECONDS)
        self._output = output
        self._control = control
        self._requests = FrameDecoder()
        self._wanted: set[int] = set()
        self._codecs: dict[int, Codec] = {}

    def start(self, number: int, codec: Codec, info: TrackInfo, channels: int = 0) -> None:
        """Begin a track, or go on with another codec.

        Raises:
            Gone: the engine is.
        """
        self._codecs[number] = codec
        self._write([TrackStarted(number, codec, codec.clock_rate, channels, info)])

    def send(
        self, number: int, at_ns: int, wall_ns: int, data: bytes, *, keyframe: bool, level: int | None = None
    ) -> None:
        """Send a frame: `at_ns` counts from the track's beginning, `wall_ns` is when it was captured.

        Raises:
            Gone: the engine is.
        """
        rtp_time = at_ns * self._codecs[number].clock_rate // 1_000_000_000
        self._write([Frame(number, rtp_time, wall_ns, data, keyframe=keyframe, level=level)])

    def forward(self, frame: Frame, wall_ns: int) -> None:
        """Send a frame of another stream, as of this moment.

        Raises:
            Gone: the engine is.
        """
        self._write([msgspec.structs.replace(frame, wall_ns=wall_ns)])

    def is_past(self, wall_ns: int) -> bool:
        return time.time_ns() >= wall_ns

    def end(self, number: int) -> None:
        self._write([TrackEnded(number)])

    def stop(self) -> None:
        """Say that this is all."""
        self._write([Stop()])

    def keyframe_wanted(self, number: int) -> bool:
        """Whether somebody asked for a keyframe of the track since the last call."""
        wanted = number in self._wanted
        self._wanted.discard(number)
        return wanted

    def wait_until(self, wall_ns: int) -> None:
        """Sleep until this moment.

        Raises:
            Gone: the parent or the engine is.
        """
        while (left := (wall_ns - time.time_ns()) / 1e9) > 0 or self._heard(0.0):
            self._heard(max(left, 0.0))

    def rest(self, within: float) -> None:
        """Sleep for so many seconds, or until there is word from the parent or the engine.

        Raises:
            Gone: either is.
        """
        self._heard(within)

    def _heard(self, within: float) -> bool:
        """Wait for word from the parent or the engine; return whether there was any."""
        ready, _, _ = select.select([self._control, self._output], [], [], within)
        if self._control in ready and self._control.parent_gone():
            raise Gone("the server has gone")
        if self._output in ready:
            try:
                data = self._output.recv(4096)
                if not data:
                    raise Gone("the room is closed")
                self._wanted |= {one.track for one in self._requests.feed(data) if isinstance(one, KeyframeRequest)}
            except (OSError, BadRecord) as error:
                raise Gone(f"the engine has gone: {error}") from error
        return bool(ready)

    def _write(self, records: Iterable[Frame | TrackStarted | TrackEnded | Stop]) -> None:
        try:
            self._output.sendall(b"".join(map(encode, records)))
        except OSError as error:
            raise Gone(f"the engine takes no more frames: {error}") from error
