"""The thread on which recognizers are talked to, so that neither waits for the other: frames come in all the time."""

import asyncio
import logging
import queue
import threading
from collections.abc import Iterable
from functools import partial
from typing import Any

from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.transcriber.asr.answer import Recognizer
from roomful.media.ports.transcriber.asr.http import HttpRecognizer
from roomful.media.ports.transcriber.asr.lane import Lane
from roomful.media.ports.transcriber.asr.local import Dictation, LocalRecognizer
from roomful.media.ports.transcriber.asr.websocket import WebSocketRecognizer
from roomful.media.ports.transcriber.plan import Backend, TranscriptionPlan
from roomful.media.ports.transcriber.states import Lost, Service, Text
from roomful.media.ports.transcriber.utterances import Piece
from roomful.outgoing import AddressRules, OutgoingHttp

log = logging.getLogger(__name__)

CANCEL_SECONDS = 3.0


class Recognition:
    """Takes pieces of utterances and gives texts back. Methods are called by one thread, the worker's."""

    def __init__(self, plan: TranscriptionPlan) -> None:
        """Raises ValueError for rules about addresses that are none."""
        self.service = Service.UNUSED
        self.error = ""
        self.failed_attempts = 0
        self._plan = plan
        self._rules = AddressRules(plan.allow, plan.deny)
        self._results: queue.SimpleQueue[Text | Lost] = queue.SimpleQueue()
        self._lanes: dict[int, Lane] = {}
        self._tasks: dict[asyncio.Task[None], Lane] = {}
        self._loop = asyncio.new_event_loop()
        self._http = OutgoingHttp(self._rules, connections=plan.at_once)
        self._dictation = Dictation()
        self._places = asyncio.Semaphore(plan.at_once)
        self._thread = threading.Thread(target=self._loop.run_forever, name="recognition", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Utterances that are not text yet."""
        return sum(lane.load for lane in list(self._tasks.values()))

    @property
    def busy(self) -> bool:
        """A track is not at its end."""
        return bool(self._tasks)

    def begin(self, number: int, track: TrackInfo) -> None:
        """A track has begun."""
        self._loop.call_soon_threadsafe(self._begin, number, track)

    def take(self, number: int, piece: Piece) -> None:
        """Some of what is said in a track."""
        self._loop.call_soon_threadsafe(self._take, number, piece)

    def end(self, number: int) -> None:
        """The track has ended; what was said in it still becomes text."""
        self._loop.call_soon_threadsafe(self._end, number)

    def results(self) -> list[Text | Lost]:
        """What has become known since the last call."""
        found: list[Text | Lost] = []
        while not self._results.empty():
            found.append(self._results.get())
        return found

    def finish(self) -> None:
        """All tracks have ended. Returns when this is known."""
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(CANCEL_SECONDS)

    def close(self) -> None:
        """Give up what still waits; it is in the last `results`."""
        closing = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        try:
            closing.result(CANCEL_SECONDS)
        except TimeoutError:
            log.warning("connections to the recognizer could not be closed in time")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CANCEL_SECONDS)

    def _begin(self, number: int, track: TrackInfo) -> None:
        lane = self._lanes[number] = Lane(track, self._plan, self._recognizer(), self._results.put, self._on_attempt)
        task = self._loop.create_task(lane.run())
        self._tasks[task] = lane
        task.add_done_callback(partial(self._on_done, number, lane))

    def _take(self, number: int, piece: Piece) -> None:
        lane = self._lanes.get(number)
        if lane is not None:
            lane.take(piece)

    def _end(self, number: int) -> None:
        lane = self._lanes.pop(number, None)
        if lane is not None:
            lane.end()

    def _on_done(self, number: int, lane: Lane, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if self._lanes.get(number) is lane:
            del self._lanes[number]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the recognition of a track failed", exc_info=error)

    def _recognizer(self) -> Recognizer:
        match self._plan.backend:
            case Backend.WEBSOCKET:
                return WebSocketRecognizer(self._plan, self._rules)
            case Backend.LOCAL:
                return LocalRecognizer(self._dictation)
            case Backend.HTTP:
                pass
        return HttpRecognizer(self._plan, self._http, self._places)

    def _on_attempt(self, error: str) -> None:
        self.service = Service.FAILING if error else Service.WORKING
        if error:
            self.error = error
            self.failed_attempts += 1

    async def _finish(self) -> None:
        for number in list(self._lanes):
            self._end(number)

    async def _close(self) -> None:
        await _cancel(self._tasks)
        await self._http.close()
        # Connections have tasks of their own.
        await _cancel(asyncio.all_tasks() - {asyncio.current_task()})


async def _cancel(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    some = [task for task in tasks if task is not None]
    for task in some:
        task.cancel()
    await asyncio.gather(*some, return_exceptions=True)
