"""What the load driver says, one JSON object per line; see `driver/src/report.rs`."""

import msgspec


class Report(msgspec.Struct, frozen=True, tag_field="event"):
    """One line of the driver's output. Times are in seconds unless the name says `ms`."""


class Started(Report, frozen=True, tag="started"):
    """The run begins."""

    unix_ns: int
    """What the stamps in payloads count from, since the Unix epoch."""


class Joined(Report, frozen=True, tag="joined"):
    """Everybody is in."""

    participants: int
    seconds: float
    joins_per_second: float
    join_ms_p50: float
    join_ms_p95: float


class Flowing(Report, frozen=True, tag="flowing"):
    """Every subscriber receives every track."""

    tracks: int
    seconds: float


class Measuring(Report, frozen=True, tag="measuring"):
    """The measuring window begins now."""


class Second(Report, frozen=True, tag="second"):
    """One second of the window."""

    number: int
    sent_packets: int
    received_packets: int
    received_bytes: int


class Stopped(Report, frozen=True, tag="stopped"):
    """The window ends now."""

    seconds: float


class Measured(Report, frozen=True, tag="measured"):
    """What came of the window. A packet belongs to it by the time it was sent."""

    seconds: float
    sent_packets: int
    expected_packets: int
    received_packets: int
    received_bytes: int
    lost_packets: int
    delivered: float
    """Received of expected packets, 0 to 1."""
    latency_ms_p50: float
    latency_ms_p95: float
    latency_ms_p99: float
    driver_cpu_seconds: float


class Finished(Report, frozen=True, tag="finished"):
    """Everybody left."""


class Failed(Report, frozen=True, tag="failed"):
    """The run was given up."""

    error: str


_decoder = msgspec.json.Decoder(
    Started | Joined | Flowing | Measuring | Second | Stopped | Measured | Finished | Failed
)


def decode(line: str) -> Report:
    """The report in one line. Raises msgspec.DecodeError when it is none."""
    return _decoder.decode(line)
