"""What somebody else sends, a moment later."""

import heapq
import itertools

from roomful.media.ports.bot.plan import Echo
from roomful.media.ports.bot.sender import Gone, Sender
from roomful.media.ports.frames import Frame, TrackEnded, TrackStarted
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.worker.intake import Intake

TICK_SECONDS = 0.02
MAX_WAITING = 64 * 1024 * 1024
"""Bytes of frames that wait for their time; what comes beyond is lost."""


class Echoing:
    """Keeps frames until their time has come."""

    def __init__(self, plan: Echo, sender: Sender) -> None:
        self._delay = round(plan.delay * SECOND)
        self._sender = sender
        self._waiting: list[tuple[int, int, Frame]] = []
        self._size = 0
        self._order = itertools.count()

    def run(self, intake: Intake) -> None:
        """Echo until the stream ends.

        Raises:
            Gone: nobody takes frames any more.
        """
        for record in intake.records():
            match record:
                case TrackStarted():
                    self._sender.start(record.track, record.codec, record.info, record.channels)
                case TrackEnded():
                    self._waiting = [one for one in self._waiting if one[2].track != record.track]
                    heapq.heapify(self._waiting)
                    self._sender.end(record.track)
                case Frame() if self._size < MAX_WAITING:
                    heapq.heappush(self._waiting, (record.wall_ns + self._delay, next(self._order), record))
                    self._size += len(record.data)
                case _:
                    pass
            self._send_due()
        raise Gone("there is nothing left to echo")

    def _send_due(self) -> None:
        while self._waiting and self._sender.is_past(self._waiting[0][0]):
            at, _, frame = heapq.heappop(self._waiting)
            self._size -= len(frame.data)
            self._sender.forward(frame, at)
