"""`player_action`: files that are played to a session. specs/nkmedia.md §9.9.

A listener is played a film in place of its publisher, by a guest of the room that only it knows of. A two-way session
is played one in place of what it was for.
"""

from weakref import WeakKeyDictionary

from roomful.media.ports.bot import Pause, Resume, Seek
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import PlayerAction
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.fs.showing import Showing
from roomful.protocols.nkmedia.fs.two_way_session import TwoWaySession
from roomful.protocols.nkmedia.listener import Listener
from roomful.protocols.nkmedia.media_session import MediaSession
from roomful.protocols.nkmedia.media_sessions import MediaSessions
from roomful.protocols.nkmedia.pending import Data
from roomful.protocols.nkmedia.players import Player
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.events import ParticipantLeft, RoomEvent

ACTIONS = ["start", "stop", "pause", "resume", "get_info", "get_position", "set_position", "get_actions"]


class PlayerCommands:
    """See the module."""

    def __init__(self, services: Services, sessions: MediaSessions, executor: Executor) -> None:
        self._services = services
        self._players = services.players
        self._sessions = sessions
        self._of: WeakKeyDictionary[MediaSession, Player] = WeakKeyDictionary()
        executor.add({PlayerAction: self._act})

    def _act(self, caller: Caller, command: PlayerAction, now: float) -> Data:
        del caller
        session = self._sessions.ready(command.session_id)
        match command.action:
            case action if action not in ACTIONS:
                raise NkError(Code.INVALID_ACTION, action[:64])
            case "get_actions":
                return {"actions": ACTIONS}
            case "start":
                return self._start(session, command, now)
            case "set_position" if command.position is None:
                raise NkError(Code.MISSING_FIELD, "position")
            case _:
                pass
        player = self._player(session)
        if player is None or player.is_over:
            raise NkError(Code.NO_ACTIVE_PLAYER)
        if command.action != "stop":
            return _control(player, command, now)
        player.stop()
        return None

    def _player(self, session: MediaSession) -> Player | None:
        if not isinstance(session, TwoWaySession):
            return self._of.get(session)
        return session.part.player if isinstance(session.part, Showing) else None

    def _start(self, session: MediaSession, command: PlayerAction, now: float) -> Data:
        if isinstance(session, TwoWaySession):
            showing = Showing(session, self._services, command.uri, command.loops)
            session.become(showing, now)
            return {"uri": showing.film.uri}
        if not isinstance(session, Listener) or not session.can_play or self._players is None:
            raise NkError(Code.NOT_IMPLEMENTED)
        if not command.uri:
            raise NkError(Code.MISSING_FIELD, "uri")
        film = self._players.find(command.uri)
        before = self._of.pop(session, None)
        if before is not None:
            before.stop()

        def observe(event: RoomEvent) -> None:
            if isinstance(event, ParticipantLeft) and event.sid == session.participant.sid:
                player.stop()

        def ended(code: Code) -> None:
            del code  # whatever it is, the publisher is to be had again
            session.room.observers.discard(observe)
            if not session.stopped and self._of.get(session) is player:
                now = self._services.clock()
                session.guard(lambda: session.play("", now), now)

        player = self._players.start(session.room, film, command.loops, ended)
        session.room.observers.add(observe)
        self._of[session] = player
        session.play(player.sid, now)
        return {"uri": film.uri}


def _control(player: Player, command: PlayerAction, now: float) -> Data:
    """Raises NkError: INVALID_STATE, it has not begun; INVALID_OPERATION, it cannot be put elsewhere; INVALID_VALUE."""
    status = player.status
    if status is None:
        raise NkError(Code.INVALID_STATE)
    length = _ms(status.duration)
    match command.action:
        case "pause":
            player.order(Pause())
        case "resume":
            player.order(Resume())
        case "get_position":
            return {"position": _ms(status.position_at(now))}
        case "get_info":
            return {"duration": length, "is_seekable": length > 0, "first_position": 0, "last_position": length}
        case _:
            if not length:
                raise NkError(Code.INVALID_OPERATION)
            position = command.position or 0
            if position > length:
                raise NkError(Code.INVALID_VALUE, "position")
            player.order(Seek(position=position / 1000))
    return None


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
