"""The plugin: from the callbacks of the server to meetings. specs/monibuca-rooms.md §7."""

import logging
from typing import Any

from roomful.plugins.meeting.actions import ACTIONS, perform
from roomful.plugins.meeting.archive import Archive
from roomful.plugins.meeting.attendance import MAX_VISITS, Visit
from roomful.plugins.meeting.chair import ROOM_TYPE, Chair, not_recorded
from roomful.plugins.meeting.excursion import Excursion
from roomful.plugins.meeting.floor import Floor
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.minutes import Minutes
from roomful.plugins.meeting.routes import routes
from roomful.plugins.meeting.secretary import Secretary
from roomful.plugins.meeting.settings import MeetingSettings
from roomful.plugins.meeting.status import Status
from roomful.plugins.meeting.stenographer import Stenographer
from roomful.rooms.extension import (
    Code,
    Context,
    ExtensionProps,
    JoinDecision,
    Role,
    RoomApiError,
    RoomCallbacks,
    RoomPlan,
    RoomView,
    TranscriptView,
    UserClaim,
    UserView,
)
from roomful.rooms.roles import HOSTS

logger = logging.getLogger(__name__)


class MeetingExtension:
    """The entry point."""

    name = "meeting"

    def __init__(self) -> None:
        self._secretary: Secretary | None = None

    async def init(self, context: Context) -> None:
        settings = context.settings("meeting", MeetingSettings)
        if not settings.enable:
            return
        archive = Archive(context.records)
        api = context.room_api()

        async def tell_of_minutes(meeting: Meeting, minutes: Minutes) -> None:
            if meeting.meeting_id in chair.meetings:
                await chair.tell(meeting, "summary_ready", summary=minutes)

        secretary = self._secretary = Secretary(archive, settings.ai, context.http, context.now, tell_of_minutes)
        chair = Chair(context, settings, archive, secretary)
        callbacks = MeetingCallbacks(chair)
        props = ExtensionProps(
            name=self.name,
            room_type=ROOM_TYPE,
            max_users=settings.max_participants,
            message_actions=frozenset(ACTIONS),
        )
        await chair.restore()
        api.register_callbacks(ROOM_TYPE, callbacks, props)
        for route in routes(callbacks.floor, secretary):
            context.add_route(route)

    async def close(self) -> None:
        if self._secretary is not None:
            await self._secretary.close()


class MeetingCallbacks(RoomCallbacks):
    """See the base class."""

    def __init__(self, chair: Chair) -> None:
        self._chair = chair
        self.floor = Floor(chair)
        self._excursion = Excursion(chair)
        self._stenographer = Stenographer(chair)

    def describe(self, room_id: str) -> dict[str, Any]:
        meeting = self._chair.meetings.get(room_id)
        return {"status": Status.SCHEDULED} if meeting is None else meeting.describe(self._chair.now())

    def plan_room(self, room_id: str) -> RoomPlan | None:
        """Planned meetings and breakout rooms are known by name."""
        meeting = self._chair.meetings.get(room_id)
        if meeting is None:
            return RoomPlan(lobby_enabled=self._chair.settings.enable_lobby, known=False)
        return RoomPlan(
            name=meeting.title,
            owner_id=meeting.host_id,
            password_hash=meeting.password_hash,
            lobby_enabled=meeting.lobby,
        )

    async def before_join(self, room: RoomView, claim: UserClaim) -> JoinDecision:
        meeting = self._chair.meetings.get(room.room_id)
        if meeting is None:
            return JoinDecision()
        if meeting.parent and not self._may_enter(meeting, claim):
            return JoinDecision(allow=False, message="this breakout room is for people of the meeting")
        comes_back = claim.user_id in meeting.here
        return JoinDecision(role=Role.HOST if claim.user_id == meeting.host_id else None, passes_lobby=comes_back)

    def _may_enter(self, breakout: Meeting, claim: UserClaim) -> bool:
        parent = self._chair.meetings.get(breakout.parent)
        if claim.role in HOSTS or parent is None:
            return claim.role in HOSTS
        assigned = parent.breakouts.room_of(claim.user_id) if parent.breakouts is not None else None
        return claim.user_id in parent.here or (assigned is not None and assigned.room_id == breakout.meeting_id)

    async def on_room_created(self, room: RoomView) -> None:
        meeting = await self._chair.open(room.room_id)
        await self._chair.room_opened(meeting, room)

    async def on_room_closed(self, room: RoomView, reason: str) -> None:
        meeting = self._chair.meetings.get(room.room_id)
        if meeting is not None:
            await self._chair.room_closed(meeting, room, reason)

    async def on_user_join(self, room: RoomView, user: UserView) -> None:
        meeting = await self._chair.open(room.room_id)
        meeting.empty_since = None
        await self._begin_visit(meeting, user)
        parent = self._chair.meetings.get(meeting.parent) if meeting.parent else None
        if parent is not None:
            await self._begin_visit(parent, user)
        if meeting.status is Status.SCHEDULED and user.role in HOSTS:
            meeting.become(Status.STARTING, self._chair.now())
            meeting.host_id = meeting.host_id or user.user_id
            await self._chair.tell(meeting, "meeting_updated", status=meeting.status)
        await self._chair.changed(meeting)
        await self._excursion.arrived(meeting, user.user_id)

    async def on_user_leave(self, room: RoomView, user: UserView, reason: str) -> None:
        meeting = self._chair.meetings.get(room.room_id)
        if meeting is None:
            return
        await self.floor.gone(meeting, user.user_id)
        parent = self._chair.meetings.get(meeting.parent) if meeting.parent else None
        moved = reason == "moved" and (parent is not None or meeting.breakouts is not None)
        stays = moved or await self._excursion.is_about(parent or meeting, user.user_id, besides=room.room_id)
        if meeting.parent or not stays:
            await self._chair.end_visit(meeting, user.user_id, reason)
        if parent is not None and not stays:
            await self._chair.end_visit(parent, user.user_id, reason)
        if not meeting.here and meeting.empty_since is None:
            meeting.empty_since = self._chair.now()
        await self._chair.changed(meeting)

    async def on_message(self, room: RoomView, user: UserView, message: dict[str, Any]) -> dict[str, Any] | bool:
        meeting = await self._chair.open(room.room_id)
        return await perform(self.floor, self._excursion, meeting, room, user, message)

    async def on_action(
        self, room: RoomView, user: UserView, op: str, target_id: str | None, params: dict[str, Any]
    ) -> RoomApiError | None:
        if op == "record" and params.get("on", True) and not self._chair.settings.enable_recording:
            return not_recorded()
        return None

    async def on_media_state(self, room: RoomView, user: UserView, media: object) -> None:
        meeting = self._chair.meetings.get(room.room_id)
        if meeting is not None:
            try:
                await self.floor.screen_seen(meeting, user)
            except RoomApiError as error:
                if error.code is not Code.TARGET_BUSY:
                    raise

    async def on_transcript(self, room: RoomView, segment: TranscriptView, final: bool) -> None:
        meeting = self._chair.meetings.get(room.room_id)
        if meeting is not None:
            await self._stenographer.write(meeting, segment, final=final)

    async def on_transcription(self, room: RoomView, running: bool, trouble: str) -> None:
        meeting = self._chair.meetings.get(room.room_id)
        if meeting is not None and trouble:
            await self._chair.tell(meeting, "transcription_error", message=trouble, running=running)

    async def _begin_visit(self, meeting: Meeting, user: UserView) -> None:
        if user.user_id in meeting.here or user.is_robot or meeting.visits >= MAX_VISITS:
            return
        meeting.visits += 1
        visit = meeting.here[user.user_id] = Visit(
            visit_id=meeting.visits,
            user_id=user.user_id,
            user_name=user.user_name,
            role=user.role,
            protocol=user.protocol,
            joined_at=round(self._chair.now() * 1000),
        )
        await self._chair.archive.save_visit(meeting.key, visit)
