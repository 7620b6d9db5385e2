"""A media session without a media engine: descriptions and candidates go from one client to another.

The caller's session has an offer and waits for the answer; the callee's session, its slave, has the same offer and gets
the answer from the callee. specs/nkmedia.md §9.4.
"""

from collections.abc import Callable
from typing import Any

from roomful.protocols.nkmedia import hub
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError, reason_of
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp, SetCandidate
from roomful.protocols.nkmedia.media_session import DESCRIPTION_WITHIN, MAX_CANDIDATES
from roomful.protocols.nkmedia.pending import Pending
from roomful.protocols.nkmedia.services import Services

BACKEND = "p2p"


class P2pSession:
    """See the module."""

    type = "p2p"

    def __init__(
        self,
        services: Services,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        offer: Sdp,
        on_stopped: Callable[["P2pSession", float], None],
        now: float,
    ) -> None:
        self.id = session_id
        self.command = command
        self.connection_id = caller.session_id
        self.stopped = False
        self.offer = offer.as_body()
        self.answer: dict[str, Any] | None = None
        self.other: P2pSession | None = None
        """The session at the other end."""
        self._services = services
        self._caller = caller
        self._on_stopped = on_stopped
        self.early: list[tuple[str, dict[str, Any]]] = []
        """Events for the other end, type and body, from before there was one."""
        self._passed = 0
        self._waiters: list[tuple[float, Pending]] = []
        self._until = now + (command.wait_timeout or services.settings.wait_timeout)

    def open(self) -> None:
        """Tell of it. Raises NkError (too many subscriptions)."""
        if self.command.subscribe and self._caller.connected:
            self._services.hub.subscribe(self._caller, self._filter, self.command.event_body)
        self._schedule()
        self.tell("created", self.info())
        self.tell("type", {"type": self.type, **self.details()})

    def link(self, other: "P2pSession") -> None:
        """Both are the two ends from now on."""
        self.other, other.other = other, self
        for one, far in ((self, other), (other, self)):
            while one.early:
                far.tell(*one.early.pop(0))

    def stop(self, code: Code, now: float) -> None:
        """End it. Calling it again does nothing."""
        if self.stopped:
            return
        self.stopped = True
        self._services.wheel.discard(self)
        waiters, self._waiters = self._waiters, []
        for _, pending in waiters:
            pending.settle(NkError(code))
        self.tell("destroyed", reason_of(code))
        self._services.hub.unsubscribe(self._caller, self._filter)
        self._on_stopped(self, now)
        other, self.other = self.other, None
        if other is not None:
            other.other = None
            if other.command.stop_after_peer:
                other.stop(Code.PEER_STOPPED, now)

    def wait_for(self, name: str, within: float = DESCRIPTION_WITHIN) -> Pending:
        """The `offer` or the `answer`, as `{name: …}`, when it is there."""
        pending = Pending()
        value = getattr(self, name)
        if value is not None:
            pending.settle({name: value})
        else:
            self._waiters.append((self._services.clock() + within, pending))
            self._schedule()
        return pending

    def take_answer(self, given: Sdp) -> None:
        """Raises NkError: MISSING_SDP, ANSWER_ALREADY_SET."""
        if self.answer is not None:
            raise NkError(Code.ANSWER_ALREADY_SET)
        if not given.sdp:
            raise NkError(Code.MISSING_SDP)
        master = self.other if self.command.set_master_answer else None
        self.be_answered(given.as_body(), told=master is None)
        if master is not None and master.answer is None:
            master.be_answered(given.as_body(), told=True)

    def take_candidate(self, command: SetCandidate) -> None:
        self._pass_on("candidate", command.as_body())

    def end_candidates(self) -> None:
        self._pass_on("candidate_end", {})

    def tell(self, kind: str, body: dict[str, Any]) -> None:
        self._services.hub.publish(
            hub.Event(class_name="media", subclass="session", type=kind, obj_id=self.id, body=body)
        )

    def details(self) -> dict[str, Any]:
        return {"peer_id": self.command.peer_id} if self.command.peer_id else {}

    def info(self) -> dict[str, Any]:
        """specs/nkmedia.md §9.10."""
        facts = {
            "session_id": self.id,
            "backend": BACKEND,
            "backend_role": "offerer" if self.command.peer_id else "offeree",
            "type": self.type,
            "type_ext": self.details(),
            "user_id": self._caller.user,
            "user_session": self.connection_id,
            "master_id": self.command.master_id,
            "offer": self.offer,
            "answer": self.answer,
        }
        return {name: value for name, value in facts.items() if value not in (None, "")}

    def on_time(self, now: float) -> float | None:
        overdue = [one for one in self._waiters if now >= one[0]]
        self._waiters = [one for one in self._waiters if now < one[0]]
        for _, pending in overdue:
            pending.settle(NkError(Code.TIMEOUT))
        if now >= self._until:
            self.stop(Code.SESSION_TIMEOUT, now)
            return None
        return self._due()

    def be_answered(self, answer: dict[str, Any], *, told: bool) -> None:
        """`told`: there is an event of it."""
        self.answer = answer
        self._until = self._services.clock() + (self.command.ready_timeout or self._services.settings.ready_timeout)
        if told:
            self.tell("answer", {"answer": answer})
        waiters, self._waiters = self._waiters, []
        for _, pending in waiters:
            pending.settle({"answer": answer})
        self._schedule()

    def _pass_on(self, kind: str, body: dict[str, Any]) -> None:
        if self._passed >= MAX_CANDIDATES:
            return
        self._passed += 1
        if self.other is not None:
            self.other.tell(kind, body)
        else:
            self.early.append((kind, body))

    def _schedule(self) -> None:
        if not self.stopped:
            self._services.wheel.set(self, self._due())

    def _due(self) -> float:
        return min([self._until, *(until for until, _ in self._waiters)])

    @property
    def _filter(self) -> hub.Filter:
        return hub.Filter(class_name="media", subclass="session", obj_id=self.id)
