"""The media engine, as one session uses it: what it cannot take is that session's trouble and nobody else's."""

from collections.abc import Callable, Sequence
from typing import ParamSpec

from roomful.media.api import EventHandler, MediaError, MovableMedia, PendingTrack

P = ParamSpec("P")


class CarefulMedia:
    """A `MovableMedia` that never raises; `on_trouble` hears of what would have been."""

    def __init__(self, media: MovableMedia, on_trouble: Callable[[MediaError], None]) -> None:
        self._media = media
        self._on_trouble = on_trouble
        self.next_peer = media.next_peer
        self.next_request = media.next_request
        self.detach = media.detach
        self.attach_room = media.attach_room
        self.detach_room = media.detach_room
        self.together = media.together
        self.opening_beside = media.opening_beside
        self.share_track = media.share_track
        self.unshare_track = media.unshare_track

    def attach(self, peer: int, handler: EventHandler) -> None:
        self._media.attach(peer, handler)

    def open_peer(
        self, room: str, peer: int, *, participant: str = "", full_ice: bool = False, channels: bool = False
    ) -> None:
        self._try(self._media.open_peer, room, peer, participant=participant, full_ice=full_ice, channels=channels)

    def close_peer(self, peer: int) -> None:
        self._try(self._media.close_peer, peer)

    def limit_peer(self, peer: int, bitrate: int | None) -> None:
        self._try(self._media.limit_peer, peer, bitrate)

    def allow_pause(self, peer: int) -> None:
        self._try(self._media.allow_pause, peer)

    def accept_offer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack]) -> None:
        self._try(self._media.accept_offer, peer, request, sdp, pending)

    def create_offer(self, peer: int, request: int, *, ice_restart: bool = False) -> None:
        self._try(self._media.create_offer, peer, request, ice_restart=ice_restart)

    def accept_answer(self, peer: int, request: int, sdp: str) -> None:
        self._try(self._media.accept_answer, peer, request, sdp)

    def add_candidate(self, peer: int, candidate: str) -> None:
        self._try(self._media.add_candidate, peer, candidate)

    def subscribe(self, peer: int, track: str, stream_id: str) -> None:
        self._try(self._media.subscribe, peer, track, stream_id)

    def unsubscribe(self, peer: int, track: str) -> None:
        self._try(self._media.unsubscribe, peer, track)

    def set_subscription(self, peer: int, track: str, *, enabled: bool, max_spatial: int = 2) -> None:
        self._try(self._media.set_subscription, peer, track, enabled=enabled, max_spatial=max_spatial)

    def set_track_muted(self, track: str, muted: bool) -> None:
        self._try(self._media.set_track_muted, track, muted)

    def unpublish(self, track: str) -> None:
        self._try(self._media.unpublish, track)

    def move_peer(self, peer: int, room: str, *, participant: str) -> None:
        self._try(self._media.move_peer, peer, room, participant=participant)

    def move_track(self, track: str, to: str, room: str) -> None:
        self._try(self._media.move_track, track, to, room)

    def withdraw_track(self, track: str, room: str) -> None:
        self._try(self._media.withdraw_track, track, room)

    def send_data(self, peers: Sequence[int], label: str, data: bytes) -> None:
        self._try(self._media.send_data, peers, label, data)

    def _try(self, command: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except MediaError as error:
            self._on_trouble(error)
