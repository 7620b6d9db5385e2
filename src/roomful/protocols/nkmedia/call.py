"""One call: several connections are invited, the first that accepts has it. specs/nkmedia.md §14."""

from collections.abc import Callable, Sequence
from typing import Any

from roomful.protocols.nkmedia import hub
from roomful.protocols.nkmedia.caller import Caller, ConnectedCaller
from roomful.protocols.nkmedia.codes import Code, NkError, reason_of
from roomful.protocols.nkmedia.commands import CallAccepted, CallCreate
from roomful.protocols.nkmedia.media_session import MAX_CANDIDATES
from roomful.protocols.nkmedia.pending import Outcome
from roomful.protocols.nkmedia.services import Services

NO_DESTINATION_AFTER = 0.1
"""Seconds from the call to the news that there is nobody to be called."""


class Call:
    """See the module."""

    def __init__(
        self,
        services: Services,
        caller: Caller,
        command: CallCreate,
        call_id: str,
        invited: Sequence[ConnectedCaller],
        on_end: Callable[["Call"], None],
        now: float,
    ) -> None:
        self.id = call_id
        self.caller = caller
        self.callee: Caller | None = None
        """Who has accepted."""
        self._command = command
        self._services = services
        self._invited = {one.session_id: one for one in invited}
        self._on_end = on_end
        self._ended = False
        self._early: list[tuple[str, dict[str, Any]]] = []
        """What the caller has said about candidates before there was a callee."""
        self._passed = {"caller": 0, "callee": 0}
        self._until = now + (command.ring_time if invited else NO_DESTINATION_AFTER)

    def open(self) -> None:
        """Raises NkError (too many subscriptions)."""
        if self._command.subscribe and self.caller.connected:
            self._services.hub.subscribe(self.caller, self._filter, self._command.event_body)
        self._services.wheel.set(self, self._until)
        offer = self._command.offer
        facts = {"call_id": self.id, "type": self._command.type, "offer": offer and offer.as_body()}
        facts |= {"caller": self._command.caller, "session_id": self.caller.session_id}
        invite = {name: value for name, value in facts.items() if value not in (None, {}, "")}
        for session_id, connection in list(self._invited.items()):
            asked = connection.ask("media", "call", "invite", invite)
            asked.then(lambda outcome, session_id=session_id: self._on_invited(session_id, outcome))

    def includes(self, caller: Caller) -> bool:
        """Whether somebody has a say in this call."""
        return caller is self.caller or caller is self.callee or caller.session_id in self._invited

    def ringing(self, callee: Any) -> None:
        self.tell("ringing", {"callee": callee} if callee else {})

    def accept(self, callee: Caller, command: CallAccepted) -> None:
        """Raises NkError: ALREADY_ANSWERED, CALL_NOT_FOUND (not invited)."""
        if self.callee is not None:
            raise NkError(Code.ALREADY_ANSWERED)
        if callee.session_id not in self._invited:
            raise NkError(Code.CALL_NOT_FOUND)
        self.callee = callee
        self._until = float("inf")
        self._services.wheel.discard(self)
        del self._invited[callee.session_id]
        self._hang_up_others(Code.ALREADY_ANSWERED)
        facts = {
            "session_id": callee.session_id,
            "answer": command.answer and command.answer.as_body(),
            "callee": command.callee,
        }
        body = {name: value for name, value in facts.items() if value not in (None, {}, "")}
        self.tell("accepted", body)
        if command.answer is not None:
            self.tell("answer", body)
        if command.subscribe and callee.connected:
            self._services.hub.subscribe(callee, self._filter, command.event_body)
        early, self._early = self._early, []
        for kind, candidate in early:
            callee.tell(self._event(kind), candidate)

    def reject(self, callee: Caller) -> None:
        self._without(callee.session_id, Code.CALL_REJECTED)

    def candidate(self, sender: Caller, kind: str, body: dict[str, Any]) -> None:
        """Hand it to the other side, or keep it until there is one."""
        side = "caller" if sender is self.caller else "callee"
        if self._passed[side] >= MAX_CANDIDATES:
            return
        self._passed[side] += 1
        if side == "callee":
            self.caller.tell(self._event(kind), body)
        elif self.callee is not None:
            self.callee.tell(self._event(kind), body)
        else:
            self._early.append((kind, body))

    def leave(self, gone: Caller) -> None:
        """A connection is gone."""
        if gone is self.caller or gone is self.callee:
            self.hang_up(Code.REGISTERED_DOWN)
        else:
            self._without(gone.session_id, Code.NO_DESTINATION)

    def hang_up(self, code: Code, reason: str = "") -> None:
        """End it. Calling it again does nothing."""
        if self._ended:
            return
        self._ended = True
        self._services.wheel.discard(self)
        self._on_end(self)
        body = reason_of(code) | ({"reason": reason} if reason else {})
        self.tell("hangup", body)
        self._hang_up_others(code, body)
        for side in (self.caller, self.callee):
            if side is not None:
                self._services.hub.unsubscribe(side, self._filter)

    def tell(self, kind: str, body: dict[str, Any]) -> None:
        self._services.hub.publish(self._event(kind, body))

    def on_time(self, now: float) -> float | None:
        if now < self._until:
            return self._until
        self.hang_up(Code.NO_ANSWER if self._invited else Code.NO_DESTINATION)
        return None

    def _on_invited(self, session_id: str, outcome: Outcome) -> None:
        if isinstance(outcome, NkError):
            self._without(session_id, Code.NO_DESTINATION)

    def _without(self, session_id: str, code: Code) -> None:
        """One of the invited is out; the last one of them ends the call with that code."""
        if self._invited.pop(session_id, None) is not None and not self._invited and self.callee is None:
            self.hang_up(code)

    def _hang_up_others(self, code: Code, body: dict[str, Any] | None = None) -> None:
        """Those that still ring need ring no more; none of them has subscribed to the call."""
        invited, self._invited = self._invited, {}
        for connection in invited.values():
            connection.tell(self._event("hangup"), body or reason_of(code))

    def _event(self, kind: str, body: dict[str, Any] | None = None) -> hub.Event:
        return hub.Event(class_name="media", subclass="call", type=kind, obj_id=self.id, body=body)

    @property
    def _filter(self) -> hub.Filter:
        return hub.Filter(class_name="media", subclass="call", obj_id=self.id)
