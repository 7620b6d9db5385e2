"""What the signalling needs of media and of engines. `app.py` hands in who does it.

Both are called in the event loop's thread with `now` in unix seconds. A method that waits is a coroutine; a session's
next signal is not looked at before it is done, so that nothing overtakes. What is refused is raised as `SignalError`
before anything has changed; anything else that is raised is answered 500 and logged.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from roomful.protocols.room_signals.signals import Answer, EngineName, Ice, Offer
from roomful.rooms.participant import Participant

if TYPE_CHECKING:
    from roomful.protocols.room_signals.session import Session
    from roomful.protocols.room_signals.signal_room import SignalRoom


class PublisherSdp(msgspec.Struct, frozen=True, kw_only=True):
    """The server's offer of one publisher's media to one session."""

    id: str
    """`id` of the publisher in `pps`: its identity in the room."""
    sdp: str


class OfferAck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the ack of an OFFER says beside `rid`."""

    sdp: str
    hls: str = ""
    """URL of the playlist, if the offer asked for one and there is one."""


class SignalsMedia(Protocol):
    """Media of rooms of the channels `m2m` and `a2m` with the engine `native`. specs/room-signals.md §7.

    Publishers are participants of the room, whatever protocol they speak. When media of a session really comes or
    ceases, the implementation publishes or unpublishes its tracks in `session.room.room`: `publish` in `pps` follows
    that by itself, and with it PUBLISH_LIST_CHANGED. A participant that loses the right to publish loses its tracks by
    the room's own rules.

    Checked before the call: channel, engine, membership, the sender's right to publish (`offer`), and that `to` of an
    offer is the sender itself.
    """

    async def offer(self, session: "Session", signal: Offer, now: float) -> OfferAck:
        """Start or restart the uplink. The ack is sent as soon as this returns.

        Raises SignalError (INVALID_SIGNAL for an unusable SDP, or while the uplink is up and `restarting` is false).
        """
        ...

    async def answer(self, session: "Session", signal: Answer, publishers: Sequence[Participant], now: float) -> None:
        """Complete a downlink. `publishers` is whom `to` names and is here; empty without `to`: see the media ids.

        Raises SignalError (INVALID_SIGNAL: no open offer matches; USER_LEFT: the publisher is gone).
        """
        ...

    def ice(self, session: "Session", signal: Ice, publishers: Sequence[Participant], now: float) -> None:
        """Take a candidate; one for a connection that is gone is dropped. `publishers` as in `answer`; the sender
        itself among them means the uplink."""
        ...

    async def watch(self, session: "Session", publishers: Sequence[Participant], now: float) -> list[PublisherSdp]:
        """Make a downlink from each publisher, instead of one that is there. All of them have published tracks."""
        ...

    def select_layer(
        self,
        session: "Session",
        publishers: Sequence[Participant],
        layer: Literal["low", "medium", "high", "auto"],
        now: float,
    ) -> None:
        """Raises SignalError (USER_LEFT: no downlink from there). A stream without layers: nothing to do."""
        ...

    def restart(self, session: "Session", now: float) -> None:
        """The session has joined anew: close all its connections."""
        ...

    def left(self, session: "Session", now: float) -> None:
        """The session goes, and its participant in the same moment, with its tracks: close its connections."""
        ...


class Engines(Protocol):
    """Who carries media, and what a client is told about that. specs/room-signals.md §4.4."""

    def choose(self, wish: EngineName) -> EngineName:
        """The engine of a room whose creator wants this one: `native` if it is not enabled here."""
        ...

    def payload(self, session: "Session", now: float) -> dict[str, Any]:
        """`es` of a JOIN ack, without `sdps`. Raises SignalError (INTERNAL_SERVER_ERROR)."""
        ...


class Livestreams(Protocol):
    """HLS of rooms of the channel `p2m`. specs/room-signals.md §13.

    It finds the room by `Signalling.room(rid)`, its streamer by `SignalRoom.owner`, and says that media comes by
    `SignalRoom.set_publishing(session, True, now)`.
    """

    def ended(self, room: "SignalRoom", now: float) -> None:
        """The streamer is gone, or the room."""
        ...
