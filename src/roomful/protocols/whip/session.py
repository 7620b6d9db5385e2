"""One peer connection that came by WHIP or WHEP, from the first offer to the end.

Mostly it is a participant, which comes and goes with it. Or it is beside the signalling of one that is in the room
already, as one of several.

No I/O and no clock: requests, events and the time come in by calls; what a request waits for goes out by `Reply`.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeAlias

import msgspec

from roomful.media.api import Event, MediaApi, MediaError, PendingTrack
from roomful.media.descriptions import Description
from roomful.protocols.whip import fragments
from roomful.protocols.whip.fragments import Fragment
from roomful.protocols.whip.problems import Problem, bad_request, overloaded
from roomful.rooms.errors import RoomError
from roomful.rooms.events import RoomEvent
from roomful.rooms.ids import new_id
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from roomful.rooms.stream_paths import StreamPath

SILENCE_ALLOWED = 15.0
"""Seconds from the engine's `disconnected` (10 s of silence) in which the client may restart ICE."""

logger = logging.getLogger(__name__)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the client gets: an SDP answer to its offer, a fragment to an ICE restart."""

    body: str
    etag: str
    """Names our ICE credentials; the client says it back with what belongs to them."""


Reply: TypeAlias = Callable[[Answer | Problem], None]
MakeAnswer: TypeAlias = Callable[[str], Answer]
"""From the engine's SDP answer to what the client gets."""


class Part(Protocol):
    """What the participant does on its peer connection. None of it raises Problem."""

    def begin(self, offer: Description, now: float) -> None:
        """Before the first offer is given to the engine. Raises RoomError, MediaError."""
        ...

    def pending(self) -> Sequence[PendingTrack]:
        """Tracks that the offer brings."""
        ...

    def finish(self, answer: str) -> str:
        """Look at the engine's first answer and return what the client gets. Raises Problem."""
        ...

    def end(self, now: float) -> None:
        """The session ends, and the participant stays."""
        ...

    def on_media_event(self, event: Event, now: float) -> None: ...

    def on_room_event(self, event: RoomEvent) -> None: ...


class Session:
    """See the module. The room's `ParticipantLeft` ends it, whoever caused that."""

    def __init__(
        self,
        media: MediaApi,
        room: Room,
        participant: Participant,
        secret: str,
        clock: Callable[[], float],
        on_end: Callable[["Session"], None] | None = None,
        stream: StreamPath | None = None,
        home: Room | None = None,
    ) -> None:
        """`secret` is what the client showed to come in; `clock` dates the engine's events.

        `on_end` is for a session beside a participant's signalling, which stays when the session ends. `stream` is the
        one it sends or gets. `home` is the participant's room, if the stream is shared by another one.
        """
        self.id = participant.sid if on_end is None else new_id("WS_")
        """The last part of the session's URL."""
        self.stream = stream
        self.media = media
        self.room = room
        self.home = room if home is None else home
        self.participant = participant
        self.secret = secret
        self.peer = media.next_peer()
        self.etag = ""
        self.ended = False
        self.part: Part
        self._clock = clock
        self._offer = Description((), ())
        self._waiting: dict[int, tuple[MakeAnswer, Reply]] = {}
        """Requests of the client, by the engine's number."""
        self._silent_since: float | None = None
        self._on_end = on_end

    @property
    def is_silent(self) -> bool:
        """Nothing has been heard of the client for a while."""
        return self._silent_since is not None

    # What the client asks

    def start(self, offer: Description, now: float, reply: Reply) -> None:
        """Take the first offer. Raises RoomError, MediaError, Problem."""
        self.media.attach(self.peer, self._on_event)
        self.media.open_peer(self.room.sid, self.peer, participant=self.participant.sid)
        self.home.confirm_join(self.participant.sid)
        self._offer = offer.with_track_ids()
        self.part.begin(self._offer, now)
        self._negotiate(self._offer, (self._first_answer, reply))

    def patch(self, fragment: Fragment, reply: Reply) -> bool:
        """Take candidates. Returns False if they come with other credentials than before: then ICE is restarted.

        Raises MediaError, Problem.
        """
        if fragment.ufrag in ("", self._offer.value("ice-ufrag")):
            for candidate in fragment.candidates:
                self.media.add_candidate(self.peer, candidate)
            if fragment.end:
                self.media.add_candidate(self.peer, "")
            return True
        offer = self._offer.with_ice(fragment.ufrag, fragment.password, fragment.candidates)
        self._negotiate(offer, (partial(self._restart_answer, offer), reply))
        return False

    def renegotiate(self) -> None:
        """Give the engine the client's offer again: it assigns sections anew, of which the client needs not know."""
        self._negotiate(self._offer)

    def leave(self, reason: LeaveReason, now: float) -> None:
        """End the session, and with it the participant, unless that has signalling of its own."""
        if self._on_end is None:
            self.room.leave(self.participant.sid, reason, now)
        elif not self.ended:
            self._on_end(self)
            self.part.end(now)

    # What happens

    def on_room_event(self, event: RoomEvent) -> None:
        if self.ended:
            return
        try:
            self.part.on_room_event(event)
        except MediaError as error:
            self._give_up(error, event.at)

    def tick(self, now: float) -> None:
        """Look whether the client has been silent for too long, or what another room shared is shared no longer."""
        if self.home is not self.room and not self._is_shared():
            self.leave(LeaveReason.PARTICIPANT_REMOVED, now)
            return
        if self._silent_since is not None and now >= self._silent_since + SILENCE_ALLOWED:
            self.leave(LeaveReason.CONNECTION_TIMEOUT, now)

    def _is_shared(self) -> bool:
        here = self.home.participants.get(self.participant.sid) is self.participant
        return here and self.stream is not None and self.room.shares_streams(self.stream.user_id, self.home.name)

    def end(self) -> None:
        """The participant has left."""
        if self.ended:
            return
        self.ended = True
        self.media.detach(self.peer)
        try:
            self.media.close_peer(self.peer)
        except MediaError as error:
            logger.warning("a peer connection could not be closed: %s", error)
        for _, reply in self._waiting.values():
            reply(overloaded())
        self._waiting.clear()

    def _on_event(self, event: Event) -> None:
        now = self._clock()
        try:
            match event:
                case Event.Answered() if event.request in self._waiting:
                    self._on_answered(event)
                case Event.NegotiationFailed() if event.request in self._waiting:
                    _, reply = self._waiting.pop(event.request)
                    reply(bad_request(f"the session description cannot be used: {event.reason}"))
                case Event.PeerState():
                    self._on_peer_state(event, now)
                case _:
                    self.part.on_media_event(event, now)
        except RoomError as error:  # it came too late
            logger.debug("%s of %s: %s", type(event).__name__, self.participant.sid, error)
        except MediaError as error:
            self._give_up(error, now)

    def _on_answered(self, event: Event.Answered) -> None:
        make, reply = self._waiting.pop(event.request)
        self.etag = f'"{Description.parse(event.sdp).value("ice-ufrag")}"'
        try:
            reply(make(event.sdp))
        except Problem as problem:
            reply(problem)

    def _on_peer_state(self, event: Event.PeerState, now: float) -> None:
        match event.state:
            case "connected":
                self._silent_since = None
                self.home.activate(self.participant.sid, now)
            case "disconnected":
                self._silent_since = now
            case "closed":
                self.leave(LeaveReason.CLIENT_INITIATED, now)
            case _:
                was_up = self.participant.active_at is not None
                self.leave(LeaveReason.CONNECTION_TIMEOUT if was_up else LeaveReason.JOIN_FAILURE, now)

    def _negotiate(self, offer: Description, waiting: tuple[MakeAnswer, Reply] | None = None) -> None:
        request = self.media.next_request()
        if waiting is not None:
            self._waiting[request] = waiting
        self.media.accept_offer(self.peer, request, offer.text(), self.part.pending())

    def _first_answer(self, sdp: str) -> Answer:
        return Answer(body=self.part.finish(sdp), etag=self.etag)

    def _restart_answer(self, offer: Description, sdp: str) -> Answer:
        self._offer = offer
        answer = Description.parse(sdp)
        first = answer.sections[0]
        candidates = [f"candidate:{value}" for section in answer.sections for value in section.values("candidate")]
        body = fragments.write(
            "".join(first.values("mid")[:1]),
            first.lines[0],
            answer.value("ice-ufrag"),
            answer.value("ice-pwd"),
            list(dict.fromkeys(candidates)),
        )
        return Answer(body=body, etag=self.etag)

    def _give_up(self, error: MediaError, now: float) -> None:
        """The engine did not take a command: nobody knows any more what the client gets."""
        logger.warning("participant %s has to leave: %s", self.participant.sid, error)
        self.leave(LeaveReason.MEDIA_FAILURE, now)
