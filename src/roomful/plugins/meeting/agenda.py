"""What a meeting is about, point by point. specs/monibuca-rooms.md §7.3."""

from enum import StrEnum, auto
from typing import Annotated

import msgspec

from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.codes import bad_field

MAX_ITEMS = 100
MAX_BYTES = 96 * 1024
"""Of all items together."""

ItemId = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Description = Annotated[str, msgspec.Meta(max_length=2000)]
UserId = Annotated[str, msgspec.Meta(max_length=256)]
Duration = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class ItemStatus(StrEnum):
    PENDING = auto()
    ACTIVE = auto()
    DONE = auto()
    SKIPPED = auto()


class NewItem(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants on the agenda."""

    title: Title
    item_id: ItemId | None = None
    """Chosen by the client, it makes a repeated message harmless."""
    description: Description = ""
    presenter_id: UserId = ""
    duration: Duration = 0


class ItemPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different about an item; what is not said stays."""

    title: Title | None = None
    description: Description | None = None
    presenter_id: UserId | None = None
    duration: Duration | None = None
    status: ItemStatus | None = None
    """`pending` or `skipped`; the rest has actions of its own."""


class Item(msgspec.Struct, kw_only=True):
    item_id: str
    title: str
    description: str = ""
    presenter_id: str = ""
    duration: float = 0
    """Seconds; 0 is open."""
    order: int = 0
    status: ItemStatus = ItemStatus.PENDING
    started_at: int | None = None
    ended_at: int | None = None
    """Unix milliseconds."""
    actual_duration: float = 0
    """Seconds in which the meeting was going on; set at the end."""
    began: float = 0
    """Counted seconds of the meeting at its start."""
    overtime_told: bool = False


class Agenda(msgspec.Struct):
    """Items in their order. `elapsed` is counted seconds of the meeting, `now` unix seconds."""

    items: list[Item] = []
    made: int = 0
    """How many ids were given out."""

    @property
    def current(self) -> Item | None:
        return next((item for item in self.items if item.status is ItemStatus.ACTIVE), None)

    def item(self, item_id: str) -> Item:
        """Raises NOT_FOUND."""
        for item in self.items:
            if item.item_id == item_id:
                return item
        raise RoomApiError(Code.NOT_FOUND, f"there is no item {item_id!r} on the agenda")

    def add(self, new: NewItem) -> Item:
        """A new last item; one whose id is there already is returned as it is. Raises LIMIT_REACHED."""
        existing = next((item for item in self.items if item.item_id == new.item_id), None)
        if existing is not None:
            return existing
        if len(self.items) >= MAX_ITEMS:
            raise RoomApiError(Code.LIMIT_REACHED, f"an agenda has {MAX_ITEMS} items at most")
        self._check_size(new)
        item = Item(
            item_id=new.item_id or self._new_id(),
            title=new.title,
            description=new.description,
            presenter_id=new.presenter_id,
            duration=new.duration,
        )
        self.items.append(item)
        self._number()
        return item

    def update(self, item_id: str, patch: ItemPatch) -> Item:
        """Raises NOT_FOUND, BAD_FIELD, BAD_STATE."""
        item = self.item(item_id)
        if patch.status is not None:
            if patch.status not in (ItemStatus.PENDING, ItemStatus.SKIPPED):
                raise bad_field("patch.status", "status can be set to pending or skipped")
            if item.status is ItemStatus.ACTIVE:
                raise RoomApiError(Code.BAD_STATE, "complete the active item first", status=item.status)
        self._check_size(patch)
        if patch.duration is not None and patch.duration > item.duration:
            item.overtime_told = False
        for field in patch.__struct_fields__:
            value = getattr(patch, field)
            if value is not None:
                setattr(item, field, value)
        return item

    def remove(self, item_id: str) -> None:
        """Raises NOT_FOUND."""
        self.items.remove(self.item(item_id))
        self._number()

    def reorder(self, order: list[str]) -> None:
        """Raises BAD_FIELD unless it names every item once."""
        by_id = {item.item_id: item for item in self.items}
        if len(order) != len(by_id) or set(order) != set(by_id):
            raise bad_field("order", "order must name every item once")
        self.items = [by_id[item_id] for item_id in order]
        self._number()

    def start(self, item_id: str, now: float, elapsed: float) -> Item:
        """Make this the active item; the one before is done. Raises NOT_FOUND."""
        item = self.item(item_id)
        if item.status is ItemStatus.ACTIVE:
            return item
        if self.current is not None:
            self.complete(now, elapsed)
        item.status, item.started_at, item.ended_at = ItemStatus.ACTIVE, round(now * 1000), None
        item.began, item.overtime_told = elapsed, False
        return item

    def start_next(self, now: float, elapsed: float) -> Item | None:
        """Complete the active item and start the next pending one, if there is any."""
        current = self.current
        after = -1 if current is None else current.order
        if current is not None:
            self.complete(now, elapsed)
        pending = [item for item in self.items if item.status is ItemStatus.PENDING]
        following = next((item for item in pending if item.order > after), None) or next(iter(pending), None)
        return None if following is None else self.start(following.item_id, now, elapsed)

    def complete(self, now: float, elapsed: float, item_id: str | None = None) -> Item:
        """The active item, or another, is done. Raises NOT_FOUND."""
        item = self.current if item_id is None else self.item(item_id)
        if item is None:
            raise RoomApiError(Code.NOT_FOUND, "no item is active")
        if item.status is ItemStatus.ACTIVE:
            item.actual_duration = round(elapsed - item.began, 3)
        if item.status is not ItemStatus.DONE:
            item.status, item.ended_at = ItemStatus.DONE, round(now * 1000)
        return item

    def due(self) -> float | None:
        """At which counted second the active item is over its time."""
        item = self.current
        return None if item is None or not item.duration or item.overtime_told else item.began + item.duration

    def ring(self, elapsed: float) -> Item | None:
        """The active item, once, when it is over its time."""
        due = self.due()
        item = self.current
        if item is None or due is None or elapsed < due:
            return None
        item.overtime_told = True
        return item

    def _check_size(self, change: NewItem | ItemPatch) -> None:
        if len(msgspec.json.encode(self.items)) + len(msgspec.json.encode(change)) > MAX_BYTES:
            raise RoomApiError(Code.LIMIT_REACHED, f"an agenda has {MAX_BYTES} bytes at most")

    def _new_id(self) -> str:
        taken = {item.item_id for item in self.items}
        while True:
            self.made += 1
            if (item_id := f"a-{self.made}") not in taken:
                return item_id

    def _number(self) -> None:
        for order, item in enumerate(self.items):
            item.order = order


def shown(agenda: Agenda) -> list[dict[str, object]]:
    """The items as clients see them."""
    hidden = {"began", "overtime_told"}
    return [
        {key: value for key, value in msgspec.structs.asdict(item).items() if key not in hidden}
        for item in agenda.items
    ]
