"""The live plugin: what the server tells it goes to the part that it concerns. specs/monibuca-rooms.md §6."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import msgspec

from roomful.plugins.live.battling import Battling
from roomful.plugins.live.co_hosting import CoHosting
from roomful.plugins.live.commenting import Commenting
from roomful.plugins.live.giving import Giving
from roomful.plugins.live.messages import (
    ChangeLive,
    LinkMicAnswer,
    LinkMicCancel,
    LinkMicEnd,
    LinkMicRequest,
    PkAnswer,
    PkInvite,
    SendDanmaku,
    SendGift,
    StartLive,
)
from roomful.plugins.live.opening import ROOM_TYPE, Opening
from roomful.plugins.live.people import Person
from roomful.plugins.live.routes import routes
from roomful.plugins.live.running import Running
from roomful.plugins.live.settings import LiveSettings
from roomful.plugins.live.show import Show
from roomful.plugins.live.simulating import Simulating
from roomful.plugins.live.status import Status, bad_state
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import (
    Code,
    Context,
    ExtensionProps,
    JoinDecision,
    Role,
    RoomApiError,
    RoomCallbacks,
    RoomView,
    UserClaim,
    UserView,
)
from roomful.rooms.extension.reading import read_as

Answer: TypeAlias = dict[str, Any] | Awaitable[dict[str, Any]]
Handler: TypeAlias = Callable[[Show, UserView, dict[str, Any]], Awaitable[Answer]]
MessageT = TypeVar("MessageT", bound=msgspec.Struct)


class LiveExtension:
    """The plugin."""

    name = "live"

    async def init(self, context: Context) -> None:
        settings = context.settings("live", LiveSettings)
        if not settings.enable:
            return
        live = Live(Studio(context, settings))
        props = ExtensionProps(
            name=self.name,
            room_type=ROOM_TYPE,
            manages_own_sessions=True,
            message_actions=frozenset(live.handlers),
            default_role=Role.VIEWER,
        )
        context.room_api().register_callbacks(ROOM_TYPE, live, props)
        for route in routes(live.studio, live.opening, live.running, live.simulating, live.battling):
            context.add_route(route)
        live.studio.catalogue = await live.studio.archive.catalogue()
        await live.opening.restore()

    async def close(self) -> None:
        """Shows were written when their rooms closed."""


class Live(RoomCallbacks):
    """What the server tells of live rooms."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.battling = Battling(studio)
        self.co_hosting = CoHosting(studio)
        self.giving = Giving(studio, self.battling.scored)
        self.commenting = Commenting(studio)
        self.simulating = Simulating(studio)
        self.running = Running(studio, self._end_all)
        self.opening = Opening(studio, self.battling)
        studio.on_time = self._on_time
        studio.due = self._due
        self.handlers: dict[str, Handler] = {
            "start_live": _reading(StartLive, self._start),
            "pause_live": _reading(ChangeLive, self._pause),
            "resume_live": _reading(ChangeLive, self._resume),
            "stop_live": _reading(ChangeLive, self._stop),
            "send_gift": _reading(SendGift, self.giving.send),
            "send_danmaku": _reading(SendDanmaku, self.commenting.send),
            "link_mic_request": _reading(LinkMicRequest, self.co_hosting.request),
            "link_mic_accept": _reading(LinkMicAnswer, self.co_hosting.accept),
            "link_mic_reject": _reading(LinkMicAnswer, self.co_hosting.reject),
            "link_mic_cancel": _reading(LinkMicCancel, self.co_hosting.cancel),
            "link_mic_end": _reading(LinkMicEnd, self.co_hosting.leave_mic),
            "pk_invite": _reading(PkInvite, self.battling.invite),
            "pk_accept": _reading(PkAnswer, self.battling.accept),
            "pk_reject": _reading(PkAnswer, self.battling.reject),
            "pk_end": _reading(PkAnswer, self.battling.end),
        }
        """By action."""

    async def before_join(self, room: RoomView, claim: UserClaim) -> JoinDecision:
        show = self.studio.shows.get(room.room_id)
        if show is None:
            return JoinDecision(allow=False, code=Code.ROOM_CLOSED, message="the show is over")
        if show.is_streamer(claim.user_id):
            return JoinDecision(role=Role.HOST)
        if claim.user_id in show.record.moderators or claim.role in (Role.HOST, Role.COHOST):
            return JoinDecision(role=Role.COHOST)
        if claim.role is Role.ADMIN:
            return JoinDecision(role=Role.ADMIN)
        if show.status is Status.PREPARING and not self.studio.settings.allow_early_join:
            raise bad_state(show.status, "the show has not begun")
        return JoinDecision(role=Role.VIEWER if claim.role in (Role.AGENT, Role.CUSTOMER) else None)

    async def on_user_join(self, room: RoomView, user: UserView) -> None:
        show = self.studio.shows.get(room.room_id)
        if show is None:
            return
        if show.is_streamer(user.user_id):
            await self._streamer(show, here=True)
        else:
            visit = show.audience.join(Person.of(user), self.studio.now())
            await self.studio.archive.keep_visit(visit)
        await self.co_hosting.joined(show, user)
        self._changed(show)

    async def on_user_leave(self, room: RoomView, user: UserView, reason: str) -> None:
        show = self.studio.shows.get(room.room_id)
        if show is None:
            return
        if show.is_streamer(user.user_id):
            await self._streamer(show, here=False)
        elif (visit := show.audience.leave(user.user_id, self.studio.now())) is not None:
            await self.studio.archive.keep_visit(visit)
        if reason != "room_closed":  # as at the end of the server: who was on the mic may take it up again
            await self.co_hosting.left(show, user.user_id, reason)
        self._changed(show)

    async def on_user_away(self, room: RoomView, user: UserView, away: bool) -> None:
        show = self.studio.shows.get(room.room_id)
        if show is None:
            return
        if show.is_streamer(user.user_id):
            await self._streamer(show, here=not away)
        if not away:
            await self.co_hosting.joined(show, user)
        self._changed(show)

    async def on_message(self, room: RoomView, user: UserView, message: dict[str, Any]) -> Answer | bool:
        handler = self.handlers.get(message.get("action", ""))
        if handler is None:
            return False
        show = self.studio.shows.get(room.room_id)
        if show is None:
            raise bad_state(Status.ENDED, "the show is over")
        try:
            return await handler(show, user, message)
        finally:
            self.studio.rearm(show)

    async def on_stream(self, room: RoomView, user: UserView, stream_path: str, published: bool) -> None:
        show = self.studio.shows.get(room.room_id)
        if show is not None:
            self.co_hosting.on_stream(show, user, published)
            self.studio.rearm(show)

    async def on_action(
        self, room: RoomView, user: UserView, op: str, target_id: str | None, params: dict[str, Any]
    ) -> RoomApiError | None:
        show = self.studio.shows.get(room.room_id)
        if show is None:
            return None
        if op == "transfer_host":
            return RoomApiError(Code.FORBIDDEN, "a show has the streamer that it was made for")
        if op == "close_room":
            await self.running.stop(show, user.user_id, "closed", closes_room=False)
        return None

    async def on_room_closed(self, room: RoomView, reason: str) -> None:
        show = self.studio.shows.get(room.room_id)
        if show is not None:
            await self.running.room_closed(show, reason)

    def describe(self, room_id: str) -> dict[str, Any]:
        show = self.studio.shows.get(room_id)
        if show is None:
            return {}
        live = show.view(self.studio.now())
        return {"status": show.status, "started_at": live["started_at"], "live": live}

    # What the streamer does with the show

    async def _start(self, show: Show, user: UserView, message: StartLive) -> dict[str, Any]:
        show.require_streamer(user.user_id)
        await self.running.start(show, message, user.user_id)
        return {}

    async def _pause(self, show: Show, user: UserView, message: ChangeLive) -> dict[str, Any]:
        show.require_streamer(user.user_id)
        await self.running.pause(show, user.user_id, message.reason)
        return {}

    async def _resume(self, show: Show, user: UserView, message: ChangeLive) -> dict[str, Any]:
        show.require_streamer(user.user_id)
        await self.running.resume(show, user.user_id, message.reason)
        return {}

    async def _stop(self, show: Show, user: UserView, message: ChangeLive) -> dict[str, Any]:
        if user.role is not Role.ADMIN:
            show.require_streamer(user.user_id)
        await self.running.stop(show, user.user_id, message.reason, closes_room=False)

        async def close() -> None:
            await self.running.close_room(show, user.user_id)

        self.studio.context.call_later(0, close, show.room_id)  # the one who asked is answered before
        return {}

    # For all parts

    async def _streamer(self, show: Show, *, here: bool) -> None:
        if here:
            await self.running.streamer_back(show)
        else:
            self.running.streamer_lost(show)
        await self.battling.streamer(show)

    def _changed(self, show: Show) -> None:
        self.studio.touch(show)
        self.studio.rearm(show)

    def _due(self, show: Show) -> float | None:
        parts = (self.running, self.giving, self.co_hosting, self.simulating)
        return min((due for part in parts if (due := part.due(show)) is not None), default=None)

    async def _on_time(self, show: Show) -> None:
        now = self.studio.now()
        for part in (self.running, self.giving, self.co_hosting, self.simulating):
            if not show.is_over:
                await part.on_time(show, now)

    async def _end_all(self, show: Show) -> None:
        await self.battling.show_ends(show)
        await self.co_hosting.end(show)
        await self.giving.end(show)
        await self.simulating.end(show)
        self.commenting.forget(show)


def _reading(message_type: type[MessageT], handle: Callable[[Show, UserView, MessageT], Awaitable[Answer]]) -> Handler:
    async def handler(show: Show, user: UserView, message: dict[str, Any]) -> Answer:
        return await handle(show, user, read_as(message_type, message))

    return handler
