"""Opening the database: its engine, its settings and its migrations."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import URL, Connection, Insert, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from roomful.storage.addresses import BadAddress, address_of, shown
from roomful.storage.postgresql import postgresql_engine

FILE_NAME = "roomful.db"

_MIGRATIONS = Path(__file__).with_name("migrations")


class StorageError(Exception):
    """The database cannot be used. The message names it and the reason."""


class Database:
    """One open database. Nothing here blocks the event loop: aiosqlite does its work on a thread."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.is_postgresql = engine.dialect.name == "postgresql"

    @classmethod
    async def open(cls, directory: Path | None, url: str = "") -> "Database":
        """Open the database at `url`, PostgreSQL's, or without one that of a data directory.

        A directory and its database are made where missing; `None` is a database in memory.

        Raises:
            StorageError: no permission, no disk, nobody there, no database in that file, or one of a newer version.
        """
        try:
            where, engine = _engine(directory, url)
        except BadAddress as error:
            raise StorageError(f"storage.url: {error}") from error
        try:
            async with engine.begin() as connection:
                await connection.run_sync(migrate)
        except Exception as error:
            await engine.dispose()
            reason = getattr(error, "orig", None) or error
            raise StorageError(f"cannot use {where}: {reason}") from error
        return cls(engine)

    async def close(self) -> None:
        await self.engine.dispose()

    def insert_new(self, table: Table) -> Insert:
        """Insert rows; one that is there already stays as it is."""
        return self._insert(table).on_conflict_do_nothing()

    def upsert(self, table: Table, *columns: str) -> Insert:
        """Insert rows, or replace `columns` of those that are there; without any named, all of them."""
        insert = self._insert(table)
        replaced = {name: insert.excluded[name] for name in columns or table.columns.keys()}
        keys = [column.name for column in table.primary_key]
        return insert.on_conflict_do_update(index_elements=keys, set_=replaced)

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        return postgresql.insert(table) if self.is_postgresql else sqlite.insert(table)


def is_about_rows(error: Exception) -> bool:
    """Say whether the database refused what it was given, and would again; else it is the database that has trouble."""
    if isinstance(error, DBAPIError):
        # Classes 22 and 23 of the SQL standard: bad data, broken rules.
        state = getattr(error.orig, "sqlstate", None) or ""
        return isinstance(error, DataError | IntegrityError) or state[:2] in ("22", "23")
    return not isinstance(error, SQLAlchemyError | OSError)


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest version."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _engine(directory: Path | None, url: str) -> tuple[str, AsyncEngine]:
    """With what it is called in messages."""
    if url:
        address = address_of(url)
        return shown(address), postgresql_engine(address)
    if directory is None:
        return "the database in memory", create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    _make_private(directory)
    file = directory / FILE_NAME
    engine = create_async_engine(URL.create("sqlite+aiosqlite", database=str(file)))
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return str(file), engine


def _make_private(directory: Path) -> None:
    """Room metadata may be personal: the directory is the server's alone."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(f"cannot make the data directory {directory}: {error.strerror}") from None


def _set_pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    # Readers beside the writer, one fsync per checkpoint instead of per commit; a crash of the process loses nothing.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
