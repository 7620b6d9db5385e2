"""What plugins remember."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from roomful.extensions.records import PluginRecords, RecordStore
from roomful.rooms.extension import Code, RoomApiError
from roomful.storage import Database, RecordKeeper, RecordTable


@contextlib.asynccontextmanager
async def opened(storage: tuple[Path, str]) -> AsyncIterator[RecordStore]:
    database = await Database.open(*storage)
    table = RecordTable(database)
    keeper = RecordKeeper(table)
    keeper.start()
    try:
        yield RecordStore(table, keeper, await table.last_position())
    finally:
        await keeper.close(5)
        await database.close()


@pytest.fixture
async def store(storage: tuple[Path, str]) -> AsyncIterator[RecordStore]:
    async with opened(storage) as made:
        yield made


async def test_what_is_written_is_read_at_once_and_after_a_restart(storage: tuple[Path, str]) -> None:
    async with opened(storage) as store:
        records = PluginRecords(store, "live")
        await records.put("gifts", "b", {"value": 2})
        await records.put("gifts", "a", {"value": 1})
        assert await records.get("gifts", "a") == {"value": 1}
        assert await records.find("gifts") == [{"value": 2}, {"value": 1}]
    async with opened(storage) as store:
        records = PluginRecords(store, "live")
        await records.put("gifts", "c", {"value": 3})
        await records.put("gifts", "b", {"value": 20})
        assert await records.find("gifts") == [{"value": 20}, {"value": 1}, {"value": 3}]


async def test_documents_of_one_plugin_are_nobody_elses(store: RecordStore) -> None:
    await PluginRecords(store, "live").put("gifts", "a", {"value": 1})
    other = PluginRecords(store, "meeting")
    assert await other.get("gifts", "a") is None
    assert await other.count("gifts") == 0
    assert await other.find("gifts") == []


async def test_documents_are_found_by_fields_bounds_order_and_page(store: RecordStore) -> None:
    records = PluginRecords(store, "live")
    for number in range(10):
        document = {"room": "odd" if number % 2 else "even", "at": number / 2, "done": number > 7, "who": None}
        await records.put("shows", str(number), document)
    assert await records.count("shows", where={"room": "odd"}) == 5
    assert await records.count("shows", where={"done": True}) == 2
    assert await records.count("shows", where={"who": None, "room": "even"}) == 5
    found = await records.find("shows", between=("at", 1, 2.5), order_by="at", descending=True)
    assert [document["at"] for document in found] == [2.5, 2.0, 1.5, 1.0]
    page = await records.find("shows", where={"room": "even"}, order_by="at", limit=2, offset=2)
    assert [document["at"] for document in page] == [2.0, 3.0]
    assert await records.find("shows", where={'at")) or 1=1 --': 1}) == []


async def test_fields_of_any_kind_have_one_order_and_only_numbers_have_bounds(store: RecordStore) -> None:
    records = PluginRecords(store, "live")
    values = ["b", 10, None, "Ä", True, 2.5, "B", False, "a", -1]
    for number, value in enumerate(values):
        await records.put("shows", str(number), {"is": value})
    ordered = [document["is"] for document in await records.find("shows", order_by="is")]
    assert ordered == [None, -1, False, True, 2.5, 10, "B", "a", "b", "Ä"]
    descending = await records.find("shows", order_by="is", descending=True)
    assert [document["is"] for document in descending] == ordered[::-1]
    assert await records.count("shows", between=("is", 0, None)) == 2
    assert await records.count("shows", between=("is", None, 5)) == 2


async def test_a_text_with_nul_in_it_keeps_nothing_from_being_found(store: RecordStore) -> None:
    records = PluginRecords(store, "live")
    await records.put("shows", "a", {"title": "a\0b", "path": "C:\\u0000", "at": 1})
    assert await records.find("shows", where={"at": 1}) == [{"title": "a\ufffdb", "path": "C:\\u0000", "at": 1}]
    assert await records.count("shows", where={"title": "a\0b"}) <= 1


async def test_a_deleted_document_is_gone(store: RecordStore) -> None:
    records = PluginRecords(store, "live")
    await records.put("gifts", "a", {})
    assert await records.delete("gifts", "a")
    assert not await records.delete("gifts", "a")
    assert await records.get("gifts", "a") is None
    assert await records.count("gifts") == 0


@pytest.mark.parametrize(
    ("key", "document"), [("", {}), ("x" * 300, {}), ("a", {"no": object()}), ("a", {"long": "x" * 300_000})]
)
async def test_what_cannot_be_kept_is_refused(store: RecordStore, key: str, document: dict[str, object]) -> None:
    with pytest.raises(RoomApiError) as refusal:
        await PluginRecords(store, "live").put("gifts", key, document)
    assert refusal.value.code is Code.BAD_FIELD


async def test_while_the_database_is_gone_single_documents_are_still_there(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> None:
        raise OperationalError("", None, Exception("gone"))

    monkeypatch.setattr(store.table, "write", gone)
    monkeypatch.setattr("roomful.extensions.records.WRITTEN_SECONDS", 0.05)
    records = PluginRecords(store, "live")
    await records.put("gifts", "a", {"value": 1})
    with pytest.raises(RoomApiError) as refusal:
        await records.find("gifts")
    assert refusal.value.code is Code.BACKEND_UNAVAILABLE
    assert await records.get("gifts", "a") == {"value": 1}
    monkeypatch.undo()
    assert await store.keeper.settled(10)
    assert await records.find("gifts") == [{"value": 1}]
