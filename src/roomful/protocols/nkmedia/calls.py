"""The commands of calls. specs/nkmedia.md §14.

A call goes from one connection to others: what it is about, as the description of a session of type `p2p`, is theirs.
"""

import uuid

from roomful.protocols.nkmedia.call import Call
from roomful.protocols.nkmedia.caller import Caller, ConnectedCaller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import (
    CallAccepted,
    CallCreate,
    CallHangup,
    CallRejected,
    CallRinging,
    CallSetCandidate,
    CallSetCandidateEnd,
)
from roomful.protocols.nkmedia.connections import Connections
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.pending import Data
from roomful.protocols.nkmedia.services import Services

_TYPES_ELSEWHERE = frozenset({"sip", "verto"})


class Calls:
    """See the module."""

    def __init__(self, services: Services, connections: Connections, executor: Executor) -> None:
        self._services = services
        self._connections = connections
        self._by_id: dict[str, Call] = {}
        connections.on_removed.append(self._on_connection_lost)
        executor.add(
            {
                CallCreate: self._create,
                CallHangup: self._hang_up,
                CallRinging: self._ring,
                CallAccepted: self._accept,
                CallRejected: self._reject,
                CallSetCandidate: self._candidate,
                CallSetCandidateEnd: self._candidate_end,
            }
        )

    def _create(self, caller: Caller, command: CallCreate, now: float) -> Data:
        if command.type in _TYPES_ELSEWHERE or command.backend not in ("", "p2p"):
            raise NkError(Code.NOT_IMPLEMENTED)
        if command.type not in ("user", "session"):
            raise NkError(Code.SYNTAX_ERROR, "type")
        if command.call_id is not None and command.call_id in self._by_id:
            raise NkError(Code.CALL_ERROR)
        invited = [one for one in self._destinations(command) if one is not caller]
        call_id = command.call_id or str(uuid.uuid4())
        call = Call(self._services, caller, command, call_id, invited, self._forget, now)
        self._by_id[call_id] = call
        try:
            call.open()
        except NkError:
            call.hang_up(Code.CALL_ERROR)
            raise
        return {"call_id": call_id}

    def _destinations(self, command: CallCreate) -> list[ConnectedCaller]:
        if command.type == "session":
            connection = self._connections.get(command.callee)
            return [] if connection is None else [connection]
        return [one for one in self._connections if one.user == command.callee]

    def _hang_up(self, caller: Caller, command: CallHangup, now: float) -> Data:
        del now
        call = self._get(caller, command.call_id)
        code = Code.ORIGINATOR_CANCEL if caller is call.caller and call.callee is None else Code.USER_STOP
        call.hang_up(code, command.reason[:256])
        return None

    def _ring(self, caller: Caller, command: CallRinging, now: float) -> Data:
        del now
        self._get(caller, command.call_id).ringing(command.callee)
        return None

    def _accept(self, caller: Caller, command: CallAccepted, now: float) -> Data:
        del now
        if command.answer is not None and not command.answer.sdp:
            raise NkError(Code.MISSING_SDP)
        call = self._by_id.get(command.call_id)
        if call is None:
            raise NkError(Code.CALL_NOT_FOUND)
        call.accept(caller, command)
        return None

    def _reject(self, caller: Caller, command: CallRejected, now: float) -> Data:
        del now
        self._get(caller, command.call_id).reject(caller)
        return None

    def _candidate(self, caller: Caller, command: CallSetCandidate, now: float) -> Data:
        del now
        self._get(caller, command.call_id).candidate(caller, "candidate", command.as_body())
        return None

    def _candidate_end(self, caller: Caller, command: CallSetCandidateEnd, now: float) -> Data:
        del now
        self._get(caller, command.call_id).candidate(caller, "candidate_end", {})
        return None

    def _get(self, caller: Caller, call_id: str) -> Call:
        """A call in which the caller has a say. Raises NkError (CALL_NOT_FOUND)."""
        call = self._by_id.get(call_id)
        if call is None or not call.includes(caller):
            raise NkError(Code.CALL_NOT_FOUND)
        return call

    def _on_connection_lost(self, caller: Caller, now: float) -> None:
        del now
        for call in [one for one in self._by_id.values() if one.includes(caller)]:
            call.leave(caller)

    def _forget(self, call: Call) -> None:
        self._by_id.pop(call.id, None)
