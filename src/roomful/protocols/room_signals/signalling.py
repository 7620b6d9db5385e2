"""All signals of a server: who may send what where, in the order of specs/room-signals.md §12.1, steps 4 to 8."""

from collections.abc import Awaitable, Callable
from typing import Any

from roomful.protocols.room_signals import encode
from roomful.protocols.room_signals.calls import Calls
from roomful.protocols.room_signals.channels import SUPPORTED, Channel
from roomful.protocols.room_signals.chat import Chatting
from roomful.protocols.room_signals.codes import Code, SignalError, invalid
from roomful.protocols.room_signals.decoding import Received
from roomful.protocols.room_signals.feed import Feed
from roomful.protocols.room_signals.joining import Joining
from roomful.protocols.room_signals.moderation import Moderation
from roomful.protocols.room_signals.services import Services
from roomful.protocols.room_signals.session import Line, Session
from roomful.protocols.room_signals.signal_room import LEFT, SignalRoom
from roomful.protocols.room_signals.signals import (
    AnySignal,
    Chat,
    EngineName,
    Heartbeat,
    Join,
    Kick,
    Leave,
    PublishAccept,
    PublishReject,
    PublishRequest,
    Signal,
    Update,
)
from roomful.rooms.model import LeaveReason
from roomful.rooms.room import Room


class Signalling:
    """See the module."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._rooms: dict[str, SignalRoom] = {}
        """By sid of the room."""
        self._joining = Joining(self)
        self._moderation = Moderation(services)
        self._calls = Calls(services)
        self._chatting = Chatting(services)

    def __len__(self) -> int:
        """How many sessions there are."""
        return sum(len(room.sessions) for room in self._rooms.values())

    def room(self, rid: str) -> SignalRoom | None:
        """The room of this id, if any session has been in it."""
        room = self.services.rooms.get(rid)
        return None if room is None else self._rooms.get(room.sid)

    def open(self, room: Room, channel: Channel, engine: EngineName, *, creator_id: str = "") -> SignalRoom:
        """Know a room from now on."""
        signal_room = SignalRoom(room, channel, engine, self.services, creator_id=creator_id)
        self._rooms[room.sid] = signal_room
        Feed(signal_room, self._forget)
        return signal_room

    def receive(self, line: Line, received: Received, now: float) -> Awaitable[None] | None:
        """Do what a signal asks; returns what is left to be waited for. Raises SignalError, RoomError, RoomApiError."""
        signal = received.signal
        _check_user(line, signal, self.services.settings.allow_user_faking)
        if not isinstance(signal, Heartbeat) and signal.ch not in SUPPORTED[signal.name]:
            raise SignalError(Code.UNSUPPORTED_CHANNEL, f"there is no {signal.name} in {signal.ch} rooms")
        if isinstance(signal, Join):
            return self._joining.join(line, signal, now)
        session = self._session(line, signal)
        session.bind(line)
        return self._dispatch(session, signal, received.data, now)

    def _session(self, line: Line, signal: Signal) -> Session:
        """The sender. Raises SignalError."""
        room = self.room(signal.rid)
        if room is None:
            raise SignalError(Code.ROOM_NOT_FOUND, "there is no such room")
        if signal.ch is not room.channel:
            code = Code.INVALID_SIGNAL if isinstance(signal, Heartbeat) else Code.UNSUPPORTED_CHANNEL
            raise SignalError(code, f"the room's channel is {room.channel}")
        if signal.name in MEDIA_SIGNALS and room.engine is not EngineName.NATIVE:
            raise SignalError(Code.UNSUPPORTED_CHANNEL, f"media of this room is with {room.engine}")
        session = room.sessions.get(signal.ss.session_id)
        if session is None:
            raise SignalError(Code.ROOM_NOT_FOUND, "you are not in the room")
        session.check_sender(line, signal.ss)
        return session

    def _dispatch(
        self, session: Session, signal: AnySignal, data: dict[str, Any], now: float
    ) -> Awaitable[None] | None:
        room = session.room
        match signal:
            case Heartbeat():
                session.alive_at = self.services.steady()
                if signal.send_ack:
                    participants = room.list.encoded_for(session.participant.sid)
                    session.send(room.heartbeat_acks.frame(participants, signal.bid))
                return None
            case Leave():
                acknowledge = _acknowledgement(session, signal)
                room.remove(session, LeaveReason.CLIENT_INITIATED, LEFT, now, data)
                acknowledge()
                return None
            case Update():
                self._moderation.update(session, signal, now)
            case Kick():
                self._moderation.kick(session, signal, data, now)
            case PublishRequest():
                self._moderation.request(session, signal, data, now)
            case PublishAccept():
                self._moderation.accept(session, signal, data, now)
            case PublishReject():
                self._moderation.reject(session, signal, data, now)
            case Chat():
                return self._chatting.write(session, signal, now)
            case _:
                return self._calls.receive(session, signal, data, now)
        _acknowledgement(session, signal)()
        return None

    def _forget(self, room: SignalRoom) -> None:
        self._rooms.pop(room.room.sid, None)


MEDIA_SIGNALS = frozenset({"OFFER", "ANSWER", "ICE", "WATCH", "SIMULCAST_UPDATE"})


def _check_user(line: Line, signal: AnySignal, faking_allowed: bool) -> None:
    """Raises SignalError for a user id that is not the token's."""
    if line.bearer is None or signal.ss.user_id == line.bearer.user_id:
        return
    if faking_allowed and (not isinstance(signal, Join) or signal.op.user_faking):
        return  # whether a session of this id is the bearer's, is looked at later
    raise invalid("userId does not match the connection")


def _acknowledgement(session: Session, signal: AnySignal) -> Callable[[], None]:
    """What sends the ack that a client has asked for with `op.ack`; the session may be over by then."""
    line = session.connection

    def send() -> None:
        if signal.op.ack and line is not None:
            line.send_frame(encode.ack(signal.name, {"rid": signal.rid}))

    return send
