"""The typed face of the Rust module: commands down, events up. stubtest checks it against the binary in `make lint`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, final

from typing_extensions import disjoint_base

__all__ = [
    "Closed",
    "EngineStats",
    "Event",
    "Layer",
    "Overloaded",
    "P2pCalls",
    "P2pChat",
    "P2pError",
    "P2pLive",
    "P2pLocalBroadcast",
    "P2pMediaReader",
    "P2pRemoteBroadcast",
    "P2pRoom",
    "P2pTrackWriter",
    "PendingTrack",
    "Sfu",
    "SfuConfig",
    "SfuError",
    "TrackStats",
    "Turn",
    "TurnError",
    "__source_hash__",
    "p2p_format_ticket",
    "p2p_parse_id",
    "p2p_parse_ticket",
    "p2p_public",
    "p2p_ticket_from_bytes",
    "p2p_ticket_to_bytes",
    "set_log_level",
    "turn_credentials",
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
        cls, *, sid: str, cid: str, kind: str, mime: str = "", dtx: bool = True, stereo: bool = False, red: bool = False
    ) -> PendingTrack:
        """`kind` is `audio` or `video`, else ValueError; `mime` a preferred codec like `video/vp8`.

        With `red` the client is asked for redundant audio (RFC 2198), if it offers that.
        """
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
    @property
    def red(self) -> bool: ...

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
        frames: int = 0,
        expected: int = 0,
        lost: int = 0,
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
    def frames(self) -> int:
        """Pictures, or packets of audio. `in`: of the layer with most of them."""
    @property
    def expected(self) -> int:
        """Packets that should have arrived, as far as is known. `in`: after what was lost has been sent again."""
    @property
    def lost(self) -> int:
        """Those of them that did not."""
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
    class StreamState(Event):
        """A video is paused because the subscriber's network does not carry it, or goes on."""

        __match_args__: Final = ("peer", "track", "paused")
        def __new__(cls, peer: int, track: str, paused: bool) -> Event.StreamState: ...
        @property
        def peer(self) -> int: ...
        @property
        def track(self) -> str: ...
        @property
        def paused(self) -> bool: ...

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
    | Event.StreamState
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
    def frame_drops(self) -> int:
        """Frames left out on their way to workers that do not read fast enough."""
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
    def open_room(self, room: str, *, beside: str = "") -> None: ...
    def close_room(self, room: str) -> None: ...
    def open_peer(
        self, room: str, peer: int, *, full_ice: bool = False, channels: bool = False, two_way: bool = False
    ) -> None: ...
    def close_peer(self, peer: int) -> None: ...
    def accept_offer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack]) -> None: ...
    def create_offer(self, peer: int, request: int, *, ice_restart: bool = False) -> None: ...
    def accept_answer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack] = ...) -> None: ...
    def add_candidate(self, peer: int, candidate: str) -> None: ...
    def subscribe(self, peer: int, track: str, stream_id: str) -> None: ...
    def unsubscribe(self, peer: int, track: str) -> None: ...
    def set_subscription(self, peer: int, track: str, *, enabled: bool, max_spatial: int = 2) -> None: ...
    def set_track_muted(self, track: str, muted: bool) -> None: ...
    def allow_pause(self, peer: int) -> None: ...
    def limit_peer(self, peer: int, bitrate: int | None) -> None: ...
    def unpublish(self, track: str) -> None: ...
    def move_track(self, track: str, to: str, room: str) -> None: ...
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

class TurnError(Exception):
    """The certificate for TURN is of no use."""

@final
class Turn:
    """The running TURN server of `roomful-turn`, on a thread of its own until `close`."""

    def __new__(
        cls,
        *,
        udp: Sequence[tuple[str, int]],
        tcp: Sequence[tuple[str, int]],
        certificate: tuple[str, str] | None,
        relay_ips: Sequence[str],
        relay_ports: tuple[int, int],
        keys: Mapping[str, str],
        sfu: Sequence[tuple[tuple[str, int], tuple[str, int]]],
        allow: Sequence[str] = ...,
        deny: Sequence[str] = ...,
        relays_per_user: int = 32,
        clients: int = 10_000,
    ) -> Turn:
        """Bind the sockets and start the thread.

        `certificate`: files with the chain and the key for `tcp`, both PEM; None: somebody in front ends TLS.
        `sfu`: each address that the media engine announces, and where a packet to it is to be sent on this machine.

        Raises:
            OSError: an address cannot be bound; the text names it.
            TurnError: the certificate cannot be read.
            ValueError: something is no address or no network.
        """
    def udp_addresses(self) -> list[tuple[str, int]]: ...
    def tcp_addresses(self) -> list[tuple[str, int]]: ...
    def close(self) -> None:
        """End all relays and the thread. Calling it again does nothing."""

def turn_credentials(key: str, secret: str, sid: str, expires_at: int) -> tuple[str, str]:
    """User name and password for the participant `sid`, good for new relays until `expires_at` (unix seconds)."""

# Peers: `roomful.p2p` is the face of all of this. A method that takes `calls` begins what waits, and gives its number.

_Parts: TypeAlias = tuple[bytes, list[bytes]]
"""A topic and the ids to begin with, each of 32 bytes."""

class P2pError(Exception):
    """A peer could not do what was asked. `args`: one word for programs, and a sentence."""

@final
class P2pCalls:
    """Calls under way and their answers, for one event loop."""

    def __new__(cls) -> P2pCalls: ...
    def fileno(self) -> int:
        """Readable when there are answers."""

    def drain(self) -> list[tuple[int, Any, tuple[str, str] | None]]:
        """Answers since the last time: number, value, and the failure (word, sentence) if it is one."""

    def cancel(self, call: int) -> None:
        """Stop a call. An answer that is there already is thrown away."""

    def running(self) -> int:
        """Calls under way."""

@final
class P2pLive:
    """An open endpoint."""

    @staticmethod
    def bind(
        calls: P2pCalls,
        *,
        secret: bytes | None,
        preset: str,
        relays: Sequence[str] | None,
        bind: Sequence[str],
        gossip: bool,
        accept: bool,
        max_streams: int,
        allowed: Sequence[bytes] | None,
    ) -> int:
        """Open one; answers with a `P2pLive`. Raises ValueError for what is no address, URL, key or preset."""

    @property
    def id(self) -> bytes: ...
    def addresses(self) -> list[str]:
        """ "ip:port" and URLs of relays under which it can be reached."""

    def add_peer(self, peer: bytes, addresses: Sequence[str]) -> None: ...
    def online(self, calls: P2pCalls, patience: float) -> int:
        """Answers whether a relay took the endpoint in within `patience` seconds."""

    def join(
        self,
        topic: bytes,
        bootstrap: Sequence[bytes],
        *,
        display_name: str | None,
        auto_subscribe: bool,
        heartbeat: float,
        timeouts: tuple[float, float, float],
    ) -> P2pRoom:
        """`timeouts`: for connecting, announcement and catalog, in seconds."""

    def subscribe(self, calls: P2pCalls, remote: bytes, name: str, patience: float) -> int:
        """Answers with a `P2pRemoteBroadcast`."""

    def connections(self) -> int: ...
    def shutdown(self, calls: P2pCalls) -> int: ...

@final
class P2pRoom:
    """A room, and its events."""

    def ready(self, calls: P2pCalls) -> int:
        """Answers when `try_event` has something to say."""

    def try_event(self) -> tuple[str, dict[str, Any]] | None:
        """The next event as kind and fields. Raises P2pError("closed_room") at the end."""

    def ticket(self, include_peers: bool) -> _Parts: ...
    def peers(self) -> list[tuple[bytes, str | None]]: ...
    def neighbours(self) -> int: ...
    def joined(self, calls: P2pCalls) -> int: ...
    def publish(self, calls: P2pCalls, name: str, broadcast: P2pLocalBroadcast) -> int: ...
    def unpublish(self, calls: P2pCalls, name: str) -> int: ...
    def set_display_name(self, calls: P2pCalls, name: str | None) -> int: ...
    def set_chat_publisher(self, calls: P2pCalls, chat: P2pChat) -> int: ...
    def send_chat(self, calls: P2pCalls, text: str) -> int: ...
    def leave(self, calls: P2pCalls) -> int: ...

@final
class P2pLocalBroadcast:
    """A broadcast of ours. Configurations are entries of a catalog, as JSON."""

    def __new__(cls) -> P2pLocalBroadcast: ...
    def set_user(self, user: str | None, name: str | None) -> None: ...
    def add_video(self, name: str, config: str) -> P2pTrackWriter: ...
    def add_audio(self, name: str, config: str, group: float) -> P2pTrackWriter:
        """`group`: seconds of packets that travel together."""

    def enable_chat(self) -> P2pChat: ...
    def close(self) -> None: ...

@final
class P2pChat:
    """The chat of a broadcast of ours."""

@final
class P2pTrackWriter:
    """Writes the frames of one rendition."""

    def write(self, timestamp: int, payload: bytes, keyframe: bool) -> bool:
        """`timestamp` in microseconds. Says whether the frame went out."""

    def subscribed(self) -> bool: ...
    def finish(self) -> None: ...

@final
class P2pRemoteBroadcast:
    """A broadcast of another peer."""

    @property
    def name(self) -> str: ...
    @property
    def remote(self) -> bytes: ...
    def catalog(self) -> str:
        """The newest one, as JSON."""

    def next_catalog(self, calls: P2pCalls, after: str) -> int:
        """Answers with the catalog after this one, or None when the broadcast is over."""

    def media(self, track: str, max_latency: float) -> P2pMediaReader: ...
    def closed(self, calls: P2pCalls) -> int:
        """Answers with the reason once it is over."""

@final
class P2pMediaReader:
    """Reads the frames of one rendition."""

    def ready(self, calls: P2pCalls) -> int:
        """Answers True when there is a frame to take, and False when the track is over."""

    def take(self, most: int) -> list[tuple[int, bytes, int, int]]:
        """Frames that are there: timestamp in microseconds, payload, group and index in the group."""

def p2p_parse_id(text: str) -> bytes: ...
def p2p_public(secret: bytes) -> bytes: ...
def p2p_parse_ticket(text: str) -> _Parts: ...
def p2p_ticket_from_bytes(data: bytes) -> _Parts: ...
def p2p_format_ticket(topic: bytes, bootstrap: Sequence[bytes]) -> str: ...
def p2p_ticket_to_bytes(topic: bytes, bootstrap: Sequence[bytes]) -> bytes: ...
