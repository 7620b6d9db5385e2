"""Gifts of one kind, from one to another, one right after the other. specs/monibuca-rooms.md §6.3."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from roomful.plugins.live.ids import new_id
from roomful.plugins.live.people import Person


class ComboKey(NamedTuple):
    """What has to be the same for a gift to go on with a combo."""

    sender_id: str
    receiver_id: str
    gift_id: str


@dataclass(slots=True)
class Combo:
    """`count` gifts so far, of `value` together. It is over at `ends_at` unless another comes before."""

    id: str
    gift_id: str
    sender: Person
    receiver: Person
    ends_at: float = 0
    count: int = 0
    value: int = 0

    @property
    def key(self) -> ComboKey:
        return ComboKey(self.sender.user_id, self.receiver.user_id, self.gift_id)


class Hit(msgspec.Struct, frozen=True):
    """So many gifts of one message that went to one combo, and where that stands now."""

    count: int
    value: int
    combo_id: str
    combo_count: int
    combo_value: int


class Combos:
    """The combos of one show that are going on; the first to end comes first."""

    def __init__(self, timeout: float, cap: int) -> None:
        """`timeout` in seconds; `cap` is the most that one combo counts."""
        self._timeout = timeout
        self._cap = cap
        self._open: OrderedDict[ComboKey, Combo] = OrderedDict()

    def hit(
        self, sender: Person, receiver: Person, gift_id: str, count: int, price: int, now: float
    ) -> list[Hit | Combo]:
        """Count gifts, `cap` at most; returns where they went, in order, with the combo that ends because it is full.

        Call `expire` before.
        """
        news: list[Hit | Combo] = []
        key = ComboKey(sender.user_id, receiver.user_id, gift_id)
        combo = self._open.get(key)
        if combo is not None and combo.count + count > self._cap:
            fits = self._cap - combo.count
            if fits:
                news.append(self._add(combo, fits, price, now))
                count -= fits
            news.append(self._open.pop(key))
            combo = None
        if combo is None:
            combo = self._open[key] = Combo(id=new_id("c"), gift_id=gift_id, sender=sender, receiver=receiver)
        news.append(self._add(combo, count, price, now))
        return news

    def expire(self, now: float) -> list[Combo]:
        """Those that are over."""
        over: list[Combo] = []
        while self._open and (first := next(iter(self._open.values()))).ends_at <= now:
            over.append(self._open.pop(first.key))
        return over

    def close(self) -> list[Combo]:
        """All: the show is over."""
        over = list(self._open.values())
        self._open.clear()
        return over

    def due(self) -> float | None:
        """When the next one is over."""
        return next(iter(self._open.values())).ends_at if self._open else None

    def _add(self, combo: Combo, count: int, price: int, now: float) -> Hit:
        combo.count += count
        combo.value += count * price
        combo.ends_at = now + self._timeout
        self._open.move_to_end(combo.key)
        return Hit(count, count * price, combo.id, combo.count, combo.value)
