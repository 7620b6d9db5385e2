"""One thing that has to be looked after from time to time."""

from roomful.protocols.livekit.timers import Action, Timer, Timers


class Alarm:
    """A single timer that is set anew; only its latest time counts."""

    __slots__ = ("_action", "_timer", "_timers")

    def __init__(self, timers: Timers, action: Action) -> None:
        self._timers = timers
        self._action = action
        self._timer: Timer | None = None

    def set(self, due: float | None) -> None:
        """Run the action at `due`; None: not at all."""
        if self._timer is not None:
            if self._timer.pending and self._timer.due == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self._timers.at(due, self._action)

    @property
    def is_set(self) -> bool:
        return self._timer is not None and self._timer.pending
