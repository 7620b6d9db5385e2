"""What can be given, and what has been. specs/monibuca-rooms.md §6.3."""

from typing import Annotated, Any

import msgspec

from roomful.plugins.live.people import Person

Price = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Gift(msgspec.Struct, frozen=True, kw_only=True):
    """One of the catalogue. `price` is in the smallest unit of whatever currency the app has."""

    gift_id: str
    name: str
    icon: str = ""
    price: Price
    enabled: bool = True
    sort: int = 0
    effect: str = ""


SAMPLES = tuple(
    Gift(gift_id=gift_id, name=gift_id.title(), price=price, sort=place)
    for place, (gift_id, price) in enumerate(
        (("rose", 1), ("heart", 5), ("cake", 50), ("rocket", 500), ("castle", 5000)), 1
    )
)
"""The catalogue of a new server."""


class GiftRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One message's gifts, as they were counted. `combo_…` is where its combo stood then."""

    id: str
    show_id: str
    room_id: str
    gift_id: str
    gift_name: str
    unit_price: int
    count: int
    value: int
    combo_id: str
    combo_count: int
    combo_value: int
    from_id: str
    from_name: str
    to_id: str
    to_name: str
    pk_id: str
    """Of the battle that it counted in; else empty."""
    ts: int

    @property
    def sender(self) -> Person:
        return Person(self.from_id, self.from_name)

    def answer(self) -> dict[str, Any]:
        """What the sender is told."""
        return {
            "gift_record_id": self.id,
            "count": self.count,
            "value": self.value,
            "combo_id": self.combo_id,
            "combo_count": self.combo_count,
        }


class Sender(msgspec.Struct, kw_only=True):
    """What somebody has given in one show."""

    user_id: str
    user_name: str
    count: int = 0
    value: int = 0


class Ledger:
    """All gifts of one show, added up."""

    def __init__(self) -> None:
        self.count = 0
        self.value = 0
        self._senders: dict[str, Sender] = {}

    def add(self, record: GiftRecord) -> None:
        self.count += record.count
        self.value += record.value
        sender = self._senders.get(record.from_id)
        if sender is None:
            sender = self._senders[record.from_id] = Sender(user_id=record.from_id, user_name=record.from_name)
        sender.user_name = record.from_name
        sender.count += record.count
        sender.value += record.value

    def rank(self, most: int) -> list[Sender]:
        """The best senders, by value."""
        return sorted(self._senders.values(), key=lambda one: one.value, reverse=True)[:most]
