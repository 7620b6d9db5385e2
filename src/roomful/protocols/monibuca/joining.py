"""From `join_room` to a session: who it is, whether it may, and as what. specs/monibuca-rooms.md §3.2."""

from collections.abc import Mapping

import msgspec

from roomful.extensions.errors import room_not_found
from roomful.protocols.monibuca.messages import JoinRoom
from roomful.protocols.monibuca.services import Services
from roomful.protocols.monibuca.session import Session
from roomful.protocols.monibuca.sessions import PROTOCOL_NAME, Sessions
from roomful.protocols.monibuca.verification import Claim, Identity, Question
from roomful.protocols.monibuca.waiter import Waiter
from roomful.rooms.errors import Banned, LobbyFirst, NoExtension, RoomError, RoomErrorCode
from roomful.rooms.extension import Code, Role, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.sockets import Socket


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """What the request that opened the WebSocket said."""

    room_id: str
    token: str = ""
    room_type: str = ""
    password: str = ""
    ip: str = ""
    headers: Mapping[str, str] = {}
    """Names in lower case."""


class Joining:
    """One attempt to join."""

    def __init__(self, sessions: Sessions, upgrade: Upgrade, message: JoinRoom, socket: Socket) -> None:
        self._sessions = sessions
        self._services: Services = sessions.services
        self._upgrade = upgrade
        self._message = message
        self._socket = socket

    async def run(self) -> Session | Waiter:
        """Raises RoomApiError, RoomError."""
        message, services = self._message, self._services
        if message.room_id != self._upgrade.room_id:
            raise bad_field("room_id", "room_id is not the one of the URL")
        identity = await self._verify()
        now = services.clock()
        room = self._room(now)
        ban = room.find_ban(identity.user_id, now)
        if ban is not None:
            raise Banned(ban.until)
        if not room.fits_password(message.password or self._upgrade.password):
            raise RoomApiError(Code.WRONG_PASSWORD, "the room has another password")
        earlier = self._sessions.away(room, identity.user_id)
        if earlier is not None:
            earlier.connect(self._socket, now, resumed=True)
            return earlier
        request = self._request(room, identity)
        if services.extensions.overrides(room, "before_join"):
            token = self._message.token or self._upgrade.token
            request = await services.extensions.ask_to_join(room, request, token)
            now = services.clock()
        try:
            session = self._sessions.join(room, request, identity, self._socket, now)
        except LobbyFirst:
            waiting = room.wait_in_lobby(request, now)
            return Waiter(self._sessions.feed(room), waiting, identity, self._socket, now)
        self._begin(session, now)
        return session

    def admitted(self, waiter: Waiter, now: float) -> Session:
        """Go on with who has waited. Raises RoomError (the room is full by now)."""
        session = self._sessions.join(waiter.feed.room, waiter.waiting.request, waiter.identity, self._socket, now)
        self._begin(session, now)
        return session

    def _begin(self, session: Session, now: float) -> None:
        media = self._message.media
        if media.audio or media.video or media.screen:
            session.set_media(media, now)

    async def _verify(self) -> Identity:
        message, services = self._message, self._services
        token = message.token if message.token is not None else self._upgrade.token
        room = services.rooms.get(self._upgrade.room_id)
        if room is not None and services.extensions.overrides(room, "verify_user"):
            known = await services.extensions.verify_user(room, token)
            if known is not None:
                return Identity(
                    user_id=known.user_id,
                    user_name=known.user_name,
                    role=known.role,
                    avatar=known.avatar,
                    extra=known.extra,
                )
        claim = Claim(
            token=token,
            room_id=self._upgrade.room_id,
            room_type=room.type.name if room is not None else self._wanted_type or "basic",
            user_id=message.user_id,
            user_name=message.user_name or message.user_id,
            ip=self._upgrade.ip,
            headers=self._upgrade.headers,
        )
        found = services.verification.begin(claim, services.clock())
        if isinstance(found, Question):
            reply = await services.ask(found)
            found = services.verification.judge(claim, reply, services.clock())
        return found

    @property
    def _wanted_type(self) -> str:
        return self._message.room_type or self._upgrade.room_type

    def _room(self, now: float) -> Room:
        """The room, opened if it may be. Raises RoomApiError, RoomError."""
        rooms, wanted = self._services.rooms, self._wanted_type
        room = rooms.get(self._upgrade.room_id)
        if room is None:
            options = RoomOptions(type=wanted or "basic")
            try:
                room = rooms.with_name_or_new(self._upgrade.room_id, now, options)
            except RoomError as error:
                if error.code is RoomErrorCode.NOT_FOUND and not isinstance(error, NoExtension):
                    raise room_not_found(self._upgrade.room_id) from None
                raise
        elif wanted and wanted != room.type.name:
            raise RoomApiError(Code.CONFLICT, f"the room is of type {room.type.name}")
        return room

    def _request(self, room: Room, identity: Identity) -> JoinRequest:
        device = msgspec.structs.asdict(self._message.device)
        permission = Permission() if identity.grant is None else identity.grant.video.permission()
        return JoinRequest(
            identity=identity.user_id,
            user_id=identity.user_id,
            name=identity.user_name,
            permission=permission,
            protocol=PROTOCOL_NAME,
            client={**{name: value for name, value in device.items() if value}, "address": self._upgrade.ip},
            role=self._role(room, identity),
            attributes={"avatar": identity.avatar},
            not_before=None if identity.grant is None else identity.grant.not_before,
            extra=identity.extra,
        )

    def _role(self, room: Room, identity: Identity) -> Role | None:
        """None leaves it to the room. Where nobody is verified, who comes first is the host."""
        unowned = not room.rules.owner_id and not room.type.manages_own_sessions
        if identity.role is None and not identity.verified and unowned and self._services.settings.first_user_is_host:
            return Role.HOST
        return identity.role
