"""Writes minutes in the background: a language model takes longer than a room can wait."""

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable

import msgspec

from roomful.plugins.meeting.archive import Archive
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.minutes import MeetingRecord, Minutes, Task, TaskPatch, builtin, chat
from roomful.plugins.meeting.settings import AiSettings
from roomful.rooms.extension import Code, OutgoingFailed, OutgoingRequests, RoomApiError

MAX_AT_ONCE = 8
"""Minutes that may be under way; more are refused."""

logger = logging.getLogger(__name__)


class Secretary:
    """One task per meeting whose minutes are being written."""

    def __init__(
        self,
        archive: Archive,
        settings: AiSettings,
        http: OutgoingRequests,
        now: Callable[[], float],
        on_ready: Callable[[Meeting, Minutes], Awaitable[None]],
    ) -> None:
        """`now` gives unix seconds; `on_ready` is called with minutes that are written."""
        self._archive = archive
        self._settings = settings
        self._http = http
        self._now = now
        self._on_ready = on_ready
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def begin(self, meeting: Meeting) -> Minutes:
        """Start writing; who asks again meanwhile gets the same. Raises LIMIT_REACHED."""
        before = await self._archive.minutes(meeting.key)
        if meeting.key in self._tasks:
            return before or Minutes(meeting_id=meeting.meeting_id, status="pending")
        if len(self._tasks) >= MAX_AT_ONCE:
            raise RoomApiError(Code.LIMIT_REACHED, "too many minutes are being written; try again later")
        pending = msgspec.structs.replace(before or Minutes(meeting_id=meeting.meeting_id, status=""), status="pending")
        task = asyncio.create_task(self._write(meeting, before, pending), name="meeting-minutes")
        self._tasks[meeting.key] = task
        task.add_done_callback(lambda _: self._tasks.pop(meeting.key, None))
        return pending

    async def find(self, meeting: Meeting) -> Minutes:
        """The minutes, if there are any. Those that a stop of the server cut short are begun again.

        Raises NOT_FOUND, LIMIT_REACHED.
        """
        minutes = await self._archive.minutes(meeting.key)
        if meeting.key in self._tasks:
            return minutes or Minutes(meeting_id=meeting.meeting_id, status="pending")
        if minutes is None:
            raise RoomApiError(Code.NOT_FOUND, "there are no minutes of this meeting; POST has them written")
        return await self.begin(meeting) if minutes.status == "pending" else minutes

    async def change_task(self, meeting: Meeting, task_id: str, patch: TaskPatch) -> Task:
        """Raises NOT_FOUND."""
        minutes = await self.find(meeting)
        for place, task in enumerate(minutes.tasks):
            if task.task_id == task_id:
                changed = patch.applied_to(task)
                tasks = [*minutes.tasks[:place], changed, *minutes.tasks[place + 1 :]]
                await self._archive.save_minutes(meeting.key, msgspec.structs.replace(minutes, tasks=tasks))
                return changed
        raise RoomApiError(Code.NOT_FOUND, f"there is no task {task_id!r}")

    async def close(self) -> None:
        """Stop writing. What is pending is written when somebody asks for it after a restart."""
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self, meeting: Meeting, before: Minutes | None, pending: Minutes) -> None:
        await self._archive.save_minutes(meeting.key, pending)
        try:
            record = await self._record(meeting)
            written = await self._composed(record)
        except Exception:
            logger.exception("no minutes of a meeting", extra={"room": meeting.meeting_id})
            written = Minutes(meeting_id=meeting.meeting_id, status="failed", error="something went wrong here")
        written = msgspec.structs.replace(written, tasks=_with_progress(written.tasks, before))
        await self._archive.save_minutes(meeting.key, written)
        await self._on_ready(meeting, written)

    async def _composed(self, record: MeetingRecord) -> Minutes:
        trouble = ""
        if self._settings.url and record.segments:
            try:
                return await chat.minutes(record, self._settings, self._http, self._now())
            except (OutgoingFailed, chat.BadAnswer) as error:
                trouble = str(error)[:500]
                logger.warning("built-in minutes", extra={"room": record.meeting_id, "reason": trouble})
        written = await asyncio.to_thread(builtin.minutes, record, self._now())
        return msgspec.structs.replace(written, error=trouble)

    async def _record(self, meeting: Meeting) -> MeetingRecord:
        began = (meeting.started_at or meeting.created_at) / 1000
        visits = await self._archive.visits(meeting.key)
        return MeetingRecord(
            meeting_id=meeting.meeting_id,
            title=meeting.title,
            date=datetime.datetime.fromtimestamp(began, datetime.UTC).date(),
            people={visit.user_id: visit.user_name or visit.user_id for visit in visits},
            agenda=[item.title for item in meeting.agenda.items],
            segments=await self._archive.segments(meeting.key),
        )


def _with_progress(tasks: list[Task], before: Minutes | None) -> list[Task]:
    """Minutes that are written anew do not forget what has been done about the same tasks."""
    earlier = {task.text: task.status for task in before.tasks} if before is not None else {}
    return [msgspec.structs.replace(task, status=earlier.get(task.text, task.status)) for task in tasks]
