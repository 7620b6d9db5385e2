"""Counts what comes of one remote track."""

from .rtc_messages import Kind, Received, TrackReport


class TrackMeter:
    """Fed with frames, asked for a report once per interval. Times are seconds of a clock that never goes back."""

    def __init__(self, identity: str, track: str, kind: Kind, now: float) -> None:
        self._identity = identity
        self._track = track
        self._kind: Kind = kind
        self._last_frame = now
        self._width = self._height = 0
        self._received = Received()
        self._start_interval()

    def video_frame(self, width: int, height: int, now: float) -> None:
        """A picture was decoded; its size is in pixels."""
        self._width, self._height = width, height
        self._frame(now)

    def audio_frame(self, square_sum: float, samples: int, now: float) -> None:
        """Audio was decoded; `square_sum` is over its samples at full scale 1."""
        self._square_sum += square_sum
        self._samples += samples
        self._frame(now)

    def report(self, received: Received | None, now: float) -> TrackReport:
        """What came since the last report; the next interval begins.

        `received` is counted from the subscription on; None when nothing is known, which is made up for later.
        """
        if received is None:
            received = self._received
        made = TrackReport(
            identity=self._identity,
            track=self._track,
            kind=self._kind,
            frames=self._frames,
            largest_gap=max(self._largest_gap, now - self._last_frame),
            energy=(self._square_sum / self._samples) ** 0.5 if self._samples else 0.0,
            width=self._width,
            height=self._height,
            received=received - self._received,
        )
        self._received = received
        self._start_interval()
        return made

    def _frame(self, now: float) -> None:
        self._frames += 1
        self._largest_gap = max(self._largest_gap, now - self._last_frame)
        self._last_frame = now

    def _start_interval(self) -> None:
        self._frames = 0
        self._largest_gap = 0.0
        self._square_sum = 0.0
        self._samples = 0
