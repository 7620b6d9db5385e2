"""What can be listened to in a room of Janus's: its feeds, by the ids that this API gives their publishers."""

from collections.abc import Callable
from typing import Any

import msgspec

from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.pending import Pending
from roomful.rooms.model import TrackKind
from roomful.sockets.wheel import Wheel

UP_WITHIN = 5.0
"""Seconds that a listener waits for its publisher's connection."""

Id = int | str
"""Of a room or a feed; Janus's setting `string_ids` says which."""


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """One section of a feed or of a listener's description."""

    mid: str
    kind: TrackKind
    codec: str


def streams_of(given: Any) -> list[Stream]:
    """The sound and the pictures among the `streams` in what Janus says."""
    kinds = {kind.value: kind for kind in TrackKind}
    return [
        Stream(mid=str(one["mid"]), kind=kinds[one["type"]], codec=str(one.get("codec", "")))
        for one in given or ()
        if one.get("type") in kinds and not one.get("disabled")
    ]


class Feed:
    """Until its peer connection is up nobody can subscribe to it. specs/nkmedia.md §10.5."""

    def __init__(self, feed_id: Id, wheel: Wheel[Any], clock: Callable[[], float]) -> None:
        self.id = feed_id
        self.streams: list[Stream] = []
        self.is_up = False
        self._wheel = wheel
        self._clock = clock
        self._waiting: list[tuple[float, Pending]] = []

    def wait(self) -> Pending:
        """Until it is up. The error of a feed that does not come up, or is gone, is INVALID_PUBLISHER."""
        waiting = Pending()
        if self.is_up:
            waiting.settle(None)
        else:
            self._waiting.append((self._clock() + UP_WITHIN, waiting))
            self._wheel.set(self, self._waiting[0][0])
        return waiting

    def up(self) -> None:
        self.is_up = True
        self._settle(None)

    def gone(self) -> None:
        self._settle(NkError(Code.INVALID_PUBLISHER))

    def on_time(self, now: float) -> float | None:
        overdue = [one for until, one in self._waiting if until <= now]
        self._waiting = self._waiting[len(overdue) :]
        for waiting in overdue:
            waiting.settle(NkError(Code.INVALID_PUBLISHER))
        return self._waiting[0][0] if self._waiting else None

    def _settle(self, outcome: NkError | None) -> None:
        self._wheel.discard(self)
        waiting, self._waiting = self._waiting, []
        for _, one in waiting:
            one.settle(outcome)
