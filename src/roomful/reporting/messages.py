"""What clients report, as it comes: no number is absurd. specs/monibuca-rooms.md §9.2-9.4."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec

from roomful.storage.reports import Measurements, StoredLeave

CLIENT = "client"
MAX_DOWNSTREAM = 200
MAX_EXTRA_BYTES = 4096

Name: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
Line: TypeAlias = Annotated[str, msgspec.Meta(max_length=2048)]
Bitrate: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=10_000_000_000)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=31_536_000)]
Millis: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=3_600_000)]
Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
T = TypeVar("T")


class Video(msgspec.Struct, frozen=True, kw_only=True):
    bitrate: Bitrate | None = None
    fps: Annotated[float, msgspec.Meta(ge=0, le=1000)] | None = None
    width: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    height: Annotated[int, msgspec.Meta(ge=0, le=65_535)] | None = None
    codec: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    frames_processed: Count | None = None
    frames_dropped: Count | None = None
    freeze_count: Count | None = None
    freeze_duration_ms: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)] | None = None


class Audio(msgspec.Struct, frozen=True, kw_only=True):
    bitrate: Bitrate | None = None
    sample_rate: Annotated[int, msgspec.Meta(ge=0, le=768_000)] | None = None
    channels: Annotated[int, msgspec.Meta(ge=0, le=64)] | None = None
    codec: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    volume: Share | None = None


class Network(msgspec.Struct, frozen=True, kw_only=True):
    rtt_ms: Millis | None = None
    bitrate: Bitrate | None = None
    packet_loss: Share | None = None
    jitter_ms: Millis | None = None


class Direction(msgspec.Struct, frozen=True, kw_only=True):
    stream_path: Annotated[str, msgspec.Meta(max_length=512)] = ""
    video: Video = Video()
    audio: Audio = Audio()
    network: Network = Network()

    def into(self, row: Measurements) -> None:
        video, audio, network = self.video, self.audio, self.network
        row.v_bitrate, row.v_fps, row.v_width, row.v_height = video.bitrate, video.fps, video.width, video.height
        row.v_codec, row.v_frames_processed = video.codec, video.frames_processed
        row.v_frames_dropped, row.v_freeze_count = video.frames_dropped, video.freeze_count
        row.v_freeze_ms = video.freeze_duration_ms
        row.a_bitrate, row.a_sample_rate, row.a_channels = audio.bitrate, audio.sample_rate, audio.channels
        row.a_codec, row.a_volume = audio.codec, audio.volume
        row.rtt_ms, row.net_bitrate = network.rtt_ms, network.bitrate
        row.packet_loss, row.jitter_ms = network.packet_loss, network.jitter_ms


class Downstream(Direction, frozen=True, kw_only=True):
    publisher_id: Name


class DeviceReport(msgspec.Struct, frozen=True, kw_only=True):
    terminal: Name = ""
    device_name: Name = ""
    os_version: Name = ""
    network_type: Name = ""


class HeartbeatReport(msgspec.Struct, frozen=True, kw_only=True):
    """How it went since the last one. Counters are of the interval, times are Unix milliseconds."""

    timestamp: float | None = None
    sdk_version: Name = ""
    upstream: Direction = Direction()
    downstream: Annotated[list[Downstream], msgspec.Meta(max_length=MAX_DOWNSTREAM)] = []
    device: DeviceReport = DeviceReport()


class LeaveRoomReport(DeviceReport, frozen=True, kw_only=True):
    """What a client says of its visit; what it leaves out the server knows."""

    leave_reason: Name = ""
    sdk_version: Name = ""
    join_source: Name = ""
    join_url: Line = ""
    referrer: Line = ""
    app_version: Name = ""
    reconnects: Count | None = None
    publish_duration: Seconds | None = None
    subscribe_duration: Seconds | None = None
    extra: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if len(msgspec.json.encode(self.extra)) > MAX_EXTRA_BYTES:
            raise ValueError(f"extra has {MAX_EXTRA_BYTES} bytes at most")


class KvReport(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the client tried."""

    event: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    success: bool = True
    latency_ms: Millis | None = None
    code: Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)] = 0
    message: Line = ""
    value: Any = None
    timestamp: float | None = None
    sdk_version: Name = ""

    def __post_init__(self) -> None:
        if len(msgspec.json.encode(self.value)) > MAX_EXTRA_BYTES:
            raise ValueError(f"value has {MAX_EXTRA_BYTES} bytes at most")


class BadReport(ValueError):
    """A report that says nothing; the message tells what is wrong with it."""


def merged(row: StoredLeave, said: LeaveRoomReport) -> StoredLeave:
    """The server's record of a visit with what the client says, which counts where it says anything."""
    fields = {name: value for name, value in msgspec.structs.asdict(said).items() if value not in ("", None, {})}
    extra = msgspec.json.encode(fields.pop("extra", {})).decode()
    return msgspec.structs.replace(row, source=CLIENT, extra=extra, **fields)


def read(report: Mapping[str, Any], kind: type[T]) -> T:
    """Raises BadReport."""
    try:
        return msgspec.convert(report, kind)
    except msgspec.ValidationError as error:
        raise BadReport(str(error)) from None
