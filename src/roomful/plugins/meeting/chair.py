"""Conducts the meetings of this server: carries out what hosts decide, over whichever way they say so.

Each operation first changes the meeting, in one go, and then the room; so whoever acts in between finds it changed.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from roomful.plugins.meeting.archive import Archive, meeting_key
from roomful.plugins.meeting.attendance import Visit
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.secretary import Secretary
from roomful.plugins.meeting.settings import MeetingSettings
from roomful.plugins.meeting.status import BEFORE, OPEN, UNDER_WAY, Status, bad_state
from roomful.plugins.meeting.timers import MeetingTimer
from roomful.rooms.extension import Code, Context, RoomApiError, RoomView, Timer
from roomful.rooms.extension.api import SYSTEM

ROOM_TYPE = "meeting"
LETTERS = "abcdefghjkmnpqrstuvwxyz"
"""Without those that look like others."""

logger = logging.getLogger(__name__)


def not_recorded() -> RoomApiError:
    return RoomApiError(Code.FEATURE_DISABLED, "meetings are not recorded here (meeting.enable_recording)")


class Chair:
    """Knows all meetings that are not over, by room id."""

    def __init__(self, context: Context, settings: MeetingSettings, archive: Archive, secretary: Secretary) -> None:
        self.api = context.room_api()
        self.settings = settings
        self.archive = archive
        self.secretary = secretary
        self.meetings: dict[str, Meeting] = {}
        self.on_breakouts_over: Callable[[Meeting], Awaitable[None]] | None = None
        """Called when the time of a meeting's breakout rooms is over."""
        self._context = context
        self._timers: dict[str, Timer] = {}

    def now(self) -> float:
        """Unix seconds."""
        return self._context.now()

    def find(self, room_id: str) -> Meeting:
        """Raises NOT_FOUND."""
        meeting = self.meetings.get(room_id)
        if meeting is None:
            raise RoomApiError(Code.NOT_FOUND, f"no meeting is open in room {room_id!r}")
        return meeting

    async def tell(self, meeting: Meeting, action: str, fields: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Tell everybody in the room, if it is open."""
        try:
            await self.api.broadcast_to_room(meeting.meeting_id, {"action": action, **(fields or {}), **more})
        except RoomApiError as error:
            if error.code is not Code.ROOM_NOT_FOUND:
                raise

    async def changed(self, meeting: Meeting) -> None:
        """Keep what became of a meeting, and see to its clock."""
        if self.meetings.get(meeting.meeting_id) is meeting:
            await self.archive.save(meeting, self.now())
            self._rearm(meeting)

    # Beginning

    async def open(self, room_id: str, **fields: Any) -> Meeting:
        """The meeting of a room: the one that is not over, or a new one."""
        meeting = self.meetings.get(room_id)
        if meeting is not None:
            return meeting
        latest = await self.archive.latest(room_id)
        meeting = self.meetings.get(room_id)  # while the archive was asked
        if meeting is not None:
            return meeting
        sitting = 1 if latest is None else latest.sitting + 1
        timer = MeetingTimer(
            max_duration=self.settings.timer.max_duration,
            warning_before_end=self.settings.timer.warning_before_end,
        )
        meeting = Meeting(
            key=meeting_key(room_id, sitting),
            meeting_id=room_id,
            sitting=sitting,
            created_at=round(self.now() * 1000),
            lobby=self.settings.enable_lobby,
            language=self.settings.asr.language,
            timer=timer,
            empty_timeout=self.settings.empty_timeout,
        )
        for field, value in fields.items():
            setattr(meeting, field, value)
        self.meetings[room_id] = meeting
        await self.changed(meeting)
        return meeting

    def new_meeting_id(self) -> str:
        """An id that nobody guesses, short enough to be dictated."""
        while True:
            letters = "".join(secrets.choice(LETTERS) for _ in range(10))
            meeting_id = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
            if meeting_id not in self.meetings:
                return meeting_id

    async def restore(self) -> None:
        """Take up the meetings that were going on when the server stopped; their clocks have gone on."""
        now = self.now()
        for meeting in await self.archive.unfinished():
            self.meetings[meeting.meeting_id] = meeting
            for visit in await self.archive.unfinished_visits(meeting.key):
                await self._end_visit(meeting, visit, meeting.saved_at, "disconnect")
            if meeting.status in UNDER_WAY:
                meeting.empty_since = now
            await self.changed(meeting)

    async def start(self, meeting: Meeting, actor: str, title: str = "") -> None:
        meeting.require(*BEFORE)
        meeting.become(Status.ACTIVE, self.now())
        if title:
            meeting.title = title
            await self._name_room(meeting)
        await self.tell(meeting, "meeting_started", started_at=meeting.started_at, title=meeting.title, by=actor)
        await self._tell_time(meeting)
        await self._take_down(meeting, actor)
        await self.changed(meeting)

    async def pause(self, meeting: Meeting, actor: str) -> None:
        meeting.become(Status.PAUSED, self.now())
        await self.tell(meeting, "meeting_paused", by=actor)
        await self._tell_time(meeting)
        await self._take_down(meeting, actor, on=False)
        await self.changed(meeting)

    async def resume(self, meeting: Meeting, actor: str) -> None:
        meeting.require(Status.PAUSED)
        meeting.become(Status.ACTIVE, self.now())
        await self.tell(meeting, "meeting_resumed", by=actor)
        await self._tell_time(meeting)
        await self._take_down(meeting, actor)
        await self.changed(meeting)

    async def end(self, meeting: Meeting, actor: str = SYSTEM, reason: str = "ended") -> None:
        """Over: everybody leaves, and the minutes are written if they are always."""
        meeting.require(*OPEN)
        was_under_way = meeting.status in UNDER_WAY
        breakouts, meeting.breakouts = meeting.breakouts, None
        meeting.become(Status.ENDED, self.now())
        meeting.end_reason = reason
        pending = was_under_way and self.settings.ai.auto and meeting.segments > 0
        await self.tell(meeting, "meeting_ended", reason=reason, by=actor, summary_pending=pending)
        await self._take_down(meeting, actor, on=False)
        for room in breakouts.rooms if breakouts else ():
            await self.end_breakout(room.room_id)
        visits, meeting.here = meeting.here, {}
        for visit in visits.values():
            await self._end_visit(meeting, visit, round(self.now() * 1000), "room_closed")
        await self.changed(meeting)
        self._forget(meeting)
        if pending:
            await self.secretary.begin(meeting)
        await self.close_room(meeting.meeting_id, actor)

    async def cancel(self, meeting: Meeting, actor: str) -> None:
        """A plan is dropped. Raises BAD_STATE for a meeting that is going on."""
        meeting.require(*BEFORE)
        await self.end(meeting, actor, "cancelled")

    async def extend(self, meeting: Meeting, seconds: float, actor: str) -> None:
        """Raises BAD_STATE for a meeting without an end."""
        meeting.require(*UNDER_WAY)
        if not meeting.timer.max_duration:
            raise bad_state(meeting.status, "this meeting has no end that could be put off")
        meeting.timer.extend(seconds, self.now())
        await self._tell_time(meeting, by=actor)
        await self.changed(meeting)

    async def results_key(self, meeting: Meeting) -> str:
        """What opens to a host, over HTTP and also later, what is left of the meeting."""
        if not meeting.results_key:
            meeting.results_key = secrets.token_urlsafe(24)
            await self.changed(meeting)
        return meeting.results_key

    # Recording and transcription: what is wanted stays wanted over a pause

    async def start_recording(self, meeting: Meeting, actor: str, target: str = "room") -> None:
        """`target`: the room, or a user id. Raises FEATURE_DISABLED, BACKEND_UNAVAILABLE, USER_NOT_FOUND."""
        if not self.settings.enable_recording:
            raise not_recorded()
        await self.api.set_room_recording(meeting.meeting_id, True, actor, target)
        if target not in meeting.recordings:
            meeting.recordings.append(target)
        await self.changed(meeting)

    async def stop_recording(self, meeting: Meeting, actor: str) -> None:
        """Of everybody and everything, whoever began it, and how."""
        room = await self.api.get_room(meeting.meeting_id)
        targets = {*meeting.recordings, *room.recording_targets} | ({"room"} if room.recording else set[str]())
        meeting.recordings = []
        for target in sorted(targets):
            await self._attempt(
                meeting, "recording", self.api.set_room_recording(meeting.meeting_id, False, actor, target)
            )
        await self.changed(meeting)

    async def start_transcription(self, meeting: Meeting, actor: str, language: str = "") -> None:
        """`language`: BCP 47; empty as before. Raises FEATURE_DISABLED, BACKEND_UNAVAILABLE."""
        if not self.settings.enable_transcription:
            raise RoomApiError(
                Code.FEATURE_DISABLED, "meetings are not transcribed here (meeting.enable_transcription)"
            )
        language = language or meeting.language
        await self.api.set_room_transcription(meeting.meeting_id, True, language, actor)
        meeting.transcribe, meeting.language = True, language
        await self.tell(meeting, "transcription_started", language=language, by=actor)
        await self.changed(meeting)

    async def stop_transcription(self, meeting: Meeting, actor: str) -> None:
        """One that does not run stays stopped."""
        if not meeting.transcribe:
            return
        meeting.transcribe = False
        await self._attempt(
            meeting, "transcription", self.api.set_room_transcription(meeting.meeting_id, False, "", actor)
        )
        await self.tell(meeting, "transcription_stopped", by=actor)
        await self.changed(meeting)

    async def _take_down(self, meeting: Meeting, actor: str, on: bool = True) -> None:
        """Record and transcribe what goes on now, if that is wanted, or no more; a failure does not hold it up."""
        room_id = meeting.meeting_id
        for target in meeting.recordings if self.settings.enable_recording else ():
            await self._attempt(meeting, "recording", self.api.set_room_recording(room_id, on, actor, target))
        if meeting.transcribe:
            work = self.api.set_room_transcription(room_id, on, meeting.language, actor)
            await self._attempt(meeting, "transcription", work)

    async def _attempt(self, meeting: Meeting, what: str, work: Awaitable[object]) -> None:
        try:
            await work
        except RoomApiError as error:
            if error.code is Code.ROOM_NOT_FOUND:
                return
            logger.warning("a meeting has no %s", what, extra={"room": meeting.meeting_id, "reason": error.message})
            await self.tell(meeting, f"{what}_error", code=int(error.code), message=error.message)

    # Going on

    async def room_opened(self, meeting: Meeting, room: RoomView) -> None:
        """The room is there, for the first time or again."""
        meeting.room_opened_at = room.created_at
        if meeting.status is Status.ACTIVE and not meeting.parent:
            await self._take_down(meeting, SYSTEM)
        await self.changed(meeting)

    async def room_closed(self, meeting: Meeting, room: RoomView, reason: str) -> None:
        """The room is not there any more: an empty one may come back, else that is the end of the meeting."""
        if room.created_at != meeting.room_opened_at or reason == "shutdown":
            return
        if reason not in ("empty", "timeout"):
            await self.end(meeting, SYSTEM, reason)
        elif meeting.status in UNDER_WAY:
            if not meeting.here:  # they may be in breakout rooms
                meeting.empty_since = meeting.empty_since or self.now()
            await self.changed(meeting)
        elif meeting.planned:
            meeting.status = Status.SCHEDULED
            await self.changed(meeting)
        else:
            self._forget(meeting)
            await self.archive.forget(meeting)

    async def close_room(self, room_id: str, actor: str = SYSTEM) -> None:
        """Close a room, unless it is closed."""
        try:
            await self.api.close_room(room_id, "ended", actor)
        except RoomApiError as error:
            if error.code is not Code.ROOM_NOT_FOUND:
                raise

    async def end_breakout(self, room_id: str, seconds: float = 0) -> None:
        """Now, or in so many seconds."""
        if seconds:
            self._context.call_later(seconds, lambda: self.end_breakout(room_id))
            return
        child = self.meetings.get(room_id)
        if child is not None:
            await self.end(child)
        else:
            await self.close_room(room_id)

    async def _end_visit(self, meeting: Meeting, visit: Visit, at: int, reason: str) -> None:
        visit.left_at, visit.reason = max(at, visit.joined_at), reason
        await self.archive.save_visit(meeting.key, visit)

    async def end_visit(self, meeting: Meeting, user_id: str, reason: str) -> None:
        """A user is not in the meeting any more."""
        visit = meeting.here.pop(user_id, None)
        if visit is not None:
            await self._end_visit(meeting, visit, round(self.now() * 1000), reason)

    async def _name_room(self, meeting: Meeting) -> None:
        try:
            await self.api.set_room_name(meeting.meeting_id, meeting.title)
        except RoomApiError as error:
            if error.code is not Code.ROOM_NOT_FOUND:
                raise

    async def rename(self, meeting: Meeting, title: str) -> None:
        meeting.title = title
        await self._name_room(meeting)

    async def _tell_time(self, meeting: Meeting, **more: Any) -> None:
        await self.tell(meeting, "timer_updated", meeting.time(self.now()), **more)

    # The clock

    def _rearm(self, meeting: Meeting) -> None:
        timer = self._timers.pop(meeting.key, None)
        if timer is not None:
            timer.cancel()
        due = meeting.due()
        if due is not None and self.meetings.get(meeting.meeting_id) is meeting:
            delay = max(0.0, due - self.now())
            self._timers[meeting.key] = self._context.call_later(delay, lambda: self._tick(meeting))

    async def _tick(self, meeting: Meeting) -> None:
        self._timers.pop(meeting.key, None)
        if self.meetings.get(meeting.meeting_id) is not meeting:
            return
        now = self.now()
        try:
            for message in meeting.tick(now):
                await self.tell(meeting, message.pop("action"), message)
            if meeting.is_deserted(now):
                await self.end(meeting, SYSTEM, "empty")
            elif meeting.time_is_over and self.settings.timer.auto_end:
                await self.end(meeting, SYSTEM, "timeout")
            elif meeting.breakouts is not None and meeting.breakouts.are_over(now) and self.on_breakouts_over:
                await self.on_breakouts_over(meeting)
        finally:
            await self.changed(meeting)

    def _forget(self, meeting: Meeting) -> None:
        self.meetings.pop(meeting.meeting_id, None)
        timer = self._timers.pop(meeting.key, None)
        if timer is not None:
            timer.cancel()
