"""One timer for whatever has to be looked after about once a second."""

import asyncio
import logging
from collections.abc import Callable

TICK_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Ticker:
    """Ticks while there is something to look after, and costs nothing otherwise."""

    def __init__(self, tick: Callable[[], bool]) -> None:
        """`tick` says whether to go on. What it raises is logged, so that it does not stop the clock of all others."""
        self._look_after = tick
        self._timer: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        """There is something to look after."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._timer = None
        goes_on = True
        try:
            goes_on = self._look_after()
        except Exception:
            logger.exception("a tick failed")
        if goes_on:
            self.arm()
