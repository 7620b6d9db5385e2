"""The one or two peer connections of a participant. specs/livekit.md §3.1, §3.13 to §3.15."""

from collections.abc import Callable, Collection, Sequence

from livekit.protocol import rtc

from roomful.media.api import Event, EventHandler, PendingTrack
from roomful.protocols.livekit.answers import ClientOffers
from roomful.protocols.livekit.candidates import MAX_PER_DESCRIPTION, is_allowed, read_candidate
from roomful.protocols.livekit.links import Links
from roomful.protocols.livekit.offers import ServerOffers
from roomful.protocols.livekit.sections import SectionRequests


class PeerConnections:
    """Opens peers when they are needed and passes descriptions and candidates between client and engine.

    In the single mode `publisher` is all there is. Of two, the client offers on `publisher` and the server on
    `subscriber`; each exists from its first use on.
    """

    def __init__(
        self,
        links: Links,
        *,
        single: bool,
        subscriber_primary: bool,
        full_ice: bool,
        allow_pause: bool,
        handler: EventHandler,
        pending: Callable[[], Sequence[PendingTrack]],
        subscribed: Callable[[], Collection[str]],
        fail: Callable[[float], None],
    ) -> None:
        """`allow_pause`: videos may be paused that the client's network does not carry.

        `handler` gets the engine's events; `fail` is called when a negotiation cannot be saved."""
        self._links = links
        self._single = single
        self._full_ice = full_ice
        self._allow_pause = allow_pause
        self._handler = handler
        self.publisher = links.media.next_peer()
        self.subscriber = self.publisher if single else links.media.next_peer()
        self.primary = self.subscriber if subscriber_primary else self.publisher
        """Its connection makes the participant active; data goes down on its channels."""
        self._open: set[int] = set()
        self._candidates: dict[int, int] = {}
        self._client_offers = ClientOffers(links, self.publisher, pending, fail)
        self._server_offers = ServerOffers(links, self.subscriber, fail)
        self._sections = SectionRequests(links, subscribed)

    def connected(self, connected: bool) -> None:
        """The signal connection is there or gone."""
        if self._single:
            self._sections.connected(connected)
        else:
            self._server_offers.connected(connected)

    def open_subscriber(self, now: float) -> int:
        """Open what the participant receives on, if it is not; returns the peer."""
        if self.subscriber not in self._open:
            self._ensure(self.subscriber)
            if not self._single:
                self._server_offers.make(now)
        return self.subscriber

    def restart_ice(self, now: float) -> None:
        """After a resume: the server restarts what it offers; the client does the same with its own offers."""
        if not self._single and self.subscriber in self._open:
            self._server_offers.make(now, ice_restart=True)

    def on_offer(self, offer: rtc.SessionDescription, now: float) -> None:
        self._ensure(self.publisher)
        self._candidates[self.publisher] = 0
        if self._single:
            self._sections.on_offer(now)
        self._client_offers.on_offer(offer)

    def on_answer(self, answer: rtc.SessionDescription, now: float) -> None:
        if self._single or self.subscriber not in self._open:
            return
        self._candidates[self.subscriber] = 0
        self._server_offers.on_answer(answer, now)

    def on_trickle(self, trickle: rtc.TrickleRequest) -> None:
        """Take a candidate; of too many the last are ignored. Raises BadCandidate."""
        candidate = read_candidate(trickle)
        if not is_allowed(candidate, self._links.only):
            return
        peer = self.subscriber if trickle.target == rtc.SignalTarget.SUBSCRIBER else self.publisher
        taken = self._candidates.get(peer, 0)
        if taken < MAX_PER_DESCRIPTION:
            self._candidates[peer] = taken + 1
            self._ensure(peer)
            self._links.media.add_candidate(peer, candidate)

    def on_event(self, event: Event, now: float) -> None:
        """Events about negotiation; others are ignored."""
        match event:
            case Event.Answered():
                if self._client_offers.on_answered(event) and self._single:
                    self._sections.on_answered(event, now)
            case Event.Offered():
                self._server_offers.on_offered(event, now)
            case Event.NegotiationFailed():
                self._client_offers.on_failed(event, now)
                self._server_offers.on_failed(event, now)
            case Event.NegotiationNeeded():
                if self._single:
                    self._sections.on_needed(event, now)
                elif event.peer == self.subscriber:
                    self._server_offers.need(now)
            case _:
                pass

    def move(self) -> None:
        """The participant is in another room now."""
        for peer in self._open:
            self._links.media.move_peer(peer, self._links.room.sid, participant=self._links.participant.sid)

    def forget(self, peer: int) -> None:
        """The engine has ended the peer."""
        self._open.discard(peer)
        self._links.media.detach(peer)

    def close(self) -> None:
        self._sections.stop()
        self._server_offers.stop()
        for peer in list(self._open):
            self.forget(peer)
            self._links.media.close_peer(peer)

    def _ensure(self, peer: int) -> None:
        if peer in self._open:
            return
        self._open.add(peer)
        self._links.media.attach(peer, self._handler)
        self._links.media.open_peer(
            self._links.room.sid,
            peer,
            participant=self._links.participant.sid,
            full_ice=self._full_ice,
            channels=not self._single and peer == self.subscriber,
        )
        if self._allow_pause and peer == self.subscriber:
            self._links.media.allow_pause(peer)
