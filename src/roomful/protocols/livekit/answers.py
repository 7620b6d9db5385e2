"""The client's offers for the peer connection it publishes on, and the answers. specs/livekit.md §3.13, §3.15."""

from collections.abc import Callable, Sequence

from livekit.protocol import rtc

from roomful.media.api import Event, PendingTrack
from roomful.protocols.livekit.candidates import described, heard
from roomful.protocols.livekit.links import Links


class ClientOffers:
    """Gives the engine one offer at a time. Of offers that arrive meanwhile only the last counts: it has all in it."""

    def __init__(
        self, links: Links, peer: int, pending: Callable[[], Sequence[PendingTrack]], fail: Callable[[float], None]
    ) -> None:
        """`pending` gives the announced tracks without media; `fail` is called for an offer that cannot be used."""
        self._links = links
        self._peer = peer
        self._pending = pending
        self._fail = fail
        self._request = 0
        """Of the offer the engine works on; 0 while there is none."""
        self._id = 0
        self._next: rtc.SessionDescription | None = None

    @property
    def under_way(self) -> bool:
        """An offer waits for its answer."""
        return self._request != 0

    def on_offer(self, offer: rtc.SessionDescription) -> None:
        """The client offers."""
        if self.under_way:
            self._next = offer
        else:
            self._accept(offer)

    def on_answered(self, event: Event.Answered) -> bool:
        """The engine has an answer; its candidates are in it. Returns whether it is one to the offer under way."""
        if event.request != self._request:
            return False
        sdp = described(event.sdp, self._links.only)
        answer = rtc.SessionDescription(type="answer", sdp=sdp, id=self._id, mid_to_track_id=event.mid_to_track)
        self._links.send(rtc.SignalResponse(answer=answer))
        self._proceed()
        return True

    def on_failed(self, event: Event.NegotiationFailed, now: float) -> None:
        """The engine cannot use the offer."""
        if event.request == self._request:
            self._request, self._next = 0, None
            self._fail(now)

    def _accept(self, offer: rtc.SessionDescription) -> None:
        self._id = offer.id
        self._request = self._links.media.next_request()
        self._links.media.accept_offer(self._peer, self._request, heard(offer.sdp, self._links.only), self._pending())

    def _proceed(self) -> None:
        self._request = 0
        if self._next is not None:
            offer, self._next = self._next, None
            self._accept(offer)
