"""The agenda: one item at a time, in order. specs/monibuca-rooms.md §7.3."""

import pytest

from roomful.plugins.meeting.agenda import MAX_ITEMS, Agenda, Item, ItemPatch, ItemStatus, NewItem
from roomful.rooms.extension import Code, RoomApiError


def agenda(*titles: str, duration: float = 0) -> Agenda:
    made = Agenda()
    for title in titles:
        made.add(NewItem(title=title, item_id=title, duration=duration))
    return made


def states(made: Agenda) -> str:
    return " ".join(f"{item.item_id}:{item.status}" for item in made.items)


def test_next_completes_the_active_item_and_starts_the_next_pending_one() -> None:
    made = agenda("a", "b", "c")
    made.update("b", ItemPatch(status=ItemStatus.SKIPPED))
    assert made.start_next(1000.0, 0).item_id == "a"  # pyright: ignore[reportOptionalMemberAccess]
    assert made.start_next(1060.0, 60).item_id == "c"  # pyright: ignore[reportOptionalMemberAccess]
    assert states(made) == "a:done b:skipped c:active"
    assert made.item("a").actual_duration == 60
    assert made.start_next(1100.0, 90) is None
    assert states(made) == "a:done b:skipped c:done"


def test_starting_an_item_completes_the_one_before() -> None:
    made = agenda("a", "b")
    made.start("b", 0, 0)
    made.start("a", 10, 10)
    assert states(made) == "a:active b:done"


def test_an_item_over_its_time_is_told_once() -> None:
    made = agenda("a", duration=30)
    made.start("a", 0, 100)
    assert made.due() == 130
    assert made.ring(129) is None
    assert isinstance(made.ring(131), Item)
    assert made.ring(140) is None
    made.update("a", ItemPatch(duration=60))
    assert made.due() == 160


def test_an_item_with_an_id_that_is_there_is_the_same_item() -> None:
    made = agenda("a")
    assert made.add(NewItem(title="again", item_id="a")).title == "a"
    assert len(made.items) == 1


def test_reordering_names_every_item_once() -> None:
    made = agenda("a", "b", "c")
    made.reorder(["c", "a", "b"])
    assert [(item.item_id, item.order) for item in made.items] == [("c", 0), ("a", 1), ("b", 2)]
    for order in (["c", "a"], ["c", "a", "a"], ["a", "b", "c", "d"], []):
        with pytest.raises(RoomApiError) as refusal:
            made.reorder(order)
        assert refusal.value.code is Code.BAD_FIELD


def test_an_agenda_has_limits() -> None:
    made = Agenda()
    for _ in range(MAX_ITEMS):
        made.add(NewItem(title="x"))
    with pytest.raises(RoomApiError) as refusal:
        made.add(NewItem(title="one more"))
    assert refusal.value.code is Code.LIMIT_REACHED
    large = agenda(*(f"{number}" for number in range(60)))
    for number in range(40):
        large.update(f"{number}", ItemPatch(description="x" * 2000))
    with pytest.raises(RoomApiError) as refusal:
        large.update("50", ItemPatch(description="x" * 20_000))
    assert refusal.value.code is Code.LIMIT_REACHED


def test_an_active_item_is_completed_not_set_back() -> None:
    made = agenda("a")
    made.start("a", 0, 0)
    with pytest.raises(RoomApiError) as refusal:
        made.update("a", ItemPatch(status=ItemStatus.PENDING))
    assert refusal.value.code is Code.BAD_STATE
    with pytest.raises(RoomApiError) as refusal:
        made.update("a", ItemPatch(status=ItemStatus.DONE))
    assert refusal.value.code is Code.BAD_FIELD
