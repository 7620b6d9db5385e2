"""What protocol sessions need of the media engine. `roomful.media.engine` implements it; tests have a double.

A *peer* is one RTCPeerConnection, named by a number that is never reused. A *track* is named by its sid. Commands
return at once; what comes of them arrives as an `Event` at the handler of the peer or of the room, in the order it
happened. All of it runs in one thread.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from roomful._native import Event, PendingTrack, SfuError

MediaError = SfuError
"""Base of what a command can raise: the engine is closed, or has more to do than it can take."""

EventHandler: TypeAlias = Callable[[Event], None]
StatsHandler: TypeAlias = Callable[[str, str, Event.PeerStats], None]
"""Gets the sids of a room and of a participant in it, and what was measured of one of its peers."""


class MediaApi(Protocol):
    """The engine's commands, each as in `roomful._native.Sfu`. All of them raise `MediaError`.

    A command about a peer or track that is gone does nothing: the sender may not have heard of it yet.
    """

    def next_peer(self) -> int:
        """Return a number for a new peer."""
        ...

    def next_request(self) -> int:
        """Return a number by which `accept_offer`, `create_offer` and their outcomes find each other."""
        ...

    def attach(self, peer: int, handler: EventHandler) -> None:
        """Deliver the peer's events to `handler`, instead of any earlier one."""
        ...

    def detach(self, peer: int) -> None:
        """Drop the peer's events from now on."""
        ...

    def attach_room(self, room: str, handler: EventHandler) -> None:
        """Deliver the events that concern a whole room (`AudioLevels`) to `handler`."""
        ...

    def detach_room(self, room: str) -> None: ...

    def open_peer(
        self, room: str, peer: int, *, participant: str = "", full_ice: bool = False, channels: bool = False
    ) -> None:
        """Make a peer in the room with this sid. `channels`: the server opens the data channels.

        `participant` is the sid of whose media it carries; its measurements are told to nobody otherwise.
        """
        ...

    def close_peer(self, peer: int) -> None:
        """End a peer: its tracks and subscriptions go with it."""
        ...

    def accept_offer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack]) -> None:
        """Take the client's offer. `pending` are announced tracks that its media lines may belong to."""
        ...

    def create_offer(self, peer: int, request: int, *, ice_restart: bool = False) -> None: ...

    def accept_answer(self, peer: int, request: int, sdp: str) -> None:
        """Take the client's answer to the offer made for `request`."""
        ...

    def add_candidate(self, peer: int, candidate: str) -> None:
        """Take a client's ICE candidate, `candidate:…`; empty when there are no more."""
        ...

    def subscribe(self, peer: int, track: str, stream_id: str) -> None:
        """Send a track to the peer as part of the stream `stream_id`, once negotiated."""
        ...

    def unsubscribe(self, peer: int, track: str) -> None: ...

    def set_subscription(self, peer: int, track: str, *, enabled: bool, max_spatial: int = 2) -> None:
        """Forward or hold a subscribed track, and up to which layer (0 is the lowest)."""
        ...

    def set_track_muted(self, track: str, muted: bool) -> None:
        """Hold a track for everybody, or forward it again."""
        ...

    def limit_peer(self, peer: int, bitrate: int | None) -> None:
        """Ask a publisher to send at most so many bits per second, all its tracks together; None: whatever it likes."""
        ...

    def allow_pause(self, peer: int) -> None:
        """From now on, pause videos that the peer's network does not carry; `Event.StreamState` tells of it."""
        ...

    def unpublish(self, track: str) -> None:
        """Take a track away; its subscriptions are freed."""
        ...

    def send_data(self, peers: Sequence[int], label: str, data: bytes) -> None:
        """Send one message on a data channel of each of the peers: `_reliable`, `_lossy` or `_data_track`."""
        ...


class TwoWayMedia(MediaApi, Protocol):
    """The same with peers that send and receive in the same sections.

    The description of a two-way peer is agreed on once. Afterwards `subscribe` and `unsubscribe` take effect at once,
    in one section of each kind: where one is taken, a subscription waits until it is free.
    """

    def open_peer(
        self,
        room: str,
        peer: int,
        *,
        participant: str = "",
        full_ice: bool = False,
        channels: bool = False,
        two_way: bool = False,
    ) -> None: ...

    def accept_answer(self, peer: int, request: int, sdp: str, pending: Sequence[PendingTrack] = ()) -> None:
        """Take the client's answer. `pending`: what it may bring, of a two-way peer."""
        ...

    def move_track(self, track: str, to: str, room: str) -> None:
        """Give a client's track another sid, and another room; the subscriptions to it end."""
        ...


class MovableMedia(MediaApi, Protocol):
    """The same for clients that go from room to room, and for tracks that are in several rooms."""

    def together(self, one: str, other: str) -> bool:
        """Say whether peers and tracks can go from one of two rooms to the other."""
        ...

    def opening_beside(self, room: str) -> AbstractContextManager[None]:
        """Rooms that are opened meanwhile are `together` with this one."""
        ...

    def move_peer(self, peer: int, room: str, *, participant: str) -> None:
        """The peer is in another room from now on, `together` with its own, and so is what it publishes later.

        It keeps its subscriptions; its tracks move by `move_track`.
        """
        ...

    def move_track(self, track: str, to: str, room: str) -> None:
        """Give a client's track another sid, or the same, and another room; the subscriptions to it end."""
        ...

    def share_track(self, track: str) -> None:
        """The track is going to be in other rooms too, which are `together` with its own."""
        ...

    def withdraw_track(self, track: str, room: str) -> None:
        """Take a shared track away from its subscribers in one of the rooms."""
        ...

    def unshare_track(self, track: str) -> None:
        """The track is in one room again, or gone."""
        ...
