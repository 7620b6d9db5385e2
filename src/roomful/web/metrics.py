"""Numbers for Prometheus, at `/metrics`. Names are LiveKit's where the meaning is the same: its dashboards work."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, UntypedMetricFamily
from prometheus_client.registry import Collector

from roomful._native import EngineStats
from roomful.reporting.writer import Health
from roomful.rooms.model import TrackKind
from roomful.rooms.registry import Rooms

CONTENT_TYPE = "text/plain; version=0.0.4"


class MeasuredEngine(Protocol):
    """The media engine, as far as it is measured."""

    def stats(self) -> EngineStats: ...


class Saver(Protocol):
    """Who saves what has to survive a restart."""

    @property
    def healthy(self) -> bool: ...


class Work(Protocol):
    """Something that runs for a while, many at a time. Counters begin at 0 with the server."""

    @property
    def active(self) -> int: ...
    @property
    def started(self) -> int: ...
    @property
    def failed(self) -> int: ...


class Deliveries(Protocol):
    """Webhooks, as far as they are measured."""

    @property
    def waiting(self) -> int: ...
    @property
    def delivered(self) -> int: ...
    @property
    def failures(self) -> int: ...
    @property
    def failed_attempts(self) -> int: ...


class Reporting(Protocol):
    """The writer of reports, as far as it is measured."""

    @property
    def health(self) -> Health: ...


class Metrics:
    """Everything there is to measure, read when it is asked for."""

    def __init__(
        self,
        rooms: Rooms,
        engine: MeasuredEngine,
        saver: Saver,
        extension_errors: Mapping[str, int] = MappingProxyType({}),
        *,
        works: Mapping[str, Work] = MappingProxyType({}),
        webhooks: Deliveries | None = None,
        reports: Reporting | None = None,
    ) -> None:
        """`extension_errors`: failures of extensions, by name; `works` by what they are called in labels: `egress`."""
        self._registry = CollectorRegistry()
        self._registry.register(_ServerCollector(rooms, engine, saver, extension_errors))
        self._registry.register(_PortsCollector(works, webhooks, reports))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # nothing runs here
        return 0


class _PortsCollector(Collector):
    """What goes on beside the rooms."""

    def __init__(self, works: Mapping[str, Work], webhooks: Deliveries | None, reports: Reporting | None) -> None:
        self._reports = reports
        self._works = works
        self._webhooks = webhooks

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        active = GaugeMetricFamily("roomful_work_active", "Egresses and the like that run now.", labels=["kind"])
        started = CounterMetricFamily("roomful_work_started", "How many have started.", labels=["kind"])
        failed = CounterMetricFamily("roomful_work_failed", "How many could not start, or failed.", labels=["kind"])
        for kind, work in self._works.items():
            active.add_metric([kind], work.active)
            started.add_metric([kind], work.started)
            failed.add_metric([kind], work.failed)
        yield from (active, started, failed)
        if self._reports is not None:
            health = self._reports.health
            where = "1 while reports go to the database, 0 while they wait in memory."
            yield GaugeMetricFamily("roomful_reports_healthy", where, health.backend == "database")
            yield GaugeMetricFamily("roomful_reports_waiting", "Reports not in the database yet.", health.buffered)
            yield CounterMetricFamily("roomful_reports_dropped", "Reports for which there was no room.", health.dropped)
        if (webhooks := self._webhooks) is not None:
            yield GaugeMetricFamily("roomful_webhooks_waiting", "Deliveries not made yet.", webhooks.waiting)
            yield CounterMetricFamily("roomful_webhooks_delivered", "Deliveries made.", webhooks.delivered)
            yield CounterMetricFamily("roomful_webhooks_failed", "Deliveries given up.", webhooks.failures)
            attempts = "Attempts that failed; the delivery may have been made by a later one."
            yield CounterMetricFamily("roomful_webhook_attempts_failed", attempts, webhooks.failed_attempts)


class _ServerCollector(Collector):
    def __init__(self, rooms: Rooms, engine: MeasuredEngine, saver: Saver, extension_errors: Mapping[str, int]) -> None:
        self._extension_errors = extension_errors
        self._rooms = rooms
        self._engine = engine
        self._saver = saver

    def describe(self) -> Iterator[Metric]:
        # Without it the registry would collect once, just to learn the names.
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from self._domain()
        yield from self._media()
        saving = "1 while what has to survive a restart is being saved, 0 while the database does not take it."
        yield GaugeMetricFamily("roomful_storage_healthy", saving, self._saver.healthy)
        failures = CounterMetricFamily(
            "extension_errors", "Callbacks of extensions that raised or took too long.", labels=["extension"]
        )
        for name, count in list(self._extension_errors.items()):
            failures.add_metric([name], count)
        yield failures
        yield GaugeMetricFamily("roomful_tasks", "Asynchronous tasks that are not done.", _tasks())

    def _domain(self) -> Iterator[Metric]:
        participants: Counter[str] = Counter()
        tracks: Counter[TrackKind] = Counter()
        for room in self._rooms:
            participants.update(participant.protocol for participant in room.participants.values())
            tracks.update(track.kind for track in room.tracks.values() if track.published)
        yield GaugeMetricFamily("livekit_room_total", "Open rooms.", len(self._rooms))
        yield GaugeMetricFamily("livekit_participant_total", "Participants in all rooms.", participants.total())
        by_protocol = GaugeMetricFamily("roomful_participants", "Participants by protocol.", labels=["protocol"])
        for protocol, count in participants.items():
            by_protocol.add_metric([protocol], count)
        yield by_protocol
        published = GaugeMetricFamily("livekit_track_published_total", "Published tracks.", labels=["kind"])
        for kind in TrackKind:
            published.add_metric([kind.value], tracks[kind])
        yield published

    def _media(self) -> Iterator[Metric]:
        stats = self._engine.stats()
        yield GaugeMetricFamily("livekit_track_subscribed_total", "Subscriptions to tracks.", stats.subscriptions)
        yield GaugeMetricFamily("roomful_peer_connections", "Peer connections.", stats.peers)
        packets = CounterMetricFamily("livekit_packet", "Media packets.", labels=["direction", "transmission"])
        packets.add_metric(["incoming", "initial"], stats.packets_in)
        packets.add_metric(["outgoing", "initial"], stats.packets_out)
        yield packets
        # A counter's name would get the suffix `_total`, which LiveKit's does not have.
        size = UntypedMetricFamily(
            "livekit_packet_bytes", "Bytes of media packets.", labels=["direction", "transmission"]
        )
        size.add_metric(["incoming", "initial"], stats.bytes_in)
        size.add_metric(["outgoing", "initial"], stats.bytes_out)
        yield size
        drops = CounterMetricFamily(
            "roomful_packet_drops", "Packets, messages and frames that were not sent.", labels=["reason"]
        )
        drops.add_metric(["kernel"], stats.send_drops)
        drops.add_metric(["slow_data_channel"], stats.data_drops)
        drops.add_metric(["slow_worker"], stats.frame_drops)
        yield drops
        yield CounterMetricFamily("roomful_stranger_packets", "Datagrams from nobody known.", stats.strangers)
        yield CounterMetricFamily("roomful_engine_panics", "Peers ended because of an internal error.", stats.panics)
