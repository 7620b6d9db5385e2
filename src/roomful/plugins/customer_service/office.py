"""Carries out what the rules want done: on rooms, at workplaces, in the database, at its time."""

import logging
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

from roomful.plugins.customer_service.archive import Archive
from roomful.plugins.customer_service.audio_files import AudioFiles
from roomful.plugins.customer_service.call_audio import CallAudio
from roomful.plugins.customer_service.centre import Centre
from roomful.plugins.customer_service.effects import (
    CloseRoom,
    Effect,
    EndHold,
    GiveRoom,
    LogState,
    Record,
    RemoveFromRoom,
    SaveSession,
    SetMedia,
    StartHold,
    StopMixing,
    ToAgent,
    ToAllAgents,
    ToRoom,
)
from roomful.plugins.customer_service.session import Session
from roomful.plugins.customer_service.settings import CustomerServiceSettings
from roomful.plugins.customer_service.tokens import Claims, Kind, Tokens
from roomful.plugins.customer_service.workplaces import Workplaces
from roomful.rooms.extension import Code, Context, RoomApiError, Timer

ROOM_TYPE = "customer_service"
LEEWAY = 3600.0
"""Seconds by which a room token outlives the longest call."""

logger = logging.getLogger(__name__)


class Office:
    """See the module."""

    def __init__(self, context: Context, settings: CustomerServiceSettings, archive: Archive, tokens: Tokens) -> None:
        self.context = context
        self.api = context.room_api()
        self.settings = settings
        self.archive = archive
        self.tokens = tokens
        self.centre = Centre(settings)
        self.workplaces = Workplaces()
        self.files = AudioFiles(context, archive)
        self.audio = CallAudio(self.api, self.files, self.centre.desk)
        self._music: dict[str, str] = {}
        """Playbacks, by session."""
        self._alarm: tuple[float, Timer] | None = None

    def now(self) -> float:
        """Unix seconds."""
        return self.context.now()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[float]:
        """Let the rules decide in here, at the time that it gives; what follows is carried out at the end."""
        try:
            yield self.now()
        finally:
            await self._settle()

    def room_token(self, kind: Kind, session_id: str, user_id: str) -> str:
        exp = self.now() + self.settings.session_timeout + self.settings.queue_timeout + LEEWAY
        return self.tokens.make(Claims(kind=kind, user_id=user_id, session_id=session_id, exp=exp))

    def customer_token(self, session: Session) -> str:
        record = session.record
        return self.tokens.make(
            Claims(kind=Kind.CUSTOMER, user_id=record.customer_id, session_id=record.id, exp=record.link_expires_at)
        )

    def way_in(self, session_id: str, agent_id: str) -> dict[str, str]:
        """How an agent gets into the room of its call."""
        return {
            "room_id": session_id,
            "room_token": self.room_token(Kind.CALL, session_id, agent_id),
            "whip_url": f"/webrtc/whip/room/{session_id}/{agent_id}",
        }

    # Effects

    async def _settle(self) -> None:
        self._rearm()
        while (effect := self.centre.desk.next_effect()) is not None:  # one that is cut off leaves the rest to others
            await self._carry_out(effect)
        self._rearm()

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case ToRoom():
                await self._try(self.api.broadcast_to_room(effect.session_id, effect.message, only=effect.only))
            case ToAgent():
                self.workplaces.send(effect.agent_id, effect.message, self.now())
            case ToAllAgents():
                self.workplaces.send_all(effect.message, self.now())
            case GiveRoom():
                message = {**effect.message, **self.way_in(effect.session_id, effect.agent_id)}
                self.workplaces.send(effect.agent_id, message, self.now())
            case RemoveFromRoom():
                await self._try(self.api.remove_user(effect.session_id, effect.user_id, effect.reason))
            case SetMedia():
                await self._set_media(effect.session_id, effect.user_ids, effect.flows)
            case StartHold():
                await self._start_hold(effect)
            case EndHold():
                await self._end_hold(effect)
            case StopMixing():
                session = self.centre.desk.sessions.get(effect.session_id)
                if session is not None:
                    await self._try(self.audio.end(session))
            case Record():
                await self._try(self.api.set_room_recording(effect.session_id, effect.on))
            case CloseRoom():
                self._music.pop(effect.session_id, None)
                await self._try(self.api.close_room(effect.session_id, effect.reason))
            case SaveSession():
                await self.archive.keep_session(effect.record)
            case LogState():
                await self.archive.log_state(effect.agent_id, effect.state, self.now())

    async def _start_hold(self, effect: StartHold) -> None:
        await self._set_media(effect.session_id, effect.user_ids, flows=False)
        music = await self._play_music(effect)
        if not self._is_held(effect.session_id):  # it was short
            await self._stop_music(effect.session_id)
            return
        message: dict[str, Any] = {"action": "call_held", "session_id": effect.session_id, "by": effect.by}
        await self._try(self.api.broadcast_to_room(effect.session_id, {**message, "hold_music": music}))

    async def _play_music(self, effect: StartHold) -> bool:
        """Hold works without it too: a server without mixer, or a file that is gone, is silence."""
        if not self.settings.hold_music:
            return False
        try:
            _, path = await self.files.locate(self.settings.hold_music)
            playback = await self.api.play_audio(effect.session_id, str(path), to=(effect.customer_id,), loop=True)
        except RoomApiError as error:
            logger.warning("no music on hold: %s", error.message, extra={"session_id": effect.session_id})
            return False
        self._music[effect.session_id] = playback
        return True

    async def _end_hold(self, effect: EndHold) -> None:
        await self._stop_music(effect.session_id)
        await self._set_media(effect.session_id, effect.user_ids, flows=True)
        if effect.by:
            message = {"action": "call_resumed", "session_id": effect.session_id, "by": effect.by, "hold_music": False}
            await self._try(self.api.broadcast_to_room(effect.session_id, message))

    async def _stop_music(self, session_id: str) -> None:
        playback = self._music.pop(session_id, None)
        if playback is not None:
            await self._try(self.api.stop_audio(session_id, playback))

    def _is_held(self, session_id: str) -> bool:
        session = self.centre.desk.sessions.get(session_id)
        return session is not None and session.held_since is not None

    async def _set_media(self, session_id: str, user_ids: tuple[str, ...], flows: bool) -> None:
        for user_id in user_ids:
            await self._try(self.api.set_receiving(session_id, user_id, flows))

    async def _try(self, operation: Awaitable[Any]) -> None:
        """What cannot be done to a room, or to somebody who has left it, must not end the others' call."""
        try:
            await operation
        except RoomApiError as error:
            if error.code not in (Code.ROOM_NOT_FOUND, Code.USER_NOT_FOUND):
                logger.warning("not done: %s", error.message, extra={"code": int(error.code)})

    # Time

    def _rearm(self) -> None:
        due = self.centre.due()
        if self._alarm is not None:
            if self._alarm[0] == due:
                return
            self._alarm[1].cancel()
            self._alarm = None
        if due is not None:
            self._alarm = due, self.context.call_later(max(0.0, due - self.now()), self._on_time)

    async def _on_time(self) -> None:
        self._alarm = None
        async with self.turn() as now:
            self.centre.on_time(now)
