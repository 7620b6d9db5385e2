"""The server's offers on the subscriber peer connection of the two-peer-connection mode. specs/livekit.md §3.14."""

import random
from collections.abc import Callable

from livekit.protocol import rtc

from roomful.media.api import Event
from roomful.protocols.livekit.alarm import Alarm
from roomful.protocols.livekit.candidates import described, heard
from roomful.protocols.livekit.links import Links
from roomful.protocols.livekit.negotiation import Negotiation


class ServerOffers:
    """Makes offers when they are needed and matches the client's answers to them."""

    def __init__(self, links: Links, peer: int, fail: Callable[[float], None]) -> None:
        """`fail` is called when the client does not answer, or not usefully."""
        self._links = links
        self._peer = peer
        self._fail = fail
        self._negotiation = Negotiation()
        self._alarm = Alarm(links.timers, self._on_time)
        self._offer_id = random.randint(1, 256)  # noqa: S311 only has to differ from earlier sessions'
        self._request = 0
        """Of the offer in flight."""
        self._sent = False
        """The offer in flight is with the client."""
        self._connected = False

    def connected(self, connected: bool) -> None:
        """The signal connection is there, or is gone: then an offer in flight is void, and none is made."""
        self._connected = connected
        if not connected:
            self._negotiation.cancel()
            self._alarm.set(None)

    def need(self, now: float) -> None:
        """Subscriptions changed."""
        if self._connected:
            self._negotiation.need(now)
            self._alarm.set(self._negotiation.due())

    def make(self, now: float, *, ice_restart: bool = False) -> None:
        """Make an offer now."""
        self._negotiation.begin(now)
        self._create(ice_restart=ice_restart)

    def on_offered(self, event: Event.Offered, now: float) -> None:
        """The engine has made an offer; its candidates are in it."""
        if event.request != self._request or not self._negotiation.in_flight:
            return
        if not event.sdp:
            self._settle(now)
            return
        self._sent = True
        self._offer_id += 1
        sdp = described(event.sdp, self._links.only)
        description = rtc.SessionDescription(
            type="offer", sdp=sdp, id=self._offer_id, mid_to_track_id=event.mid_to_track
        )
        self._links.send(rtc.SignalResponse(offer=description))

    def on_answer(self, answer: rtc.SessionDescription, now: float) -> None:
        """The client answers. Answers to nothing, or to an earlier offer, are ignored; clients without ids say 0."""
        if not (self._negotiation.in_flight and self._sent) or answer.id not in (0, self._offer_id):
            return
        self._links.media.accept_answer(self._peer, self._request, heard(answer.sdp, self._links.only))
        self._settle(now)

    def on_failed(self, event: Event.NegotiationFailed, now: float) -> None:
        """The engine could not make an offer, or could not use the answer."""
        if event.request == self._request:
            self.stop()
            self._fail(now)

    def stop(self) -> None:
        self._negotiation.cancel()
        self._alarm.set(None)

    def _on_time(self, now: float) -> None:
        if self._negotiation.is_overdue(now):
            self.stop()
            self._fail(now)
        elif self._negotiation.begins(now):
            self._create()
        else:
            self._alarm.set(self._negotiation.due())

    def _create(self, *, ice_restart: bool = False) -> None:
        self._sent = False
        self._request = self._links.media.next_request()
        self._alarm.set(self._negotiation.due())
        self._links.media.create_offer(self._peer, self._request, ice_restart=ice_restart)

    def _settle(self, now: float) -> None:
        self._negotiation.settle(now)
        self._alarm.set(self._negotiation.due())
