"""Everything that is stored, in SQLite and in PostgreSQL; and what somebody is told whose address is wrong."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from roomful.rooms.bans import Ban
from roomful.rooms.options import RoomOptions
from roomful.storage import (
    BanTable,
    Database,
    EgressTable,
    IngressTable,
    OutboxTable,
    RevocationTable,
    RoomTable,
    StorageError,
    StoredDelivery,
    StoredEgress,
    StoredEvent,
    StoredRoom,
    WebhookHistoryTable,
)
from roomful.storage.tables import metadata
from tests.postgres import PASSWORD, RunningPostgres

LARGE = 3_000_000_000
"""More than fits into 32 bits."""


@pytest.fixture
async def database(storage: tuple[Path, str]) -> AsyncIterator[Database]:
    database = await Database.open(*storage)
    yield database
    await database.close()


async def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_opening_again_changes_nothing(storage: tuple[Path, str]) -> None:
    versions: set[object] = set()
    for _ in range(2):
        database = await Database.open(*storage)
        async with database.engine.connect() as connection:
            versions.add((await connection.execute(text("select version_num from alembic_version"))).scalar())
        await database.close()
    assert len(versions) == 1


async def test_rooms_are_kept_replaced_and_removed(database: Database) -> None:
    table = RoomTable(database)
    room = StoredRoom(name="a", sid="RM_1", created_at=1.5, metadata="nul\0", options=RoomOptions(max_participants=7))
    other = StoredRoom(name="b", sid="RM_2", created_at=0.5, metadata="", options=RoomOptions())
    await table.write({"a": other, "b": other})
    await table.write({"a": room, "b": None, "c": None})
    assert [(one.name, one.metadata, one.options) for one in await table.load()][-1:] == [
        ("a", "nul\ufffd", room.options)
    ]


async def test_bans_egresses_and_ingresses_are_kept_replaced_and_removed(database: Database) -> None:
    bans, egresses, ingresses = BanTable(database), EgressTable(database), IngressTable(database)
    ban = Ban(user_id="u", until=None, reason="noise", by="host", created_at=1.0)
    await bans.write({("r", "u"): ban, ("r", "v"): Ban(user_id="v", until=5.0, reason="", by="", created_at=2.0)})
    assert await bans.load(10.0) == [("r", ban)]
    await bans.write({("r", "u"): None})
    assert [entry.user_id for _, entry in await bans.load(4.0)] == ["v"]
    for info in (b"\0first", b"\xffsecond"):
        await egresses.write({"EG_1": StoredEgress(egress_id="EG_1", started_at=1.0, info=info)})
        await ingresses.write({"IN_1": info})
    assert [one.info for one in await egresses.load()] == [b"\xffsecond"]
    assert await ingresses.load() == {"IN_1": b"\xffsecond"}
    await egresses.write({"EG_1": None})
    await ingresses.write({"IN_1": None})
    assert (await egresses.load(), await ingresses.load()) == ([], {})


async def test_webhooks_may_be_written_again_when_nobody_knows_whether_they_were(database: Database) -> None:
    table = OutboxTable(database)
    fields = {"queue": "q", "event": "room_started", "url": "http://a", "api_key": "k", "body": "{}", "created_at": 1.0}
    deliveries = [StoredDelivery(number=number, **fields) for number in (LARGE, 1)]
    for _ in range(2):
        await table.write({delivery.number: delivery for delivery in deliveries})
    assert await table.load() == deliveries[::-1]
    await table.write({1: None})
    assert [delivery.number for delivery in await table.load()] == [LARGE]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "has to look like postgresql://"),
        ("mysql://root@localhost/x", "mysql is not known"),
        ("postgresql://root@localhost", "names no database"),
        ("postgresql://root:hidden@127.0.0.1:1/x", r"cannot use postgresql://root:\*\*\*@127.0.0.1:1/x: "),
    ],
)
async def test_an_address_without_a_database_is_told_without_its_password(url: str, said: str) -> None:
    with pytest.raises(StorageError, match=said) as told:
        await Database.open(None, url)
    assert "hidden" not in str(told.value)


async def test_a_wrong_password_is_told(postgres: RunningPostgres) -> None:
    url = postgres.new_database().replace("signs", "sins")
    with pytest.raises(StorageError, match="password authentication failed") as told:
        await Database.open(None, url)
    assert PASSWORD not in str(told.value)


async def test_revocations_are_kept_and_replaced(database: Database) -> None:
    table = RevocationTable(database)
    now = 1_800_000_000.0
    await table.write({("room\0", "alice"): now, ("room", "bob"): now - 400 * 24 * 3600})
    await table.write({("room\0", "alice"): now + 60})
    assert await table.load(now) == [("room\ufffd", "alice", now + 60)]


async def test_webhook_events_are_kept_once_and_forgotten(database: Database) -> None:
    def stored(subject: str, sequence: int, name: str, at: float) -> StoredEvent:
        number = f"EV_{subject}{sequence}"
        return StoredEvent(
            id=number, queue="meet", subject=subject, sequence=sequence, event=name, body="{}", created_at=at
        )

    table = WebhookHistoryTable(database)
    events = [
        stored("RM_1", 1, "room_started", 100.0),
        stored("RM_1", LARGE, "participant_joined", 101.0),
        stored("RM_2", 1, "room_finished", 101.0),
    ]
    for _ in range(2):  # as after a connection that was lost at the wrong moment
        await table.write({one.id: one for one in events})
    assert await table.load("meet") == events
    assert await table.load("meet", subject="RM_1", after=1) == [events[1]]
    assert await table.load("meet", since=101.0, limit=1) == [events[1]]
    assert await table.sequences() == {"RM_1": LARGE}
    await table.forget(150.0)
    assert await table.load("meet") == [events[1]]
