"""Many deadlines, one clock."""

from collections.abc import Callable

from roomful.sockets.wheel import Wheel


class Entry:
    def __init__(self, act: Callable[[float], float | None] = lambda now: None) -> None:
        self.asked: list[float] = []
        self._act = act

    def on_time(self, now: float) -> float | None:
        self.asked.append(now)
        return self._act(now)


def test_an_entry_is_asked_at_its_time_and_not_before() -> None:
    wheel: Wheel[Entry] = Wheel()
    entry = Entry()
    wheel.set(entry, 10.5)
    wheel.turn(10.6)
    assert entry.asked == []
    wheel.turn(11)
    assert (entry.asked, len(wheel)) == ([11], 0)


def test_an_entry_that_has_moved_its_deadline_is_asked_again() -> None:
    wheel: Wheel[Entry] = Wheel()
    entry = Entry(lambda now: now + 5 if now < 12 else None)
    wheel.set(entry, 10)
    wheel.turn(10)
    wheel.turn(14)
    assert entry.asked == [10]
    wheel.turn(15)
    assert entry.asked == [10, 15]


def test_an_entry_may_discard_the_others_of_its_moment_and_of_earlier_ones() -> None:
    wheel: Wheel[Entry] = Wheel()
    others = [Entry(), Entry(), Entry()]

    def discard_all(now: float) -> None:
        for other in others:
            wheel.discard(other)

    wheel.set(Entry(discard_all), 9)
    for at, other in zip((9, 9, 10), others, strict=True):
        wheel.set(other, at)
    wheel.turn(10)
    assert len(wheel) == 0
    assert others[2].asked == []


def test_one_that_fails_costs_the_others_nothing_but_a_turn() -> None:
    wheel: Wheel[Entry] = Wheel()
    entries = [Entry(), Entry()]

    def fail(now: float) -> None:
        raise ValueError

    wheel.set(Entry(fail), 10)
    for entry in entries:
        wheel.set(entry, 10)
    for _ in range(2):
        try:
            wheel.turn(10)
        except ValueError:
            continue
    assert [entry.asked for entry in entries] == [[10], [10]]
