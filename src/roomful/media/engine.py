"""The façade over the Rust engine: numbers for peers and requests, and each fact to whom it concerns."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Generator, Sequence

import msgspec

from roomful._native import EngineStats, Event, PendingTrack, Sfu, SfuConfig, set_log_level
from roomful.media.api import EventHandler, StatsHandler
from roomful.media.homes import Homes, Shards

log = logging.getLogger(__name__)

Address = tuple[str, int]
"""IP address and port."""


class MediaConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where the engine listens and what it announces."""

    udp: Sequence[Sequence[Address]]
    """One list of addresses per shard; the number of lists is the number of shards."""

    tcp: Sequence[Address]
    """ICE-TCP listeners; empty switches ICE-TCP off."""

    candidate_ips: Sequence[str]
    """Addresses announced in host candidates, in order of preference."""

    keyframe_throttle_ms: tuple[int, int, int] = (500, 1000, 1000)
    """Least time between two requests for a keyframe of the low, middle and high layer."""

    full_ice: bool = False
    """Check connectivity ourselves too, instead of only answering (ICE-lite, RFC 8445 §2.5)."""


class MediaEngine:
    """Starts the shards and delivers their facts on the event loop, in the order they happened.

    Raises OSError, naming the address, when one cannot be bound.
    """

    def __init__(self, config: MediaConfig) -> None:
        set_log_level(log.getEffectiveLevel())
        self._sfu = Sfu(
            SfuConfig(
                udp=config.udp,
                tcp=config.tcp,
                candidate_ips=config.candidate_ips,
                keyframe_throttle_ms=config.keyframe_throttle_ms,
            )
        )
        self._full_ice = config.full_ice
        self._peers = itertools.count(1)
        self._requests = itertools.count(1)
        self._handlers: dict[int, EventHandler] = {}
        self.on_stats: StatsHandler | None = None
        """Is told of all that is measured, beside each peer's own handler."""
        self._owners: dict[int, tuple[str, str]] = {}
        """Peer → sids of its room and participant."""
        self._room_handlers: dict[str, EventHandler] = {}
        self._neighbour = ""
        self._shards = Shards(len(config.udp))
        self._homes = Homes(self._close_room_for_good, self._sfu.close_peer)
        self._shared: dict[str, set[int]] = {}
        """Tracks that are in several rooms, and the peers that asked for them."""
        self._ports = itertools.count(1)
        self._port_handlers: dict[int, EventHandler] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver facts on this loop from now on."""
        self._loop = loop
        loop.add_reader(self._sfu.fileno(), self._deliver)

    def close(self) -> None:
        """Say goodbye to all peers and stop the shards. Calling it again does nothing."""
        if self._loop is not None:
            self._loop.remove_reader(self._sfu.fileno())
            self._loop = None
        self._sfu.close()
        self._handlers.clear()
        self._room_handlers.clear()
        self._port_handlers.clear()

    @property
    def udp_addresses(self) -> list[Address]:
        """UDP addresses in use."""
        return self._sfu.udp_addresses()

    @property
    def tcp_addresses(self) -> list[Address]:
        """TCP addresses in use."""
        return self._sfu.tcp_addresses()

    def stats(self) -> EngineStats:
        """Counters and gauges of the whole engine."""
        return self._sfu.stats()

    def next_peer(self) -> int:
        return next(self._peers)

    def next_request(self) -> int:
        return next(self._requests)

    def attach(self, peer: int, handler: EventHandler) -> None:
        self._handlers[peer] = handler

    def detach(self, peer: int) -> None:
        self._handlers.pop(peer, None)
        self._owners.pop(peer, None)
        self._homes.forget(peer)

    def attach_room(self, room: str, handler: EventHandler) -> None:
        self._room_handlers[room] = handler

    def detach_room(self, room: str) -> None:
        self._room_handlers.pop(room, None)

    @contextlib.contextmanager
    def opening_beside(self, room: str) -> Generator[None]:
        self._neighbour = room
        try:
            yield
        finally:
            self._neighbour = ""

    def open_room(self, room: str, *, beside: str = "") -> None:
        """Peers may be opened in it. `beside`: another room, between which and this one tracks move."""
        beside = beside or self._neighbour
        self._shards.place(room, beside=beside)
        self._sfu.open_room(room, beside=beside)

    def close_room(self, room: str) -> None:
        """The room is over, and its peers are closed, but not those that moved to another one."""
        self._homes.close(room)

    def together(self, one: str, other: str) -> bool:
        return self._shards.together(one, other)

    def move_peer(self, peer: int, room: str, *, participant: str) -> None:
        self._owners[peer] = room, participant
        self._homes.move(peer, room)

    def open_peer(
        self,
        room: str,
        peer: int,
        *,
        participant: str = "",
        full_ice: bool = False,
        channels: bool = False,
        two_way: bool = False,
    ) -> None:
        if participant:
            self._owners[peer] = room, participant
        self._shards.place(room)
        self._homes.open(peer, room)
        self._sfu.open_peer(room, peer, full_ice=full_ice or self._full_ice, channels=channels, two_way=two_way)

    def close_peer(self, peer: int) -> None:
        self._sfu.close_peer(peer)

    def accept_offer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack]) -> None:
        self._sfu.accept_offer(peer, request, sdp, pending)

    def create_offer(self, peer: int, request: int, *, ice_restart: bool = False) -> None:
        self._sfu.create_offer(peer, request, ice_restart=ice_restart)

    def accept_answer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack] = ()) -> None:
        self._sfu.accept_answer(peer, request, sdp, pending)

    def add_candidate(self, peer: int, candidate: str) -> None:
        self._sfu.add_candidate(peer, candidate)

    def subscribe(self, peer: int, track: str, stream_id: str) -> None:
        if track in self._shared:
            self._shared[track].add(peer)
        self._sfu.subscribe(peer, track, stream_id)

    def unsubscribe(self, peer: int, track: str) -> None:
        self._sfu.unsubscribe(peer, track)

    def set_subscription(self, peer: int, track: str, *, enabled: bool, max_spatial: int = 2) -> None:
        self._sfu.set_subscription(peer, track, enabled=enabled, max_spatial=max_spatial)

    def set_track_muted(self, track: str, muted: bool) -> None:
        self._sfu.set_track_muted(track, muted)

    def limit_peer(self, peer: int, bitrate: int | None) -> None:
        self._sfu.limit_peer(peer, bitrate)

    def allow_pause(self, peer: int) -> None:
        self._sfu.allow_pause(peer)

    def unpublish(self, track: str) -> None:
        self._sfu.unpublish(track)

    def move_track(self, track: str, to: str, room: str) -> None:
        self._sfu.move_track(track, to, room)

    def share_track(self, track: str) -> None:
        self._shared.setdefault(track, set())

    def withdraw_track(self, track: str, room: str) -> None:
        subscribers = self._shared.get(track, set())
        for peer in [one for one in subscribers if self._homes.room_of(one) in (room, "")]:
            subscribers.discard(peer)
            self._sfu.unsubscribe(peer, track)

    def unshare_track(self, track: str) -> None:
        self._shared.pop(track, None)

    def send_data(self, peers: Sequence[int], label: str, data: bytes) -> None:
        self._sfu.send_data(peers, label, data)

    def next_port(self) -> int:
        return next(self._ports)

    def attach_port(self, port: int, handler: EventHandler) -> None:
        self._port_handlers[port] = handler

    def detach_port(self, port: int) -> None:
        self._port_handlers.pop(port, None)

    def open_frames_out(self, room: str, port: int, fd: int) -> None:
        self._sfu.open_frames_out(room, port, fd)

    def add_frames(self, port: int, track: str, number: int, info: bytes, *, max_spatial: int = 2) -> None:
        self._sfu.add_frames(port, track, number, info, max_spatial=max_spatial)

    def remove_frames(self, port: int, track: str) -> None:
        self._sfu.remove_frames(port, track)

    def mark_frames(self, port: int, control: bytes) -> None:
        self._sfu.mark_frames(port, control)

    def request_keyframe(self, track: str) -> None:
        self._sfu.request_keyframe(track)

    def open_frames_in(self, room: str, port: int, fd: int) -> None:
        self._sfu.open_frames_in(room, port, fd)

    def publish_frames(self, port: int, number: int, track: str) -> None:
        self._sfu.publish_frames(port, number, track)

    def close_port(self, port: int) -> None:
        self._sfu.close_port(port)

    def _deliver(self) -> None:
        for event in self._sfu.drain():
            match event:
                case Event.AudioLevels():
                    handler = self._room_handlers.get(event.room)
                case Event.PortTrack() | Event.PortTrackEnded() | Event.PortClosed():
                    handler = self._port_handlers.get(event.port)
                case _:
                    handler = self._handlers.get(event.peer)
            if isinstance(event, Event.TrackBound) and (room := self._homes.moved_to(event.peer)):
                # The engine takes it to be where the peer was opened.
                self._sfu.move_track(event.track, event.track, room)
            try:
                if handler is not None:
                    handler(event)
                if isinstance(event, Event.PeerStats):
                    self._tell_stats(event)
            except Exception:
                # One participant's trouble must not keep the facts from all the others.
                log.exception("handling %r failed", type(event).__name__)

    def _close_room_for_good(self, room: str) -> None:
        self._shards.forget(room)
        self._sfu.close_room(room)

    def _tell_stats(self, event: Event.PeerStats) -> None:
        owner = self._owners.get(event.peer)
        if owner is not None and self.on_stats is not None:
            self.on_stats(*owner, event)
