"""JOIN: who may come in, as what, and the ack. specs/room-signals.md §6.1."""

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import msgspec

from roomful.protocols.room_signals import chat, encode
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.codes import Code, SignalError, invalid
from roomful.protocols.room_signals.entries import SignalRole
from roomful.protocols.room_signals.feed import PROTOCOL_NAME
from roomful.protocols.room_signals.ports import PublisherSdp
from roomful.protocols.room_signals.session import Line, Person, Session
from roomful.protocols.room_signals.signal_room import SignalRoom
from roomful.protocols.room_signals.signals import Category, EngineName, Join
from roomful.rooms.events import Departure
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.roles import HOSTS, Role
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.protocols.room_signals.signalling import Signalling

PEERS = 2
"""Of a `p2p` call."""

logger = logging.getLogger(__name__)


class Joining:
    """Handles JOIN for a server."""

    def __init__(self, signalling: "Signalling") -> None:
        self._signalling = signalling
        self._services = signalling.services

    def join(self, line: Line, signal: Join, now: float) -> Awaitable[None] | None:
        """Let somebody in, or in again. Raises SignalError, RoomError, RoomApiError."""
        if line.bearer is not None and not line.bearer.may_enter(signal.rid):
            raise SignalError(Code.PERMISSION_NOT_FOUND, "the token does not allow to join this room")
        room = self._services.rooms.get(signal.rid)
        if room is not None:
            known = self._signalling.room(signal.rid)
            earlier = None if known is None else known.sessions.get(signal.ss.session_id)
            if known is not None and earlier is not None and known.channel is signal.ch:
                return self._again(line, signal, earlier, now)
            if self._services.extensions.overrides(room, "before_join"):
                return self._join_with_consent(line, signal, room)
        return self._welcome_newcomer(line, signal, self._enter(line, signal, None, now), now)

    async def _join_with_consent(self, line: Line, signal: Join, room: Room) -> None:
        """Where an extension governs the room, it has a say in who comes in."""
        request = self._request(line, signal, publishes=False, role=None)
        token = "" if line.bearer is None else line.bearer.token
        request = await self._services.extensions.ask_to_join(room, request, token)
        now = self._services.clock()
        session = self._enter(line, signal, request, now)
        waiting = self._welcome_newcomer(line, signal, session, now)
        if waiting is not None:
            await waiting

    # The decision table

    def _enter(self, line: Line, signal: Join, consent: JoinRequest | None, now: float) -> Session:
        room = self._services.rooms.get(signal.rid)
        if room is None:
            if not signal.op.room_creating:
                raise SignalError(Code.ROOM_NOT_FOUND, "there is no such room")
            return self._create(line, signal, now)
        known = self._signalling.room(signal.rid) or self._signalling.open(room, Channel.M2M, EngineName.NATIVE)
        if known.channel is not signal.ch:
            raise SignalError(Code.UNSUPPORTED_CHANNEL, f"the room's channel is {known.channel}")
        if room.find(signal.ss.session_id) is not None:
            raise invalid("the session id is in use")
        returns = signal.op.room_creating
        if returns and (known.creator_id != signal.ss.user_id or known.sessions_of(signal.ss.user_id)):
            raise SignalError(Code.ALREADY_EXIST_ROOM, "the room exists")
        publishes = self._decide(known, line, signal, consent, returns=returns)
        return self._add(known, line, signal, consent, now, publishes=publishes)

    def _decide(
        self, room: SignalRoom, line: Line, signal: Join, consent: JoinRequest | None, *, returns: bool
    ) -> bool:
        """Whether a session that comes may publish. Raises SignalError (ROOM_FULL)."""
        user_id, shares = signal.ss.user_id, signal.ss.category is Category.SCREENSHARE
        theirs = room.sessions_of(user_id)
        if room.channel is Channel.P2P and (shares or theirs or len(room.sessions) >= PEERS):
            raise _full("a call is of two users, with one session each")
        if shares and any(one.info.category is Category.SCREENSHARE for one in theirs):
            raise _full("one screen of a user at a time")
        publishes = (
            room.channel is Channel.P2P
            or (returns and room.has_place_for({user_id}))
            or (shares and any(one.publishes for one in theirs))
            or (not room.is_our_own and self._is_host(room.room, line, signal))
            or (consent is not None and consent.role in HOSTS)
        )
        publishes = publishes and _permission(line).can_publish
        limit = self._services.settings.max_viewers
        if not publishes and limit and room.viewers() >= limit:
            raise _full(f"a room has {limit} viewers at most")
        return publishes

    def _is_host(self, room: Room, line: Line, signal: Join) -> bool:
        """Whether the room, which another protocol made, takes this user for one of its hosts."""
        return room.role_of(self._request(line, signal, publishes=True, role=None)) in HOSTS

    def _create(self, line: Line, signal: Join, now: float) -> Session:
        rooms = self._services.rooms
        if signal.ch is Channel.P2P and signal.ss.category is Category.SCREENSHARE:
            raise _full("a call is of two users, with one session each")
        if not rooms.defaults.auto_create and not (line.bearer is not None and line.bearer.may_create):
            raise SignalError(Code.PERMISSION_NOT_FOUND, "you may not create rooms here")
        engine = self._services.engines.choose(signal.eg)
        options = RoomOptions(max_participants=PEERS if signal.ch is Channel.P2P else 0)
        room = rooms.create(signal.rid, options, now)
        known = self._signalling.open(room, signal.ch, engine, creator_id=signal.ss.user_id)
        try:
            return self._add(known, line, signal, None, now, publishes=_permission(line).can_publish)
        except Exception:
            known.close_if_empty(now)
            raise

    def _add(
        self, room: SignalRoom, line: Line, signal: Join, consent: JoinRequest | None, now: float, *, publishes: bool
    ) -> Session:
        """Make the participant and its session. Raises RoomError: the door of the room is for all protocols."""
        role = _role(room, signal.ss.user_id, consent, publishes=publishes)
        request = self._request(line, signal, publishes=publishes, role=role)
        if consent is not None:
            request = msgspec.structs.replace(request, passes_lobby=consent.passes_lobby)
        person = _person(line, signal)
        with room.batch():
            participant = room.room.join(request, now)
            session = room.enter(signal, person, participant, now, publishes=publishes)
            room.spare(session)
            room.room.confirm_join(participant.sid)
            # No media has to come up before others may see it: signalling is all there is.
            room.room.activate(participant.sid, now)
        return session

    def _request(self, line: Line, signal: Join, *, publishes: bool, role: Role | None) -> JoinRequest:
        info, person = signal.ss, _person(line, signal)
        return JoinRequest(
            identity=info.session_id,
            user_id=info.user_id,
            name=person.name,
            attributes={"avatar": person.avatar, "fullname": person.fullname},
            permission=msgspec.structs.replace(person.permission, can_publish=publishes),
            protocol=PROTOCOL_NAME,
            client={"sdk": "room_signals", "os": info.host, "device_model": info.device_id},
            auto_subscribe=False,
            role=role,
        )

    # The ack

    def _again(self, line: Line, signal: Join, session: Session, now: float) -> Awaitable[None] | None:
        """A client that recovers starts afresh: its connections are closed, and all else is as it was."""
        session.check_sender(line, signal.ss)
        room = session.room
        session.alive_at = self._services.steady()
        with room.batch():
            room.spare(session)
            session.sending = False
            self._services.media.restart(session, now)
            room.say_media(session, signal.ve, signal.ae)
            room.tell_media_if_allowed(session, now)
            room.refresh(session.participant)
        return self._welcome(line, signal, session, now)

    def _welcome_newcomer(self, line: Line, signal: Join, session: Session, now: float) -> Awaitable[None] | None:
        """See `_welcome`. Who cannot be told what it needs is not here."""
        try:
            return self._welcome(line, signal, session, now)
        except Exception:
            session.room.remove(session, LeaveReason.JOIN_FAILURE, Departure(word="disconnect"), now)
            raise

    def _welcome(self, line: Line, signal: Join, session: Session, now: float) -> Awaitable[None] | None:
        """Send the ack, which is the first that the client hears, and bind the session to the connection."""
        room = session.room
        session.origin = line.origin
        payload = dict(self._services.engines.payload(session, now))
        if room.engine is EngineName.NATIVE and room.channel.is_group:
            publishers = [] if signal.op.no_offers else self._sending(session)
            if publishers:
                return self._welcome_with_offers(line, signal, session, payload, publishers)
            payload["sdps"] = []
        self._acknowledge(line, signal, session, payload)
        return None

    def _sending(self, session: Session) -> list[Participant]:
        room = session.room
        present = (room.room.participants.get(sid) for sid, _ in room.list.publishers())
        return [one for one in present if one is not None and room.sends_to(session, one)]

    async def _welcome_with_offers(
        self, line: Line, signal: Join, session: Session, payload: dict[str, Any], publishers: list[Participant]
    ) -> None:
        offers: list[PublisherSdp] = []
        try:
            offers = await self._services.media.watch(session, publishers, self._services.clock())
        except Exception:  # the client can WATCH
            logger.exception("no offers for who joins room %s", session.room.name)
        if session.ended:
            raise SignalError(Code.ROOM_NOT_FOUND, "you are not in the room any more")
        self._acknowledge(line, signal, session, {**payload, "sdps": offers})

    def _acknowledge(self, line: Line, signal: Join, session: Session, payload: dict[str, Any]) -> None:
        room = session.room
        role: SignalRole = room.role_of(session)
        body: dict[str, Any] = {
            "rid": room.name,
            "pt": role,
            "eg": room.engine,
            "es": payload,
            "pps": room.list.encoded_for(session.participant.sid),
        }
        if signal.op.chat:
            session.chat = session.chat or chat.new_bucket(self._services.settings, self._services.clock())
            body["chat"] = chat.history(room)
        else:
            session.chat = None
        line.send_frame(encode.ack("JOIN", body))
        session.bind(line)


def _role(room: SignalRoom, user_id: str, consent: JoinRequest | None, *, publishes: bool) -> Role | None:
    """What somebody is to clients of other protocols; None: as the room has it for this user."""
    if consent is not None and consent.role is not None:
        return consent.role
    if room.room.of_user(user_id):
        return None
    if not publishes:
        return Role.VIEWER
    if not room.is_our_own:
        return None
    return Role.MEMBER if room.room.rules.owner_id else Role.HOST


def _person(line: Line, signal: Join) -> Person:
    bearer = line.bearer
    if bearer is None:
        return Person(name=signal.ss.user_id)
    is_faked = bearer.user_id != signal.ss.user_id
    return Person(
        subject=bearer.user_id,
        name=signal.ss.user_id if is_faked else bearer.name or bearer.user_id,
        fullname="" if is_faked else bearer.fullname,
        avatar="" if is_faked else bearer.avatar,
        permission=bearer.permission,
    )


def _permission(line: Line) -> Permission:
    return Permission() if line.bearer is None else line.bearer.permission


def _full(message: str) -> SignalError:
    return SignalError(Code.ROOM_FULL, message)
