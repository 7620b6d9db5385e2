"""All media sessions, and their commands. specs/nkmedia.md §9."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from roomful.media.api import MediaError
from roomful.media.descriptions import Description
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import (
    GetAnswer,
    GetOffer,
    MediaCreate,
    MediaDestroy,
    MediaInfo,
    MediaList,
    MediaStart,
    RoomAction,
    Sdp,
    SetAnswer,
    SetCandidate,
    SetCandidateEnd,
    SetType,
    UpdateMedia,
)
from roomful.protocols.nkmedia.connections import Connections
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.fs.mcu_rooms import McuRooms
from roomful.protocols.nkmedia.fs.two_way_session import TwoWaySession
from roomful.protocols.nkmedia.fs.two_way_sessions import TwoWaySessions
from roomful.protocols.nkmedia.janus.engine import JanusEngine
from roomful.protocols.nkmedia.janus.private_sessions import PrivateSessions
from roomful.protocols.nkmedia.listener import Listener
from roomful.protocols.nkmedia.media_session import LONGEST_NEGOTIATION, MediaSession, read_description
from roomful.protocols.nkmedia.members import Members
from roomful.protocols.nkmedia.pending import Data, Outcome, Pending, Result
from roomful.protocols.nkmedia.publisher import Publisher
from roomful.protocols.nkmedia.room_commands import RoomCommands
from roomful.protocols.nkmedia.room_session import RoomSession
from roomful.protocols.nkmedia.room_settings import FS, JANUS, RoomSettings, backend_of, check_type
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.steps import Steps, promised
from roomful.rooms.errors import RoomError
from roomful.rooms.events import ParticipantLeft, RoomClosed, RoomClosing, RoomEvent
from roomful.rooms.model import LeaveReason
from roomful.rooms.room import Room

_ENDS = {
    LeaveReason.JOIN_FAILURE: Code.SESSION_TIMEOUT,
    LeaveReason.PARTICIPANT_REMOVED: Code.MEMBER_STOP,
}
"""Why somebody was taken out of a room; else it is SESSION_FAILED."""


class Carrier(Protocol):
    """Who carries media sessions: our own engine, or another server."""

    @property
    def publisher(self) -> Callable[..., Publisher]: ...

    @property
    def listener(self) -> Callable[..., Listener]: ...


class _Builtin:
    publisher = Publisher
    listener = Listener


_BUILTIN: Carrier = _Builtin()


class MediaSessions:
    """See the module."""

    def __init__(
        self,
        services: Services,
        members: Members,
        room_commands: RoomCommands,
        mcu_rooms: McuRooms,
        connections: Connections,
        executor: Executor,
        janus: JanusEngine | None = None,
    ) -> None:
        self._services = services
        self._janus = janus
        self._members = members
        self._room_commands = room_commands
        self._by_id: dict[str, MediaSession] = {}
        self._by_room: dict[str, dict[str, RoomSession]] = {}
        """Room sid → participant sid → session."""
        self._by_connection: dict[str, dict[str, MediaSession]] = {}
        """Id of the connection that made it → session id → session."""
        self._slaves: dict[str, dict[str, MediaSession]] = {}
        """Session id of a master → session id → session."""
        self._private = PrivateSessions(
            services, janus, find=self._by_id.get, admit=self._open, reply=self._reply, forget=self._forget
        )
        self._two_way = TwoWaySessions(
            services,
            room_commands,
            mcu_rooms,
            find=self._by_id.get,
            admit=self._open,
            reply=self._reply,
            forget=self._forget,
        )
        connections.on_removed.append(self._on_connection_lost)
        members.on_publisher_stopped.append(self._on_publisher_stopped)
        executor.add(
            {
                MediaCreate: self._create,
                MediaStart: self._create,
                MediaDestroy: self._destroy,
                SetAnswer: self._set_answer,
                GetOffer: lambda caller, command, now: self._get(command.session_id).wait_for("offer"),
                GetAnswer: lambda caller, command, now: self._get(command.session_id).wait_for("answer"),
                SetCandidate: self._set_candidate,
                SetCandidateEnd: self._set_candidate_end,
                UpdateMedia: self._update_media,
                SetType: self._set_type,
                RoomAction: self._room_action,
                MediaInfo: self._info,
                MediaList: self._list,
            }
        )

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, session_id: str) -> MediaSession | None:
        return self._by_id.get(session_id)

    # Coming

    def _create(self, caller: Caller, command: MediaCreate, now: float) -> Result:
        is_private = self._private.makes(command)
        is_two_way = not is_private and self._two_way.makes(command)
        if not is_two_way:
            check_type(command.type, command.backend, self._services.settings.backends)
        if command.answer is not None or command.set_master_answer or command.sdp_type != "webrtc":
            raise NkError(Code.NOT_IMPLEMENTED)
        session_id = self._new_id(command)
        if command.master_id is not None:
            self._get(command.master_id)
        if is_private:
            return self._private.create(caller, command, session_id, now)
        if is_two_way:
            return self._two_way.create(caller, command, session_id, now)
        match command.type:
            case "publish":
                return self._publish(caller, command, now)
            case "listen":
                return self._listen(caller, command, now)
            case _:
                raise NkError(Code.NOT_IMPLEMENTED)

    def _publish(self, caller: Caller, command: MediaCreate, now: float) -> Result:
        if command.offer is None:
            raise NkError(Code.INVALID_OPERATION)
        offer = read_description(command.offer)
        if not any(section.sends for section in offer.sections):
            raise NkError(Code.INVALID_SDP)
        room = None if command.room_id is None else self._services.rooms.get(command.room_id)
        if room is not None:
            return self._publish_in(room, caller, command, command.offer, offer, now)
        if command.room_id is not None and not command.create_room:
            raise NkError(Code.ROOM_NOT_FOUND)
        return promised(self._publish_in_new(caller, command, command.offer, offer, now))

    def _publish_in(
        self, room: Room, caller: Caller, command: MediaCreate, given: Sdp, offer: Description, now: float
    ) -> Pending:
        """Raises NkError, RoomError, MediaError."""
        backend = backend_of(room)
        if backend == FS or command.backend not in ("", backend):
            raise NkError(Code.DIFFERENT_MEDIASERVER)
        session_id = self._new_id(command)
        publisher = self._carrier(backend).publisher(
            self._services, room, caller, command, session_id, self._forget, now
        )
        self._open(publisher, lambda: publisher.begin(given, offer, now), now)
        return self._reply(publisher, "answer", {"room_id": room.name, "room": room.name})

    def _publish_in_new(
        self, caller: Caller, command: MediaCreate, given: Sdp, offer: Description, now: float
    ) -> Steps[Outcome]:
        settings = RoomSettings(
            audio_codec=command.room_audio_codec,
            video_codec=command.room_video_codec,
            bitrate=command.room_bitrate,
            timeout=self._services.settings.room_timeout,
            backend=command.backend or self._services.settings.backends[0],
        )
        opened = yield self._room_commands.open(command.room_id, settings, now)
        room = self._services.rooms.get(opened["room_id"])
        if room is None:
            raise NkError(Code.ROOM_NOT_FOUND)
        return (yield self._publish_in(room, caller, command, given, offer, self._services.clock()))

    def _carrier(self, backend: str) -> Carrier:
        """Raises NkError (NO_MEDIASERVER)."""
        if backend != JANUS:
            return _BUILTIN
        if self._janus is None or not self._janus.is_up:
            raise NkError(Code.NO_MEDIASERVER)
        return self._janus

    def _new_id(self, command: MediaCreate) -> str:
        """Raises NkError (DUPLICATED_SESSION_ID)."""
        if command.session_id is not None and command.session_id in self._by_id:
            raise NkError(Code.DUPLICATED_SESSION_ID)
        return command.session_id or str(uuid.uuid4())

    def _listen(self, caller: Caller, command: MediaCreate, now: float) -> Result:
        if command.publisher_id is None:
            raise NkError(Code.MISSING_FIELD, "publisher_id")
        if command.offer is not None:
            raise NkError(Code.INVALID_OPERATION)
        publisher = self._by_id.get(command.publisher_id)
        if not isinstance(publisher, Publisher) or publisher.answer is not None:
            return self._listen_now(caller, command, now)
        return promised(self._listen_later(caller, command, publisher))

    def _listen_later(self, caller: Caller, command: MediaCreate, publisher: Publisher) -> Steps[Outcome]:
        try:
            yield publisher.wait_for("answer")
        except NkError:
            raise NkError(Code.INVALID_PUBLISHER) from None
        return (yield self._listen_now(caller, command, self._services.clock()))

    def _listen_now(self, caller: Caller, command: MediaCreate, now: float) -> Pending:
        found = self._members.publisher(command.publisher_id or "")
        if found is None:
            raise NkError(Code.INVALID_PUBLISHER)
        room, publisher_sid = found
        session_id = self._new_id(command)
        listener = self._carrier(backend_of(room)).listener(
            self._services,
            room,
            caller,
            command,
            session_id,
            self._forget,
            now,
            peer=command.publisher_id or "",
            publisher_sid=publisher_sid,
            on_listening=self._on_listening,
        )
        self._open(listener, lambda: listener.begin(now), now)
        return self._reply(listener, "offer", {})

    def _open(self, session: MediaSession, begin: Callable[[], None], now: float) -> None:
        """Raises NkError, RoomError, MediaError; the session has ended then."""
        self._by_id[session.id] = session
        if isinstance(session, RoomSession):
            self._follow(session)
        self._by_connection.setdefault(session.connection_id, {})[session.id] = session
        if session.command.master_id is not None:
            self._slaves.setdefault(session.command.master_id, {})[session.id] = session
        try:
            session.open(now)
            begin()
        except NkError as error:
            session.stop(error.code, now)
            raise
        except (RoomError, MediaError):
            session.stop(Code.SESSION_FAILED, now)
            raise

    def _follow(self, session: RoomSession) -> None:
        room = session.room
        if room.sid not in self._by_room:
            self._by_room[room.sid] = {}
            room.observers.add(partial(self._on_event, room))
        self._by_room[room.sid][session.participant.sid] = session
        self._members.name(session.participant.sid, session.id)

    def _reply(self, session: MediaSession, name: str, facts: dict[str, Any]) -> Pending:
        """What `create` answers: with `wait_reply`, when the engine has answered or offered."""
        reply = Pending()
        facts = {"session_id": session.id, **facts}
        if not session.command.wait_reply:
            reply.settle(facts)
            return reply

        def done(outcome: Outcome) -> None:
            reply.settle({**facts, **outcome} if isinstance(outcome, dict) else outcome)

        session.wait_for(name, within=LONGEST_NEGOTIATION).then(done)
        return reply

    # Commands for one

    def _get(self, session_id: str) -> MediaSession:
        session = self._by_id.get(session_id)
        if session is None:
            raise NkError(Code.SESSION_NOT_FOUND)
        return session

    def ready(self, session_id: str) -> MediaSession:
        """A session with both descriptions. Raises NkError: SESSION_NOT_FOUND, INVALID_STATE."""
        session = self._get(session_id)
        if not session.is_ready:
            raise NkError(Code.INVALID_STATE)
        return session

    def _destroy(self, caller: Caller, command: MediaDestroy, now: float) -> Data:
        del caller
        session = self._by_id.get(command.session_id)
        if session is not None:
            session.stop(Code.USER_STOP, now)
        return None

    def _set_answer(self, caller: Caller, command: SetAnswer, now: float) -> Data:
        del caller
        self._get(command.session_id).take_answer(command.answer, now)
        return None

    def _set_candidate(self, caller: Caller, command: SetCandidate, now: float) -> Data:
        del caller, now
        self._get(command.session_id).add_candidate(command.candidate)
        return None

    def _set_candidate_end(self, caller: Caller, command: SetCandidateEnd, now: float) -> Data:
        del caller
        self._get(command.session_id).end_candidates(now)
        return None

    def _update_media(self, caller: Caller, command: UpdateMedia, now: float) -> Data:
        del caller
        session = self.ready(command.session_id)
        if command.bitrate is not None:
            session.limit(command.bitrate)
        session.mute(audio=command.mute_audio, video=command.mute_video, now=now)
        return None

    def _set_type(self, caller: Caller, command: SetType, now: float) -> Result:
        del caller
        session = self.ready(command.session_id)
        if isinstance(session, TwoWaySession):
            return self._two_way.set_type(session, command, now)
        if not isinstance(session, Listener) or command.type != "listen":
            raise NkError(Code.NOT_IMPLEMENTED)
        if command.publisher_id is None:
            raise NkError(Code.MISSING_FIELD, "publisher_id")
        room, publisher_sid = self._members.publisher(command.publisher_id) or (None, "")
        if room is not session.room:
            raise NkError(Code.INVALID_PUBLISHER)
        return session.switch(command.publisher_id, publisher_sid, now)

    def _room_action(self, caller: Caller, command: RoomAction, now: float) -> Data:
        """Only sessions of type `mcu` have a room to act on."""
        del caller
        return self._two_way.act(self.ready(command.session_id), command, now)

    def _info(self, caller: Caller, command: MediaInfo, now: float) -> Data:
        del caller, now
        return self._get(command.session_id).info()

    def _list(self, caller: Caller, command: MediaList, now: float) -> Data:
        del caller, command, now
        return [{"session_id": session_id} for session_id in self._by_id]

    # What happens

    def _on_listening(self, listener: Listener) -> None:
        self._members.listens(listener.room, listener.participant.sid, listener.user, listener.publisher_id)

    def _on_event(self, room: Room, event: RoomEvent) -> None:
        sessions = self._by_room.get(room.sid, {})
        match event:
            case RoomClosing():
                for session in list(sessions.values()):
                    session.stop(Code.ROOM_DESTROYED, event.at)
            case RoomClosed():
                self._by_room.pop(room.sid, None)
            case ParticipantLeft() if event.sid in sessions:
                sessions[event.sid].stop(_ENDS.get(event.reason, Code.SESSION_FAILED), event.at)
            case _:
                for session in list(sessions.values()):
                    session.guard(partial(session.on_room_event, event), event.at)

    def _on_publisher_stopped(self, room: Room, publisher_id: str, now: float) -> None:
        for session in list(self._by_room.get(room.sid, {}).values()):
            if isinstance(session, Listener) and session.publisher_id == publisher_id:
                session.stop(Code.PUBLISHER_STOP, now)

    def _on_connection_lost(self, caller: Caller, now: float) -> None:
        for session in list(self._by_connection.get(caller.session_id, {}).values()):
            session.stop(Code.REGISTERED_DOWN, now)

    def _forget(self, session: MediaSession, now: float) -> None:
        """It has ended; those that are linked with it end, too."""
        del self._by_id[session.id]
        if isinstance(session, RoomSession):
            self._by_room[session.room.sid].pop(session.participant.sid, None)
        _drop(self._by_connection, session.connection_id, session)
        linked = list(self._slaves.get(session.id, {}).values())
        if session.command.master_id is not None:
            _drop(self._slaves, session.command.master_id, session)
            linked += [self._by_id[one] for one in (session.command.master_id,) if one in self._by_id]
        for other in linked:
            if other.command.stop_after_peer:
                other.stop(Code.PEER_STOPPED, now)


def _drop(groups: dict[str, dict[str, MediaSession]], name: str, session: MediaSession) -> None:
    group = groups[name]
    del group[session.id]
    if not group:
        del groups[name]
