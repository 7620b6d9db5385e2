"""The typed face of the Rust module: commands down, events up. stubtest checks it against the binary in `make lint`."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, final

from typing_extensions import disjoint_base

__all__ = [
    "Closed",
    "EngineStats",
    "Event",
    "Layer",
    "Overloaded",
    "PendingTrack",
    "Sfu",
    "SfuConfig",
    "SfuError",
    "TrackStats",
    "__source_hash__",
    "set_log_level",
]

__source_hash__: Final[str]
"""Checksum of the Rust sources this module was built from; see `roomful._native_guard`."""

def set_log_level(level: int) -> None:
    """Pass on engine logs of this level of `logging` and above; less is not even formatted."""

class SfuError(Exception):
    """The media engine could not do what was asked."""

class Overloaded(SfuError):
    """Too many commands wait for the media engine."""

class Closed(SfuError):
    """The media engine has been closed."""

@final
class SfuConfig:
    """What an `Sfu` is started with."""

    def __new__(
        cls,
        *,
        udp: Sequence[Sequence[tuple[str, int]]],
        tcp: Sequence[tuple[str, int]],
        candidate_ips: Sequence[str],
        keyframe_throttle_ms: tuple[int, int, int] = (500, 1000, 1000),
        data_buffer: int = 1048576,
    ) -> SfuConfig:
        """`udp`: one list of (IP, port) per shard. `tcp`: ICE-TCP listeners. `candidate_ips`: announced addresses.

        `keyframe_throttle_ms`: least time between key frame requests for the low, middle and high layer.
        `data_buffer`: bytes that may wait for one peer's reliable channel before the peer is dropped as slow.
        Raises ValueError for what is not an IP address.
        """

@final
class PendingTrack:
    """A track that its client has announced and that waits for its media section."""

    def __new__(
        cls, *, sid: str, cid: str, kind: str, mime: str = "", dtx: bool = True, stereo: bool = False
    ) -> PendingTrack:
        """`kind` is `audio` or `video`, else ValueError; `mime` a preferred codec like `video/vp8`."""
    @property
    def sid(self) -> str: ...
    @property
    def cid(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def dtx(self) -> bool: ...
    @property
    def stereo(self) -> bool: ...

@final
class Layer:
    """One encoding of a published track."""

    def __new__(cls, *, rid: str, spatial: int, ssrc: int, rtx_ssrc: int) -> Layer: ...
    @property
    def rid(self) -> str:
        """Simulcast id; empty without simulcast."""
    @property
    def spatial(self) -> int:
        """Rank, 0 for the smallest."""
    @property
    def ssrc(self) -> int: ...
    @property
    def rtx_ssrc(self) -> int:
        """SSRC of retransmissions, 0 for none."""

@final
class TrackStats:
    """Counters of one track at one peer."""

    def __new__(
        cls,
        *,
        track: str,
        direction: str,
        packets: int = 0,
        bytes: int = 0,  # noqa: A002 - the counter's name
        loss: float = 0.0,
        nacks: int = 0,
        plis: int = 0,
        jitter_ms: float = 0.0,
        spatial: int = -1,
    ) -> TrackStats: ...
    @property
    def track(self) -> str: ...
    @property
    def direction(self) -> str:
        """`in`: received from the peer; `out`: sent to it."""
    @property
    def packets(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def loss(self) -> float:
        """Fraction lost in the last interval, 0 … 1."""
    @property
    def nacks(self) -> int: ...
    @property
    def plis(self) -> int: ...
    @property
    def jitter_ms(self) -> float: ...
    @property
    def spatial(self) -> int:
        """`out`: layer forwarded now, -1 for none. `in`: highest layer that has media."""

@disjoint_base
class Event:
    """A fact from the engine; match on its variants."""

    @final
    class Answered(Event):
        """The answer to a client's offer."""

        __match_args__: Final = ("peer", "request", "sdp", "mid_to_track", "candidates")
        def __new__(
            cls, peer: int, request: int, sdp: str, mid_to_track: Mapping[str, str], candidates: Sequence[str]
        ) -> Event.Answered: ...
        @property
        def peer(self) -> int: ...
        @property
        def request(self) -> int: ...
        @property
        def sdp(self) -> str: ...
        @property
        def mid_to_track(self) -> dict[str, str]: ...
        @property
        def candidates(self) -> list[str]: ...

    @final
    class Offered(Event):
        """An offer of ours; `sdp` is empty when there was nothing to negotiate."""

        __match_args__: Final = ("peer", "request", "sdp", "mid_to_track", "candidates")
        def __new__(
            cls, peer: int, request: int, sdp: str, mid_to_track: Mapping[str, str], candidates: Sequence[str]
        ) -> Event.Offered: ...
        @property
        def peer(self) -> int: ...
        @property
        def request(self) -> int: ...
        @property
        def sdp(self) -> str: ...
        @property
        def mid_to_track(self) -> dict[str, str]: ...
        @property
        def candidates(self) -> list[str]: ...

    @final
    class NegotiationFailed(Event):
        """A description could not be used. The peer is still there."""

        __match_args__: Final = ("peer", "request", "reason")
        def __new__(cls, peer: int, request: int, reason: str) -> Event.NegotiationFailed: ...
        @property
        def peer(self) -> int: ...
        @property
        def request(self) -> int: ...
        @property
        def reason(self) -> str: ...

    @final
    class NegotiationNeeded(Event):
        """Subscriptions changed: the client must offer `audio` and `video` more sections, or the server must offer."""

        __match_args__: Final = ("peer", "audio", "video")
        def __new__(cls, peer: int, audio: int, video: int) -> Event.NegotiationNeeded: ...
        @property
        def peer(self) -> int: ...
        @property
        def audio(self) -> int: ...
        @property
        def video(self) -> int: ...

    @final
    class TrackBound(Event):
        """An announced track was found in an offer: it is published."""

        __match_args__: Final = ("peer", "track", "mid", "cid", "sdp_cid", "mime", "rids")
        def __new__(
            cls, peer: int, track: str, mid: str, cid: str, sdp_cid: str, mime: str, rids: Sequence[str]
        ) -> Event.TrackBound: ...
        @property
        def peer(self) -> int: ...
        @property
        def track(self) -> str: ...
        @property
        def mid(self) -> str: ...
        @property
        def cid(self) -> str: ...
        @property
        def sdp_cid(self) -> str: ...
        @property
        def mime(self) -> str: ...
        @property
        def rids(self) -> list[str]: ...

    @final
    class TrackUnbound(Event):
        """The publisher took the track out of its offer."""

        __match_args__: Final = ("peer", "track")
        def __new__(cls, peer: int, track: str) -> Event.TrackUnbound: ...
        @property
        def peer(self) -> int: ...
        @property
        def track(self) -> str: ...

    @final
    class TrackLayers(Event):
        """A layer sent its first packet; all layers known so far."""

        __match_args__: Final = ("peer", "track", "layers")
        def __new__(cls, peer: int, track: str, layers: Sequence[Layer]) -> Event.TrackLayers: ...
        @property
        def peer(self) -> int: ...
        @property
        def track(self) -> str: ...
        @property
        def layers(self) -> list[Layer]: ...

    @final
    class SubscriptionActive(Event):
        """The subscriber knows the track: media flows."""

        __match_args__: Final = ("peer", "track")
        def __new__(cls, peer: int, track: str) -> Event.SubscriptionActive: ...
        @property
        def peer(self) -> int: ...
        @property
        def track(self) -> str: ...

    @final
    class SubscriptionFailed(Event):
        """`reason`: `codec` (the subscriber cannot decode it) or `track` (there is no such track)."""

        __match_args__: Final = ("peer", "track", "reason")
        def __new__(cls, peer: int, track: str, reason: str) -> Event.SubscriptionFailed: ...
        @property
        def peer(self) -> int: ...
        @property
        def track(self) -> str: ...
        @property
        def reason(self) -> str: ...

    @final
    class PeerState(Event):
        """`state`: `connected`, `disconnected`, or `failed` and `closed`, after which the peer is gone."""

        __match_args__: Final = ("peer", "state", "reason")
        def __new__(cls, peer: int, state: str, reason: str) -> Event.PeerState: ...
        @property
        def peer(self) -> int: ...
        @property
        def state(self) -> str: ...
        @property
        def reason(self) -> str: ...

    @final
    class ChannelOpen(Event):
        """A data channel is open."""

        __match_args__: Final = ("peer", "label")
        def __new__(cls, peer: int, label: str) -> Event.ChannelOpen: ...
        @property
        def peer(self) -> int: ...
        @property
        def label(self) -> str: ...

    @final
    class Data(Event):
        """A message on a data channel."""

        __match_args__: Final = ("peer", "label", "data")
        def __new__(cls, peer: int, label: str, data: bytes) -> Event.Data: ...
        @property
        def peer(self) -> int: ...
        @property
        def label(self) -> str: ...
        @property
        def data(self) -> bytes: ...

    @final
    class AudioLevels(Event):
        """Smoothed linear level, 0 … 1, of the tracks that sound; one that fell silent comes once more with 0."""

        __match_args__: Final = ("room", "levels")
        def __new__(cls, room: str, levels: Sequence[tuple[str, float]]) -> Event.AudioLevels: ...
        @property
        def room(self) -> str: ...
        @property
        def levels(self) -> list[tuple[str, float]]: ...

    @final
    class PeerStats(Event):
        """Counters of a connected peer, about every five seconds. `estimate_bps` is 0 until it was measured."""

        __match_args__: Final = ("peer", "rtt_ms", "estimate_bps", "tracks")
        def __new__(
            cls, peer: int, rtt_ms: float, estimate_bps: float, tracks: Sequence[TrackStats]
        ) -> Event.PeerStats: ...
        @property
        def peer(self) -> int: ...
        @property
        def rtt_ms(self) -> float: ...
        @property
        def estimate_bps(self) -> float: ...
        @property
        def tracks(self) -> list[TrackStats]: ...

    @final
    class PortTrack(Event):
        """A worker starts a track: `codec` is a `media.ports.frames.Codec`, `info` the JSON of a `TrackInfo`."""

        __match_args__: Final = ("port", "number", "codec", "info")
        def __new__(cls, port: int, number: int, codec: int, info: bytes) -> Event.PortTrack: ...
        @property
        def port(self) -> int: ...
        @property
        def number(self) -> int: ...
        @property
        def codec(self) -> int: ...
        @property
        def info(self) -> bytes: ...

    @final
    class PortTrackEnded(Event):
        """A worker ended a track."""

        __match_args__: Final = ("port", "number")
        def __new__(cls, port: int, number: int) -> Event.PortTrackEnded: ...
        @property
        def port(self) -> int: ...
        @property
        def number(self) -> int: ...

    @final
    class PortClosed(Event):
        """The other end of a port is gone or broke the format; the port is gone. `reason` is empty after STOP."""

        __match_args__: Final = ("port", "reason")
        def __new__(cls, port: int, reason: str) -> Event.PortClosed: ...
        @property
        def port(self) -> int: ...
        @property
        def reason(self) -> str: ...

_PeerEvent: TypeAlias = (
    Event.Answered
    | Event.Offered
    | Event.NegotiationFailed
    | Event.NegotiationNeeded
    | Event.TrackBound
    | Event.TrackUnbound
    | Event.TrackLayers
    | Event.SubscriptionActive
    | Event.SubscriptionFailed
    | Event.PeerState
    | Event.ChannelOpen
    | Event.Data
    | Event.PeerStats
)
_PortEvent: TypeAlias = Event.PortTrack | Event.PortTrackEnded | Event.PortClosed

@final
class EngineStats:
    """Counters and gauges of the whole engine."""

    @property
    def rooms(self) -> int: ...
    @property
    def peers(self) -> int: ...
    @property
    def tracks(self) -> int: ...
    @property
    def subscriptions(self) -> int: ...
    @property
    def packets_in(self) -> int: ...
    @property
    def packets_out(self) -> int: ...
    @property
    def bytes_in(self) -> int: ...
    @property
    def bytes_out(self) -> int: ...
    @property
    def send_drops(self) -> int:
        """Packets the kernel did not take."""
    @property
    def strangers(self) -> int:
        """Datagrams from nobody known."""
    @property
    def data_drops(self) -> int:
        """Messages that a full lossy channel lost."""
    @property
    def panics(self) -> int:
        """Peers ended because of an internal error."""

@final
class Sfu:
    """The running media engine. Commands never wait: they raise `Overloaded` or `Closed`, or are on their way.

    What comes of them is told by events: `fileno` turns readable, `drain` gives them in the order they happened.
    """

    def __new__(cls, config: SfuConfig) -> Sfu:
        """Bind the sockets and start the shards. Raises OSError naming the address that cannot be bound."""
    def fileno(self) -> int: ...
    def drain(self) -> list[_PeerEvent | _PortEvent | Event.AudioLevels]: ...
    def close(self) -> None:
        """Say goodbye to all peers and stop the threads. Calling it again does nothing."""
    def udp_addresses(self) -> list[tuple[str, int]]: ...
    def tcp_addresses(self) -> list[tuple[str, int]]: ...
    def stats(self) -> EngineStats: ...
    def open_room(self, room: str) -> None: ...
    def close_room(self, room: str) -> None: ...
    def open_peer(self, room: str, peer: int, *, full_ice: bool = False, channels: bool = False) -> None: ...
    def close_peer(self, peer: int) -> None: ...
    def accept_offer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack]) -> None: ...
    def create_offer(self, peer: int, request: int, *, ice_restart: bool = False) -> None: ...
    def accept_answer(self, peer: int, request: int, sdp: str) -> None: ...
    def add_candidate(self, peer: int, candidate: str) -> None: ...
    def subscribe(self, peer: int, track: str, stream_id: str) -> None: ...
    def unsubscribe(self, peer: int, track: str) -> None: ...
    def set_subscription(self, peer: int, track: str, *, enabled: bool, max_spatial: int = 2) -> None: ...
    def set_track_muted(self, track: str, muted: bool) -> None: ...
    def unpublish(self, track: str) -> None: ...
    def send_data(self, peers: Sequence[int], label: str, data: bytes) -> None: ...
    def open_frames_out(self, room: str, port: int, fd: int) -> None:
        """`fd` belongs to the engine from now on, whatever becomes of the call."""
    def add_frames(self, port: int, track: str, number: int, info: bytes, *, max_spatial: int = 2) -> None: ...
    def remove_frames(self, port: int, track: str) -> None: ...
    def mark_frames(self, port: int, control: bytes) -> None: ...
    def request_keyframe(self, track: str) -> None: ...
    def open_frames_in(self, room: str, port: int, fd: int) -> None:
        """`fd` belongs to the engine from now on, whatever becomes of the call."""
    def publish_frames(self, port: int, number: int, track: str) -> None: ...
    def close_port(self, port: int) -> None: ...
