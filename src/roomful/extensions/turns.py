"""What concerns a room happens one after another, rooms go on beside each other. specs/monibuca-rooms.md §5.1."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

ResultT = TypeVar("ResultT")
Job = Callable[[], Awaitable[None]]

MAX_WAITING = 10_000
"""Jobs of one room. A plugin that is slower than its room for so long loses what comes then."""

logger = logging.getLogger(__name__)


class _Turn:
    """A job while it runs. Tasks that it starts see it too, and have to know when it is over."""

    __slots__ = ("running",)

    def __init__(self) -> None:
        self.running = True


_turn: ContextVar[_Turn | None] = ContextVar("turn of a room", default=None)


class TooMuchToDo(Exception):
    """A room has too many jobs waiting."""


class Turns:
    """A queue for each room that has something to do; an idle room has neither queue nor task."""

    def __init__(self) -> None:
        self._jobs: dict[str, deque[Job]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._released = asyncio.Event()
        self.dropped = 0
        """Jobs that were too many."""

    def release(self) -> None:
        """Begin: until now, jobs wait."""
        self._released.set()

    def later(self, room: str, job: Job) -> bool:
        """Do it when everything before it is done. Returns False if too much waits already."""
        jobs = self._jobs.get(room)
        if jobs is None:
            jobs = self._jobs[room] = deque()
            self._tasks[room] = asyncio.create_task(self._work_off(room, jobs), name="room-callbacks")
        if len(jobs) >= MAX_WAITING:
            self.dropped += 1
            if self.dropped % MAX_WAITING == 1:
                logger.error("callbacks are lost: the plugin is too slow", extra={"lost": self.dropped})
            return False
        jobs.append(job)
        return True

    async def in_turn(self, room: str, job: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Do it when everything before it is done, and wait for the result.

        Called from within a job, of whichever room, it is done at once: the job waits for it. Raises TooMuchToDo.
        """
        turn = _turn.get()
        if turn is not None and turn.running:
            return await job()
        result: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()

        async def answer() -> None:
            if result.cancelled():
                return
            try:
                value = await job()
            except Exception as error:  # noqa: BLE001 - it belongs to who waits
                if not result.done():
                    result.set_exception(error)
            else:
                if not result.done():
                    result.set_result(value)

        if not self.later(room, answer):
            raise TooMuchToDo
        return await result

    async def idle(self, within: float) -> bool:
        """Wait until nothing is left to do; False if that takes longer."""
        tasks = [*self._tasks.values()]
        if not tasks:
            return True
        _, unfinished = await asyncio.wait(tasks, timeout=within)
        return not unfinished

    async def close(self, within: float) -> None:
        """Finish, for at most so many seconds, and stop."""
        self.release()
        await self.idle(within)
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _work_off(self, room: str, jobs: deque[Job]) -> None:
        try:
            await self._released.wait()
            while jobs:
                job = jobs.popleft()
                turn = _Turn()
                token = _turn.set(turn)
                try:
                    await job()
                except Exception:
                    logger.exception("a job of a room failed")
                finally:
                    turn.running = False
                    _turn.reset(token)
        finally:
            del self._jobs[room], self._tasks[room]
