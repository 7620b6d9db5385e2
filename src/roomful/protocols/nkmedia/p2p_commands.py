"""The commands of media sessions, for those of type `p2p`; what concerns others goes on to who has them.

specs/nkmedia.md §9.4.
"""

import uuid
from typing import Any, TypeAlias

from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import (
    Command,
    GetAnswer,
    GetOffer,
    MediaCreate,
    MediaDestroy,
    MediaInfo,
    MediaList,
    MediaStart,
    PlayerAction,
    RecorderAction,
    RoomAction,
    Sdp,
    SetAnswer,
    SetCandidate,
    SetCandidateEnd,
    SetType,
    UpdateMedia,
)
from roomful.protocols.nkmedia.connections import Connections
from roomful.protocols.nkmedia.executor import Executor, Handler
from roomful.protocols.nkmedia.media_session import LONGEST_NEGOTIATION
from roomful.protocols.nkmedia.media_sessions import MediaSessions
from roomful.protocols.nkmedia.p2p_session import BACKEND, P2pSession
from roomful.protocols.nkmedia.pending import Data, Outcome, Pending, Result
from roomful.protocols.nkmedia.services import Services

OfOne: TypeAlias = (
    MediaDestroy
    | SetAnswer
    | GetOffer
    | GetAnswer
    | SetCandidate
    | SetCandidateEnd
    | UpdateMedia
    | SetType
    | RoomAction
    | RecorderAction
    | PlayerAction
    | MediaInfo
)
_OF_ONE = OfOne.__args__


class P2pCommands:
    """See the module."""

    def __init__(
        self, services: Services, sessions: MediaSessions, connections: Connections, executor: Executor
    ) -> None:
        """Takes the place of who carries the commands out now."""
        self._services = services
        self._sessions = sessions
        self._by_id: dict[str, P2pSession] = {}
        self._others: dict[type[Command], Handler] = {
            kind: executor.handler(kind) for kind in (MediaCreate, MediaStart, MediaList, *_OF_ONE)
        }
        connections.on_removed.append(self._on_connection_lost)
        executor.add(dict.fromkeys(_OF_ONE, self._act))
        executor.add({MediaCreate: self._create, MediaStart: self._create, MediaList: self._list})

    def _create(self, caller: Caller, command: MediaCreate, now: float) -> Result:
        if command.session_id is not None and command.session_id in self._by_id:
            raise NkError(Code.DUPLICATED_SESSION_ID)
        if command.type != "p2p" or command.backend not in ("", BACKEND):
            return self._others[MediaCreate](caller, command, now)
        if command.session_id is not None and self._sessions.find(command.session_id) is not None:
            raise NkError(Code.DUPLICATED_SESSION_ID)
        if command.record:
            raise NkError(Code.NOT_IMPLEMENTED)
        other = self._other_end(command)
        offer = command.offer
        if offer is None and other is not None:
            offer = Sdp(**other.offer)
        if offer is None:
            raise NkError(Code.INVALID_OPERATION)
        if not offer.sdp:
            raise NkError(Code.MISSING_SDP)
        session = P2pSession(
            self._services, caller, command, command.session_id or str(uuid.uuid4()), offer, self._forget, now
        )
        session.open()
        self._by_id[session.id] = session
        if other is not None:
            session.link(other)
        return self._reply(session)

    def _other_end(self, command: MediaCreate) -> P2pSession | None:
        """Raises NkError: SESSION_NOT_FOUND; INVALID_OPERATION, somebody else is at that end already."""
        wanted = command.peer_id or command.master_id
        if wanted is None:
            return None
        other = self._by_id.get(wanted)
        if other is None:
            raise NkError(Code.SESSION_NOT_FOUND)
        if other.other is not None:
            raise NkError(Code.INVALID_OPERATION)
        return other

    def _reply(self, session: P2pSession) -> Result:
        """With `wait_reply`: a callee's offer at once, a caller's answer when the callee has answered."""
        if not session.command.wait_reply:
            return {"session_id": session.id}
        reply = Pending()

        def done(outcome: Outcome) -> None:
            reply.settle({"session_id": session.id, **outcome} if isinstance(outcome, dict) else outcome)

        session.wait_for("offer" if session.command.peer_id else "answer", within=LONGEST_NEGOTIATION).then(done)
        return reply

    def _act(self, caller: Caller, command: OfOne, now: float) -> Result:
        session = self._by_id.get(command.session_id)
        if session is None:
            return self._others[type(command)](caller, command, now)
        match command:
            case MediaDestroy():
                session.stop(Code.USER_STOP, now)
            case SetAnswer():
                session.take_answer(command.answer)
            case GetOffer():
                return session.wait_for("offer")
            case GetAnswer():
                return session.wait_for("answer")
            case SetCandidate():
                session.take_candidate(command)
            case SetCandidateEnd():
                session.end_candidates()
            case MediaInfo():
                return session.info()
            case _:
                if session.answer is None:
                    raise NkError(Code.INVALID_STATE)
                raise NkError(Code.NO_ACTIVE_ROOM if isinstance(command, RoomAction) else Code.NOT_IMPLEMENTED)
        return None

    def _list(self, caller: Caller, command: MediaList, now: float) -> Data:
        others: Any = self._others[MediaList](caller, command, now)
        return [*others, *({"session_id": session_id} for session_id in self._by_id)]

    def _on_connection_lost(self, caller: Caller, now: float) -> None:
        for session in [one for one in self._by_id.values() if one.connection_id == caller.session_id]:
            session.stop(Code.REGISTERED_DOWN, now)

    def _forget(self, session: P2pSession, now: float) -> None:
        del now
        del self._by_id[session.id]
