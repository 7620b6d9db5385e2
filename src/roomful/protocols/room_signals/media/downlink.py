"""The connection on which one session receives one publisher. specs/room-signals.md §7.3, §7.5."""

import logging
from collections.abc import Callable, Iterable

from roomful.media.api import Event, MediaApi
from roomful.media.descriptions import BadDescription, Description
from roomful.protocols.room_signals.codes import invalid
from roomful.protocols.room_signals.media.candidates import MAX_PER_CONNECTION, Candidate
from roomful.protocols.room_signals.media.reply import SILENCE_ALLOWED, Reply, broken, close_peer
from roomful.rooms.errors import RoomError
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from roomful.rooms.subscriptions import desires
from roomful.rooms.tracks import Track

OFFER_TTL = 30.0
"""Seconds the client has for its answer."""
MAX_SPATIAL = 2

logger = logging.getLogger(__name__)


class Downlink:
    """See the module. It has the tracks that the publisher had when it was made, also those that are held for now."""

    def __init__(
        self,
        media: MediaApi,
        room: Room,
        receiver: Participant,
        publisher: Participant,
        tracks: Iterable[Track],
        clock: Callable[[], float],
    ) -> None:
        """`clock` is unix seconds."""
        self.peer = media.next_peer()
        self.publisher_sid = publisher.sid
        self.mids: frozenset[str] = frozenset()
        self.ufrag = ""
        """The client's; empty before its answer."""
        self.answered = False
        self.closed = False
        self._media = media
        self._room = room
        self._receiver = receiver
        self._clock = clock
        self._tracks = {track.sid: False for track in tracks}
        """By sid, whether it is forwarded."""
        self._max_spatial = MAX_SPATIAL
        self._waiting: tuple[int, Reply] | None = None
        self._request = 0
        self._offered_at = 0.0
        self._silent_since: float | None = None
        self._candidates = 0

    def offer(self, now: float, reply: Reply) -> None:
        """Make the offer. Raises MediaError."""
        self._offered_at = now
        self._media.attach(self.peer, self._on_event)
        self._media.open_peer(self._room.sid, self.peer, participant=self._receiver.sid)
        # The publisher's protocol may have to be told that somebody wants it, as LiveKit's has.
        self._room.subscribe(self._receiver.sid, list(self._tracks), now)
        for sid in self._tracks:
            self._media.subscribe(self.peer, sid, f"{self.publisher_sid}|{sid}")
            self._tracks[sid] = desires(self._room, self._receiver, self._room.tracks[sid])
            self._media.set_subscription(self.peer, sid, enabled=self._tracks[sid], max_spatial=self._max_spatial)
        self._request = self._media.next_request()
        self._waiting = self._request, reply
        self._media.create_offer(self.peer, self._request)

    def answer(self, sdp: str) -> None:
        """Take the client's answer. Raises SignalError, MediaError."""
        try:
            answer = Description.parse(sdp)
        except BadDescription as error:
            raise invalid(str(error)) from None
        mids = {mid for section in answer.sections for mid in section.values("mid")}
        if not mids <= self.mids:
            raise invalid("the answer has other media ids than the offer")
        self.answered = True
        self.ufrag = answer.value("ice-ufrag")
        self._media.accept_answer(self.peer, self._request, sdp)

    def add_candidate(self, candidate: Candidate) -> None:
        """Raises MediaError."""
        if self._candidates < MAX_PER_CONNECTION:
            self._candidates += 1
            self._media.add_candidate(self.peer, candidate.text)

    def select_layer(self, max_spatial: int) -> None:
        """Forward no higher layer than this one, counted from 0. Raises MediaError."""
        self._max_spatial = max_spatial
        for sid, forwarded in self._tracks.items():
            self._media.set_subscription(self.peer, sid, enabled=forwarded, max_spatial=max_spatial)

    def consider(self) -> None:
        """Hold what the receiver may not have now, or no longer hold it. Raises MediaError."""
        if self.closed:
            return
        for sid, forwarded in self._tracks.items():
            track = self._room.tracks.get(sid)
            wanted = track is not None and desires(self._room, self._receiver, track)
            if wanted is not forwarded:
                self._tracks[sid] = wanted
                self._media.set_subscription(self.peer, sid, enabled=wanted, max_spatial=self._max_spatial)

    def tick(self, now: float) -> None:
        """Close it if it waits in vain: for the answer, or for a sign of life."""
        unanswered = not self.answered and now >= self._offered_at + OFFER_TTL
        silent = self._silent_since is not None and now >= self._silent_since + SILENCE_ALLOWED
        if unanswered or silent:
            self.close(now)

    def close(self, now: float) -> None:
        """End it. Calling it again does nothing."""
        if self.closed:
            return
        self.closed = True
        self._media.detach(self.peer)
        if self._waiting is not None:
            _, reply = self._waiting
            self._waiting = None
            reply(broken("the connection was closed"))
        if self._room.is_open and self._receiver.sid in self._room.participants:
            self._room.unsubscribe(self._receiver.sid, list(self._tracks), now)
        close_peer(self._media, self.peer)

    def _on_event(self, event: Event) -> None:
        try:
            self._handle(event)
        except RoomError as error:  # it came too late
            logger.debug("%s for %s: %s", type(event).__name__, self._receiver.sid, error)

    def _handle(self, event: Event) -> None:
        match event:
            case Event.Offered() if self._waiting is not None and event.request == self._waiting[0]:
                _, reply = self._waiting
                self._waiting = None
                if event.sdp:
                    self.mids = frozenset(event.mid_to_track)
                    reply(event.sdp)
                else:
                    reply(broken("there is nothing to be received"))
            case Event.NegotiationFailed():
                self.close(self._clock())
            case Event.PeerState(state="connected"):
                self._silent_since = None
                self._room.activate(self._receiver.sid, self._clock())
            case Event.PeerState(state="disconnected"):
                self._silent_since = self._clock()
            case Event.PeerState():
                self.close(self._clock())
            case _:
                pass
