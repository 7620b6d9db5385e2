"""What is done to a server, and what is read off it."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import backend, bridging, first_frame, live_show, mixing, peers, recording, reporting, signals
from benchmarks.broadcast import measuring
from benchmarks.driver import Driver, DriverFailed, Load
from benchmarks.metrics import Metric, Values
from benchmarks.processes import cpu_seconds, resident_bytes
from benchmarks.reports import Joined, Measured, Measuring, Stopped
from benchmarks.servers import Program, RunningServer, broadcasting


@dataclass(frozen=True)
class Settings:
    """How long it may take."""

    window: float = 20
    """Seconds of a measuring window."""
    warmup: float = 5
    """Seconds before it, with the load on."""
    joins: int = 10
    """Participants that wait for a first frame, one after the other."""
    idle: int = 100
    """Participants that do nothing."""


@dataclass(frozen=True)
class Scenario:
    """A load with a name. `measure` gets a freshly started server that nobody else uses."""

    name: str
    title: str
    measure: Callable[[RunningServer, Driver, Settings], Values]
    ours_alone: bool = False
    """The peers need other programs for this."""
    program: Callable[[], Program] | None = None
    """What is measured as ours, when it is not the server as it is."""


def video(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """One VP8 track of about 1.3 Mbit/s, without simulcast, to 40 subscribers."""
    load = Load(video_publishers=1, subscribers=40, warmup=settings.warmup, duration=settings.window)
    cpu, measured = _forward(server, driver, load)
    return {
        Metric.VIDEO_CPU: cpu / measured.received_packets * 1e6,
        Metric.VIDEO_DELIVERED: measured.delivered * 100,
        Metric.VIDEO_LATENCY_P50: measured.latency_ms_p50,
        Metric.VIDEO_LATENCY_P99: measured.latency_ms_p99,
    }


def audio(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Ten opus tracks to 40 subscribers: 400 tracks, 20,000 packets/s."""
    load = Load(audio_publishers=10, subscribers=40, warmup=settings.warmup, duration=settings.window)
    cpu, measured = _forward(server, driver, load)
    return {
        Metric.AUDIO_CPU: cpu / measured.received_packets * 1e6,
        Metric.AUDIO_DELIVERED: measured.delivered * 100,
        Metric.AUDIO_LATENCY_P50: measured.latency_ms_p50,
        Metric.AUDIO_LATENCY_P99: measured.latency_ms_p99,
    }


def idle(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Participants join as fast as they get in, and then do nothing."""
    # What a server loads and keeps with its very first participants is no cost of each.
    with driver.run(server, "first", Load(subscribers=5)) as reports:
        for _ in reports:
            pass
    memory_before, cpu_before = resident_bytes(server.process), cpu_seconds(server.process)
    values: Values = {}
    with driver.run(server, "idle", Load(subscribers=settings.idle, warmup=settings.warmup)) as reports:
        for report in reports:
            match report:
                case Joined():
                    cpu = cpu_seconds(server.process) - cpu_before
                    values[Metric.JOIN_RATE] = report.joins_per_second
                    values[Metric.JOIN_CPU] = cpu / settings.idle * 1e3
                case Measuring():
                    memory = resident_bytes(server.process) - memory_before
                    values[Metric.MEMORY] = memory / settings.idle / 1024
                case _:
                    pass
    return values


def join(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Python SDK clients, one after the other: connect until a frame of the publisher's video is decoded."""
    return {Metric.FIRST_FRAME: first_frame.measure(server, settings.joins) * 1e3}


def record(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Fifty tracks, each into a file of its own."""
    cost, whole = recording.tracks(server, 50, settings.window)
    return {Metric.RECORDED_CPU: cost * 100, Metric.RECORDED_WHOLE: whole * 100}


def compose(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Three people side by side, in one file."""
    return {Metric.COMPOSED_CPU: recording.composition(server, settings.window) * 100}


def mcu(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Mixed rooms: three people with pictures, eight without, and how late one is heard."""
    return {
        Metric.MIXED_CPU: mixing.pictures(server, settings.window) * 100,
        Metric.MIXED_VOICES_CPU: mixing.voices(server, settings.window) * 100,
        Metric.MIXED_LATENCY: mixing.latency(server, settings.joins) * 1e3,
    }


def fanout(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """One WebSocket client tells 500, and 5000, beside a bare picows server that does the same."""
    return measuring.measure(server, settings.window)


def show(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """A live show: 1000 viewers, 50 gifts per second."""
    heard = live_show.measure(server, viewers=1000, gifts=50, warmup=settings.warmup, seconds=settings.window)
    return {
        Metric.SHOW_LATENCY_P50: heard.latency_ms_p50,
        Metric.SHOW_LATENCY_P95: heard.latency_ms_p95,
        Metric.SHOW_DELIVERED: heard.delivered * 100,
        Metric.SHOW_CPU: heard.cpu * 100,
    }


def room_signals(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Heartbeats of 50 publishers, and of 20,000 sessions."""
    return signals.measure(server, settings.window)


def nkmedia(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """A back end makes and destroys rooms, and lists 10,000."""
    return backend.measure(server, settings.window)


def crowd(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """A live show with 10,000 viewers in which nothing happens."""
    found = live_show.measure_crowd(server, viewers=10_000, warmup=settings.warmup, seconds=settings.window)
    return {
        Metric.CROWD_JOIN_RATE: found.joins_per_second,
        Metric.CROWD_JOIN_CPU: found.cpu_per_join * 1e3,
        Metric.CROWD_CPU: found.cpu * 100,
    }


def reports(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Reports in and out of a database, without a server."""
    return reporting.measure()


def iroh(server: RunningServer, driver: Driver, settings: Settings) -> Values:
    """Fifty iroh peers in one room, and one peer's camera in a room of the server."""
    return peers.measure(server, driver, settings.window, settings.joins)


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("video", "video 1→40", video),
        Scenario("audio", "audio 10→40", audio),
        Scenario("join", "first frame", join),
        Scenario("idle", "idle participants", idle),
        Scenario("fanout", "WebSocket fan-out", fanout, ours_alone=True, program=broadcasting),
        Scenario("record", "50 recorded tracks", record, ours_alone=True),
        Scenario("compose", "composed room", compose, ours_alone=True),
        Scenario("mcu", "mixed rooms", mcu, ours_alone=True),
        Scenario("show", "live show", show, ours_alone=True),
        Scenario("signals", "Room Signals", room_signals, ours_alone=True, program=signals.signalling),
        Scenario("nkmedia", "NkMEDIA rooms", nkmedia, ours_alone=True),
        Scenario("crowd", "large audience", crowd, ours_alone=True),
        Scenario("reports", "reports", reports, ours_alone=True),
        Scenario("peers", "iroh peers", iroh, ours_alone=True, program=bridging.bridging),
    )
}


def _forward(server: RunningServer, driver: Driver, load: Load) -> tuple[float, Measured]:
    """The server's CPU seconds in the measuring window, and what arrived of what was sent in it."""
    before = after = 0.0
    with driver.run(server, "forward", load) as reports:
        for report in reports:
            match report:
                case Measuring():
                    before = cpu_seconds(server.process)
                case Stopped():
                    after = cpu_seconds(server.process)
                case Measured(received_packets=received) if received > 0:
                    return after - before, report
                case _:
                    pass
    raise DriverFailed("no packet arrived in the measuring window")
