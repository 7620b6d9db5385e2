"""The customer service plugin, and what the server tells it of the rooms of calls. specs/monibuca-rooms.md §8."""

from typing import Any

from roomful.plugins.customer_service.actions import Actions
from roomful.plugins.customer_service.archive import Archive
from roomful.plugins.customer_service.office import ROOM_TYPE, Office
from roomful.plugins.customer_service.reception import MAX_USERS, Reception
from roomful.plugins.customer_service.routes import routes
from roomful.plugins.customer_service.session import Session
from roomful.plugins.customer_service.settings import CustomerServiceSettings
from roomful.plugins.customer_service.staff import Staff
from roomful.plugins.customer_service.status import EndReason, Phase
from roomful.plugins.customer_service.tokens import Claims, Kind, Tokens
from roomful.plugins.customer_service.workplace import PATH, Workplace
from roomful.rooms.extension import (
    Code,
    Context,
    ExtensionProps,
    JoinDecision,
    Role,
    RoomApiError,
    RoomCallbacks,
    RoomView,
    SocketRoute,
    UserClaim,
    UserView,
    VerifiedUser,
)

ROLES = {Kind.CUSTOMER: Role.CUSTOMER, Kind.CALL: Role.AGENT, Kind.SUPERVISOR: Role.ADMIN}
FIXED = frozenset({"lock", "unlock", "lobby", "set_role", "transfer_host"})
"""Operations that make no sense between two: agents could shut themselves, or their successor, out."""


class CustomerServiceExtension:
    """The plugin."""

    name = "customer_service"

    async def init(self, context: Context) -> None:
        settings = context.settings("customer-service", CustomerServiceSettings)
        if not settings.enable:
            return
        archive = Archive(context.records)
        office = Office(context, settings, archive, Tokens(await archive.key()))
        actions, staff, reception = Actions(office), Staff(office), Reception(office)
        props = ExtensionProps(
            name=self.name,
            room_type=ROOM_TYPE,
            manages_own_sessions=True,
            max_users=MAX_USERS,
            message_actions=frozenset(actions.handlers),
            default_role=Role.VIEWER,
        )
        context.room_api().register_callbacks(ROOM_TYPE, CallRooms(office, actions), props)
        context.add_socket(SocketRoute(path=PATH, handler=Workplace(office, actions, staff)))
        for route in routes(office, actions, staff, reception, office.files):
            context.add_route(route)
        for account in await archive.agents():
            office.centre.desk.pool.add(account)
        await reception.restore()

    async def close(self) -> None:
        """Sessions are written at every change."""


class CallRooms(RoomCallbacks):
    """What the server tells of the rooms of calls."""

    def __init__(self, office: Office, actions: Actions) -> None:
        self._office = office
        self._actions = actions
        self._sessions = office.centre.desk.sessions

    # Who comes in

    async def verify_user(self, room: RoomView, token: str) -> VerifiedUser | None:
        claims = self._claims(room.room_id, token)
        if claims is None:  # only our own tokens count, whatever the server would believe
            raise RoomApiError(Code.UNAUTHORIZED, "this takes the token of the call")
        session = self._sessions.get(room.room_id)
        agent = self._office.centre.desk.pool.agents.get(claims.user_id)
        name = {
            Kind.CUSTOMER: "" if session is None else session.record.customer_name,
            Kind.CALL: "" if agent is None else agent.name,
        }.get(claims.kind, "Supervisor")
        avatar = agent.account.avatar if agent is not None else ""
        return VerifiedUser(user_id=claims.user_id, user_name=name, role=ROLES[claims.kind], avatar=avatar)

    async def before_join(self, room: RoomView, claim: UserClaim) -> JoinDecision:
        session = self._sessions.get(room.room_id)
        if session is None:
            return JoinDecision(allow=False, code=Code.ROOM_CLOSED, message="the session is over")
        claims = self._claims(room.room_id, claim.token)
        if claims is None:
            if claim.role is Role.ADMIN:  # by one of the server's own tokens, over another protocol
                return JoinDecision(role=Role.ADMIN)
            raise RoomApiError(Code.UNAUTHORIZED, "this takes the token of the call")
        if claims.kind is Kind.CALL and (session.record.is_over or session.record.agent_id != claims.user_id):
            return JoinDecision(allow=False, code=Code.ROOM_FULL, message="the call is not yours, or no longer")
        if claims.kind is Kind.CUSTOMER and session.phase is Phase.CREATED and not session.record.is_over:
            self._office.centre.ringing.require_place()
        return JoinDecision(role=ROLES[claims.kind])

    def _claims(self, session_id: str, token: str) -> Claims | None:
        claims = self._office.tokens.read(token, self._office.now())
        if claims is None or claims.kind not in ROLES:
            return None
        if claims.session_id != session_id:
            raise RoomApiError(Code.FORBIDDEN, "the token is for another session")
        return claims

    # Who is there

    async def on_user_join(self, room: RoomView, user: UserView) -> None:
        async with self._office.turn() as now:
            session = self._sessions.get(room.room_id)
            if session is not None:
                self._office.centre.calling.joined(session, user.user_id, now)
                if user.user_id == session.record.agent_id:
                    await self._office.audio.agent_back(session)

    async def on_user_away(self, room: RoomView, user: UserView, away: bool) -> None:
        async with self._office.turn() as now:
            session = self._sessions.get(room.room_id)
            if session is not None and away:
                self._office.centre.calling.away(session, user.user_id, now)
            elif session is not None:
                self._office.centre.calling.joined(session, user.user_id, now)

    async def on_user_leave(self, room: RoomView, user: UserView, reason: str) -> None:
        if reason == "room_closed":  # on_room_closed says why
            return
        async with self._office.turn() as now:
            session = self._sessions.get(room.room_id)
            if session is not None:
                self._office.centre.calling.left(session, user.user_id, reason, now)

    async def on_room_closed(self, room: RoomView, reason: str) -> None:
        session = self._sessions.get(room.room_id)
        if session is None or reason == "shutdown":
            return
        async with self._office.turn() as now:
            if not session.record.is_over:
                by_agent = reason == "host"
                why = EndReason.AGENT_HANGUP if by_agent else EndReason.DELETED
                self._office.centre.calling.end(session, why, "system", now, may_rate=False)
            session.close_at = now

    # What they do

    async def on_message(self, room: RoomView, user: UserView, message: dict[str, Any]) -> dict[str, Any] | bool:
        handler = self._actions.handlers.get(message.get("action", ""))
        if handler is None:
            return False
        session: Session = self._office.centre.desk.session(room.room_id)
        return await handler(session, user.user_id, {**message, "session_id": session.id})

    async def on_audio_ended(self, room: RoomView, playback_id: str, error: str) -> None:
        session = self._sessions.get(room.room_id)
        if session is not None:
            async with self._office.turn():
                self._office.audio.ended(session, playback_id, error)

    async def on_action(
        self, room: RoomView, user: UserView, op: str, target_id: str | None, params: dict[str, Any]
    ) -> RoomApiError | None:
        if op in FIXED:
            return RoomApiError(Code.FORBIDDEN, f"{op} is not for calls")
        if op == "record" and params.get("on", True) and not self._office.settings.enable_recording:
            return RoomApiError(Code.FEATURE_DISABLED, "calls are not recorded here")
        return None

    def describe(self, room_id: str) -> dict[str, Any]:
        session = self._sessions.get(room_id)
        if session is None:
            return {}
        record = session.record
        agent = self._office.centre.desk.agent_of(session)
        waits = session in self._office.centre.desk.queue()
        return {
            "status": record.status.value,
            "phase": None if record.is_over else record.phase.value,
            "session_id": record.id,
            "title": record.title,
            "media": record.media,
            "duration": record.duration(self._office.now()),
            "agent": None if agent is None else agent.face(),
            **(self._office.centre.desk.place(session) if waits else {}),
        }
