"""One media session: one peer connection of a client, and what was agreed on for it.

No I/O and no clock: commands, events and the time come in by calls. specs/nkmedia.md §9.
"""

import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from roomful.media.api import Event, MediaError
from roomful.media.descriptions import BadDescription, Description, Section
from roomful.protocols.nkmedia import hub
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp
from roomful.protocols.nkmedia.hub import Filter
from roomful.protocols.nkmedia.pending import Pending
from roomful.protocols.nkmedia.room_settings import BACKEND, ENGINES
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.errors import RoomError

PROTOCOL_NAME = "nkmedia"
DESCRIPTION_WITHIN = 5.0
"""Seconds that `get_offer` and `get_answer` wait."""
SILENCE_ALLOWED = 15.0
"""Seconds from the engine's `disconnected` (10 s of silence) until the session ends."""
LONGEST_NEGOTIATION = 180.0
"""Seconds that `create` with `wait_reply` waits for a description."""
MAX_CANDIDATES = 64
"""Of one session, or of one side of a call; later ones are ignored."""

logger = logging.getLogger(__name__)


class MediaSession(ABC):
    """See the module."""

    type: str
    backend = BACKEND
    lost = Code.SESSION_FAILED
    """Why it ends when its peer connection does."""

    def __init__(
        self,
        services: Services,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        on_stopped: Callable[["MediaSession", float], None],
        now: float,
    ) -> None:
        self.id = session_id
        self.user = caller.user
        self.stopped = False
        self._reason = NkError(Code.SESSION_NOT_FOUND)
        """Why it has ended, once it has."""
        self.offer: dict[str, Any] | None = None
        self.answer: dict[str, Any] | None = None
        self.command = command
        self._services = services
        self._media = services.media
        self._caller = caller
        self._on_stopped = on_stopped
        self._waiters: list[tuple[str, float, Pending]] = []
        self._silent_since: float | None = None
        self._until = now + (command.wait_timeout or services.settings.wait_timeout)
        self._gathered: list[str] | None = None
        """Candidates that are waited for, to go into a description; None: they are passed on one by one."""
        self._gather_until = 0.0
        self._candidates = 0
        self._status: dict[str, dict[str, Any]] = {}
        """The last `status` of each class."""
        self.peer = self._media.next_peer()

    @property
    def is_ready(self) -> bool:
        return self.offer is not None and self.answer is not None

    @property
    def is_offerer(self) -> bool:
        """Whether our side makes the offer."""
        return self.command.offer is None

    @property
    def connection_id(self) -> str:
        """Of the connection that made it; empty by HTTP."""
        return self._caller.session_id

    @abstractmethod
    def details(self) -> dict[str, Any]:
        """What belongs to the type."""

    @abstractmethod
    def mute(self, *, audio: bool | None, video: bool | None, now: float) -> None:
        """Hold its sound or picture, or forward it again; None leaves as is. Raises RoomError, MediaError."""

    def limit(self, bitrate: int) -> None:
        """Receive at most so many bits per second from the client. Raises NkError."""
        raise NkError(Code.NOT_IMPLEMENTED)  # it is agreed on in the answer, and stays

    @abstractmethod
    def on_media_event(self, event: Event, now: float) -> None:
        """Of its own kind. Raises RoomError, MediaError."""

    @abstractmethod
    def gathered(self, now: float) -> None:
        """The candidates that were waited for are in `with_candidates`. Raises RoomError, MediaError, NkError."""

    @abstractmethod
    def open_media(self) -> None:
        """Open its peer. Raises MediaError."""

    def take_answer(self, given: Sdp, now: float) -> None:
        """The client's answer to our offer. Raises NkError, MediaError."""
        del given, now
        raise NkError(Code.ANSWER_ALREADY_SET if self.answer is not None else Code.INVALID_OPERATION)

    # From birth to death

    def open(self, now: float) -> None:
        """Tell of it, and open its peer. Raises NkError (too many subscriptions), MediaError."""
        if self.command.subscribe and self._caller.connected:
            self._services.hub.subscribe(self._caller, self._filter, self.command.event_body)
        self._media.attach(self.peer, self._on_event)
        self.open_media()
        self.tell("created", self.info())
        self.tell("type", {"type": self.type, **self.details()})
        self.schedule()

    def stop(self, code: Code, now: float) -> None:
        self.end(NkError(code), now)

    def end(self, reason: NkError, now: float) -> None:
        """End it. Calling it again does nothing."""
        if self.stopped:
            return
        self.stopped = True
        self._reason = reason
        self._services.wheel.discard(self)
        self.close_media()
        waiters, self._waiters = self._waiters, []
        for _, _, pending in waiters:
            pending.settle(reason)
        self.tell("destroyed", {"code": int(reason.code), "reason": reason.text})
        self._services.hub.unsubscribe(self._caller, self._filter)
        self._on_stopped(self, now)
        self.leave(now)

    @abstractmethod
    def leave(self, now: float) -> None:
        """It has ended: go out of where it was."""

    def close_media(self) -> None:
        self._media.detach(self.peer)
        try:
            self._media.close_peer(self.peer)
        except MediaError as error:
            logger.warning("a peer connection could not be closed: %s", error)

    def pass_candidate(self, line: str) -> None:
        """Of the client; empty: there are no more. Raises MediaError."""
        self._media.add_candidate(self.peer, line)

    def tell(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "status":
            self._status[body["class"]] = body
        self._services.hub.publish(
            hub.Event(class_name="media", subclass="session", type=kind, obj_id=self.id, body=body)
        )

    def info(self) -> dict[str, Any]:
        """specs/nkmedia.md §9.10."""
        facts = {
            "session_id": self.id,
            "backend": self.backend,
            "backend_role": "offerer" if self.is_offerer else "offeree",
            "type": self.type,
            "type_ext": self.details(),
            "user_id": self.user,
            "user_session": self.connection_id,
            "master_id": self.command.master_id,
            "status": self._status,
            "offer": self.offer,
            "answer": self.answer,
            "engine": ENGINES[self.backend],
        }
        return {name: value for name, value in facts.items() if value not in (None, "", {}) or name == "type_ext"}

    # Descriptions

    def wait_for(self, name: str, within: float = DESCRIPTION_WITHIN) -> Pending:
        """The `offer` or the `answer`, as `{name: …}`, when it is there."""
        pending = Pending()
        value = getattr(self, name)
        if self.stopped:
            pending.settle(self._reason)
        elif value is not None:
            pending.settle({name: value})
        else:
            self._waiters.append((name, self._services.clock() + within, pending))
            self.schedule()
        return pending

    def set_description(self, name: str, sdp: str) -> None:
        """There is an offer or an answer of ours, or of the client."""
        description = {"sdp": sdp, "sdp_type": "webrtc", "trickle_ice": False}
        setattr(self, name, description)
        if self.is_ready:
            timeout = self.command.ready_timeout or self._services.settings.ready_timeout
            self._until = self._services.clock() + timeout
        if name == "answer":
            self.tell("answer", {"answer": description})
        mine = [one for one in self._waiters if one[0] == name]
        self._waiters = [one for one in self._waiters if one[0] != name]
        for _, _, pending in mine:
            pending.settle({name: description})
        self.schedule()

    # Candidates

    def gather(self, now: float) -> None:
        """Wait for the client's candidates before its description is used."""
        self._gathered = []
        self._gather_until = now + math.ceil(self.command.trickle_ice_timeout / 1000)
        self.schedule()

    def add_candidate(self, candidate: str) -> None:
        """Raises MediaError."""
        line = candidate.removeprefix("a=")
        if self._candidates >= MAX_CANDIDATES or not line.startswith("candidate:") or not line.isprintable():
            return
        self._candidates += 1
        if self._gathered is not None:
            self._gathered.append(line)
        else:
            self.pass_candidate(line)

    def end_candidates(self, now: float) -> None:
        """There are no more. Raises RoomError, MediaError, NkError."""
        if self._gathered is None:
            self.pass_candidate("")
        elif not self._gathered:
            self.stop(Code.NO_ICE_CANDIDATES, now)
        else:
            self._gather_until = 0.0
            self.gathered(now)
            self._gathered = None

    def with_candidates(self, description: Description) -> Description:
        """The description with what was gathered."""
        lines = tuple(f"a={line}" for line in self._gathered or ())
        first, *others = description.sections
        return Description(description.session, (Section((*first.lines, *lines)), *others))

    # Of the wheel

    def schedule(self) -> None:
        if not self.stopped:
            self._services.wheel.set(self, self._due())

    def on_time(self, now: float) -> float | None:
        overdue = [one for one in self._waiters if now >= one[1]]
        self._waiters = [one for one in self._waiters if now < one[1]]
        for _, _, pending in overdue:
            pending.settle(NkError(Code.TIMEOUT))
        if now >= self._until:
            self.stop(Code.SESSION_TIMEOUT, now)
        elif self._silent_since is not None and now >= self._silent_since + SILENCE_ALLOWED:
            self.stop(self.lost, now)
        elif self._gathered is not None and self._gather_until and now >= self._gather_until:
            self.guard(lambda: self.end_candidates(now), now)
        return None if self.stopped else self._due()

    def _due(self) -> float:
        times = [self._until, *(until for _, until, _ in self._waiters)]
        if self._silent_since is not None:
            times.append(self._silent_since + SILENCE_ALLOWED)
        if self._gather_until:
            times.append(self._gather_until)
        return min(times)

    # Of the engine

    def guard(self, act: Callable[[], None], now: float) -> None:
        """Do something that nobody waits for; what goes wrong in it ends the session."""
        try:
            act()
        except RoomError as error:  # it came too late
            logger.debug("media session %s: %s", self.id, error)
        except NkError as error:
            self.end(error, now)
        except MediaError as error:
            logger.warning("media session %s has to end: %s", self.id, error)
            self.stop(Code.SESSION_FAILED, now)

    def _on_event(self, event: Event) -> None:
        now = self._services.clock()
        match event:
            case Event.PeerState():
                self._on_peer_state(event.state, now)
            case Event.NegotiationFailed():
                logger.info("media session %s: %s", self.id, event.reason)
                self.stop(Code.INVALID_SDP, now)
            case _:
                self.guard(lambda: self.on_media_event(event, now), now)

    def _on_peer_state(self, state: str, now: float) -> None:
        match state:
            case "connected":
                self._silent_since = None
                self.guard(lambda: self.activate(now), now)
                self.tell("status", {"class": "webrtc", "status": "up"})
            case "disconnected":
                self._silent_since = now
            case _:
                self.stop(self.lost, now)
                return
        self.schedule()

    @abstractmethod
    def activate(self, now: float) -> None:
        """Media may flow, perhaps again. Raises RoomError, MediaError, NkError."""

    @property
    def _filter(self) -> Filter:
        return Filter(class_name="media", subclass="session", obj_id=self.id)


def read_description(given: Sdp) -> Description:
    """Raises NkError: MISSING_SDP, INVALID_SDP, NOT_IMPLEMENTED (plain RTP)."""
    if not given.sdp:
        raise NkError(Code.MISSING_SDP)
    if given.sdp_type != "webrtc":
        raise NkError(Code.NOT_IMPLEMENTED)
    try:
        return Description.parse(given.sdp)
    except BadDescription:
        raise NkError(Code.INVALID_SDP) from None
