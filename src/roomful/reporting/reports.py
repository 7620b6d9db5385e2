"""All of it together, as one server has it."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator

from roomful.reporting.intake import Intake
from roomful.reporting.keeping import Keeping
from roomful.reporting.measuring import Measuring
from roomful.reporting.plugin_metrics import PluginMetrics
from roomful.reporting.questions.days import DayQuestions
from roomful.reporting.questions.loading import Loading
from roomful.reporting.questions.room_stats import RoomQuestions
from roomful.reporting.questions.site import SiteQuestions
from roomful.reporting.questions.site_sums import SiteSums
from roomful.reporting.questions.streams import StreamQuestions
from roomful.reporting.rollups import Rollups
from roomful.reporting.shows import Shows
from roomful.reporting.visits import Visits
from roomful.reporting.writer import ReportWriter
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.storage.reports import ReportTable, StoredLeave

TICK_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Reports:
    """Collects from `start` to `close`."""

    def __init__(
        self, rooms: Rooms, table: ReportTable, retention_days: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self.writer = ReportWriter(table)
        self.visits = Visits(self.writer)
        self.measuring = Measuring(rooms, self.writer, clock)
        self.intake = Intake(self.writer, self.visits, clock)
        self.shows = Shows(rooms, self.writer, clock)
        self.rollups = Rollups(table, self.writer, clock)
        loading = Loading(table, self.writer, self.rollups)
        self.keeping = Keeping(table, loading, self.rollups, retention_days, clock)
        self.room = RoomQuestions(rooms, loading, self.visits, clock)
        self.streams = StreamQuestions(rooms, loading, clock)
        self.site = SiteQuestions(rooms, table, SiteSums(table, loading, self.rollups), self.visits, self.shows, clock)
        self.plugin_metrics = PluginMetrics(table, self.writer, loading, clock)
        self.days = DayQuestions(
            table,
            loading,
            self.rollups,
            lambda: self._present(rooms),
            self.keeping.kept_days,
            lambda: self.keeping.forgotten_before,
            clock,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def on_opened(self, room: Room) -> None:
        """Tell of each room that is opened."""
        self.visits.on_opened(room)
        self.shows.on_opened(room)

    def start(self) -> None:
        self.writer.start()
        self._tasks = [
            asyncio.create_task(self._tick(), name="report ticker"),
            asyncio.create_task(self.keeping.run(), name="report keeper"),
        ]

    async def close(self, within: float) -> None:
        """Write what is known, for at most `within` seconds, and stop."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self.shows.flush(self._clock())
        self.visits.close()
        await self.writer.close(within)

    def _present(self, rooms: Rooms) -> Iterator[StoredLeave]:
        now = self._clock()
        for room in rooms:
            yield from self.visits.present(room, now)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._clock()
            for part in (self.visits, self.measuring, self.intake, self.shows):
                try:
                    part.tick(now)
                except Exception:  # one room's trouble must not stop the reports of all the others
                    logger.exception("something could not be reported")
