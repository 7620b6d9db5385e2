"""Where each frame stands in the recording: by wall time, without its jitter, never backwards. All times are in ns.

A sender's clock and ours differ by some 50 ppm, and the mapping of RTP time to wall time moves a little with each
sender report. Small differences are therefore followed slowly and only large ones at once.
"""

from roomful.media.ports.frames import Codec, Frame
from roomful.media.ports.recorder.sound import samples_of, silence

SECOND = 1_000_000_000

STEP = 60_000_000
"""A difference that cannot be the clock's: something is missing, or was sent twice."""

VIDEO_STEP = 30_000_000
SLOWNESS = 32
"""A small difference is followed by one part in this many per frame."""


class VideoPace:
    """Times of one video stream, over all tracks that feed it."""

    def __init__(self) -> None:
        self._last = 0
        self._last_rtp: int | None = None

    def restart(self) -> None:
        """Another track follows, with RTP times of its own."""
        self._last_rtp = None

    def place(self, wanted: int, frame: Frame, clock_rate: int) -> int:
        """Return the time for a frame that was captured at the recording time `wanted`."""
        at = wanted
        if self._last_rtp is not None:
            passed = (frame.rtp_time - self._last_rtp) * SECOND // clock_rate
            late = wanted - self._last - passed
            if abs(late) < VIDEO_STEP:
                at = self._last + passed + late // SLOWNESS
            elif late < 0 and passed < SECOND:
                # Wall time went back: run at half speed until it has caught up, instead of not at all.
                at = self._last + passed // 2
        at = max(at, self._last + 1)
        self._last, self._last_rtp = at, frame.rtp_time
        return at


class AudioPace:
    """Puts the packets of one audio stream end to end; what is missing between is silence.

    Decoders count samples, so a stream with holes is short for whoever does not look at time stamps. With `exact`, for
    containers where everybody counts, time stamps are nothing but the sum of all durations.
    """

    def __init__(self, codec: Codec, clock_rate: int, channels: int, *, start: int, exact: bool) -> None:
        self._codec, self._rate, self._channels = codec, clock_rate, channels
        self._exact = exact
        self.position = start
        """Where the next packet goes."""

    def duration(self, data: bytes) -> int:
        """Return how long a packet lasts; 0 means that it is none."""
        return samples_of(self._codec, data, self._channels) * SECOND // self._rate

    def fill(self, until: int) -> list[tuple[bytes, int, int]]:
        """Return silence from the position to `until`, as (payload, time, duration), and move there."""
        missing = max(0, until - self.position) * self._rate // SECOND
        packets: list[tuple[bytes, int, int]] = []
        for payload, samples in silence(self._codec, missing, self._channels):
            length = samples * SECOND // self._rate
            packets.append((payload, self.position, length))
            self.position += length
        return packets

    def needs(self, wanted: int, duration: int, *, lost: bool) -> int:
        """Return how much silence comes before a packet for the time `wanted`; negative: the packet is to be left out.

        `lost` says that packets before it were lost, or that the track was muted.
        """
        late = wanted - self.position
        if late <= -STEP:
            return -1
        return late if late >= (duration // 2 if lost else STEP) else 0

    def place(self, wanted: int, duration: int) -> int:
        """Return the time for a packet and move behind it."""
        if not self._exact:
            self.position += (wanted - self.position) // SLOWNESS
        at = self.position
        self.position += duration
        return at
