"""Numbers for Prometheus, at `/metrics`. Names are LiveKit's where the meaning is the same: its dashboards work."""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, UntypedMetricFamily
from prometheus_client.registry import Collector

from roomful._native import EngineStats
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


class Metrics:
    """Everything there is to measure, read when it is asked for."""

    def __init__(self, rooms: Rooms, engine: MeasuredEngine, saver: Saver) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_ServerCollector(rooms, engine, saver))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self._registry)


class _ServerCollector(Collector):
    def __init__(self, rooms: Rooms, engine: MeasuredEngine, saver: Saver) -> None:
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
            "roomful_packet_drops", "Packets and messages that were not sent.", labels=["reason"]
        )
        drops.add_metric(["kernel"], stats.send_drops)
        drops.add_metric(["slow_data_channel"], stats.data_drops)
        yield drops
        yield CounterMetricFamily("roomful_stranger_packets", "Datagrams from nobody known.", stats.strangers)
        yield CounterMetricFamily("roomful_engine_panics", "Peers ended because of an internal error.", stats.panics)
