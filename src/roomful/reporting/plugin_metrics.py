"""The second, simpler way in: `/report/metrics`, in seconds, kbit/s and percent. specs/monibuca-rooms.md §9.6."""

import contextlib
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from roomful.reporting.messages import CLIENT, Name
from roomful.reporting.questions.loading import Loading, Span
from roomful.reporting.questions.numbers import mean, media_of
from roomful.reporting.writer import ReportWriter
from roomful.storage.report_tables import report_heartbeats
from roomful.storage.reports import Measurements, ReportTable, StoredDownstream, StoredHeartbeat

LATELY = 86_400_000
"""Milliseconds that count as now."""
MAX_USERS, MAX_STREAMS = 100, 100
Kilobits = Annotated[float, msgspec.Meta(ge=0, le=10_000_000)]


class VideoMetrics(msgspec.Struct, frozen=True, kw_only=True):
    frame_rate: Annotated[float, msgspec.Meta(ge=0, le=1000)] | None = None
    width: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    height: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    bitrate: Kilobits | None = None


class AudioMetrics(msgspec.Struct, frozen=True, kw_only=True):
    sample_rate: Annotated[int, msgspec.Meta(ge=0, le=768_000)] | None = None
    channels: Annotated[int, msgspec.Meta(ge=0, le=64)] | None = None
    bitrate: Kilobits | None = None


class NetworkMetrics(msgspec.Struct, frozen=True, kw_only=True):
    rtt: Annotated[float, msgspec.Meta(ge=0, le=3_600_000)] | None = None
    """Milliseconds."""
    packet_loss: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    """Percent."""
    jitter: Annotated[float, msgspec.Meta(ge=0, le=3_600_000)] | None = None


class StreamMetrics(msgspec.Struct, frozen=True, kw_only=True):
    stream_id: Name
    direction: Literal["send", "recv"]
    video: VideoMetrics = VideoMetrics()
    audio: AudioMetrics = AudioMetrics()
    network: NetworkMetrics = NetworkMetrics()

    def into(self, row: Measurements) -> None:
        video, audio, network = self.video, self.audio, self.network
        row.v_fps, row.v_width, row.v_height = video.frame_rate, video.width, video.height
        row.a_sample_rate, row.a_channels = audio.sample_rate, audio.channels
        row.v_bitrate, row.a_bitrate = _bits(video.bitrate), _bits(audio.bitrate)
        known = [rate for rate in (row.v_bitrate, row.a_bitrate) if rate is not None]
        row.net_bitrate = sum(known) if known else None
        row.rtt_ms, row.jitter_ms = network.rtt, network.jitter
        row.packet_loss = None if network.packet_loss is None else network.packet_loss / 100


class UserMetrics(msgspec.Struct, frozen=True, kw_only=True):
    user_id: Name
    """Whose streams they are: of what is received, who sends it."""
    streams: Annotated[list[StreamMetrics], msgspec.Meta(max_length=MAX_STREAMS)]


class MetricsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one user's client measured."""

    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    room_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    sdk_version: Name
    report_time: Annotated[int, msgspec.Meta(ge=0, le=10**11)]
    """Unix seconds."""
    metrics: Annotated[list[UserMetrics], msgspec.Meta(max_length=MAX_USERS)]


class PluginMetrics:
    """Takes such reports into the store of all others, and answers in this API's shapes."""

    def __init__(self, table: ReportTable, writer: ReportWriter, loading: Loading, clock: Callable[[], float]) -> None:
        self._engine = table.engine
        self._writer = writer
        self._loading = loading
        self._clock = clock

    def take(self, report: MetricsReport) -> None:
        """One heartbeat for each stream that is sent, with all that is received beside the first."""
        streams = [(one.user_id, stream) for one in report.metrics for stream in one.streams]
        received = [(publisher, stream) for publisher, stream in streams if stream.direction == "recv"]
        sent: list[StreamMetrics | None] = [stream for _, stream in streams if stream.direction == "send"]
        for stream in sent or [None]:
            row = StoredHeartbeat(
                id=self._writer.next_id(),
                room_id=report.room_id,
                user_id=report.user_id,
                session_id="",
                ts=report.report_time * 1000,
                source=CLIENT,
                stream_path=stream.stream_id if stream is not None else "",
                sdk_version=report.sdk_version,
            )
            if stream is not None:
                stream.into(row)
            parts = [self._part(row, publisher, one) for publisher, one in received]
            received = []
            self._writer.heartbeat(row, parts)

    def _part(self, row: StoredHeartbeat, publisher: str, stream: StreamMetrics) -> StoredDownstream:
        part = StoredDownstream(
            id=self._writer.next_id(),
            heartbeat_id=row.id,
            room_id=row.room_id,
            user_id=row.user_id,
            publisher_id=publisher,
            stream_path=stream.stream_id,
            ts=row.ts,
        )
        stream.into(part)
        return part

    async def rooms(self) -> list[str]:
        """Ids of the rooms with reports of the last day."""
        table = report_heartbeats
        since = round(self._clock() * 1000) - LATELY
        statement = select(table.c.room_id).where(table.c.ts >= since).group_by(table.c.room_id)
        stored: set[str] = set()
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._engine.connect() as connection:
                stored = {row[0] for row in await connection.execute(statement)}
        return sorted(stored | {row.room_id for row in self._writer.unwritten().heartbeats})

    async def of_room(self, room_id: str) -> dict[str, Any]:
        """Averages over the room, and the newest of each user."""
        rows = await self._rows(room_id, self._today())
        users = {row.user_id: row for row in rows}
        return {
            "room_id": room_id,
            "users": [_view(row) for row in users.values()],
            "aggregate": {
                "users": len(users),
                "rtt_ms": round(mean(row.rtt_ms for row in users.values()), 1),
                "packet_loss": round(mean(row.packet_loss for row in users.values()), 5),
                "bitrate": round(sum(row.net_bitrate or 0 for row in users.values())),
            },
        }

    async def of_user(self, room_id: str, user_id: str) -> dict[str, Any] | None:
        """The newest of one user; None if there is nothing."""
        rows = await self._rows(room_id, self._today())
        return next((_view(row) for row in reversed(rows) if row.user_id == user_id), None)

    async def history(self, room_id: str, span: Span, limit: int) -> list[dict[str, Any]]:
        """The newest so many, oldest first."""
        return [_view(row) for row in (await self._rows(room_id, span))[-limit:]]

    async def _rows(self, room_id: str, span: Span) -> list[StoredHeartbeat]:
        return (await self._loading.of_room(room_id, span)).heartbeats

    def _today(self) -> Span:
        now = round(self._clock() * 1000)
        return Span(start=now - LATELY, end=now + 1000)


def _view(row: StoredHeartbeat) -> dict[str, Any]:
    return {"user_id": row.user_id, "ts": row.ts, "stream_id": row.stream_path, "source": row.source, **media_of(row)}


def _bits(kilobits: float | None) -> int | None:
    return None if kilobits is None else round(kilobits * 1000)
