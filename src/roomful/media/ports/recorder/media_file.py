"""One output file: time stamps and payloads in, a container out, playable at any moment."""

from fractions import Fraction
from pathlib import Path

import msgspec

from roomful.media.ports.recorder.containers import Format
from roomful.media.ports.recorder.libav import Packet, Stream, open_output
from roomful.media.ports.recorder.pacing import SECOND

# Streams are put in order before they get here; libavformat must not hold one back to wait for the other.
_COMMON = {"max_interleave_delta": "1"}


class Source(msgspec.Struct, frozen=True, eq=False):
    """How a stream is encoded: a stream of libavformat's with these parameters, and the ticks per second."""

    template: Stream
    clock_rate: int


class _Track(msgspec.Struct):
    stream: Stream
    time_base: Fraction
    last: int = -1
    """Presentation time of the last packet."""
    decoded: int = 0
    """Decoding time behind the last packet."""


class MediaFile:
    """Writes one stream per source. All times are recording times in ns; `start` becomes 0. `target`: path or URL.

    Raises:
        OSError: the file cannot be written; `errno` tells a full disk.
    """

    def __init__(self, target: Path | str, form: Format, sources: list[Source], start: int) -> None:
        self.target = target
        self._contiguous = form.contiguous
        self.start = start
        self.end = start
        self._closed = False
        self._final_size: int | None = None
        self._output = open_output(target, form.name, {**_COMMON, **form.options})
        self._tracks: list[_Track] = []
        for source in sources:
            stream = self._output.add_stream_from_template(source.template, opaque=True)
            stream.time_base = Fraction(1, source.clock_rate)
            self._tracks.append(_Track(stream, stream.time_base))
        self._output.start_encoding()
        for track in self._tracks:
            # The container had the last word.
            track.time_base = track.stream.time_base or track.time_base

    @property
    def duration(self) -> int:
        return self.end - self.start

    @property
    def size(self) -> int:
        """Bytes on the disk; once it is closed, of the finished file, wherever that has gone since."""
        if self._final_size is not None:
            return self._final_size
        try:
            return Path(self.target).stat().st_size
        except OSError:
            return 0

    def write(self, stream: int, data: bytes, at: int, duration: int, *, keyframe: bool) -> None:
        """Write one access unit of the stream with this index.

        Raises:
            OSError: it cannot be written; `errno` tells a full disk.
            FFmpegError: libavformat does not take these bytes.
        """
        track = self._tracks[stream]
        base = track.time_base
        scale = base.numerator * SECOND
        pts = max(track.last + 1, ((at - self.start) * base.denominator + scale // 2) // scale)
        packet: Packet[Stream] = Packet(data)
        packet.stream = track.stream
        packet.time_base = base
        length = (duration * base.denominator + scale // 2) // scale
        packet.pts = packet.dts = pts
        packet.duration = length
        if self._contiguous:
            packet.dts = min(pts, track.decoded)
            track.decoded = packet.dts + max(length, 1)
        packet.is_keyframe = keyframe
        self._output.mux_one(packet)
        track.last = pts
        self.end = max(self.end, at + duration)

    def close(self) -> None:
        """Finish the file. Calling it again does nothing.

        Raises:
            OSError: the end cannot be written; what was written before is playable.
        """
        if not self._closed:
            self._closed = True
            try:
                self._output.close()
            finally:
                self._final_size = self.size
