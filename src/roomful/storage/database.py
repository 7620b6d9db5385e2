"""Opening the database: its engine, its settings and its migrations."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

FILE_NAME = "roomful.db"

_MIGRATIONS = Path(__file__).with_name("migrations")


class StorageError(Exception):
    """The database cannot be used. The message names the file and the reason."""


class Database:
    """One open database. aiosqlite does its work on a thread, so that nothing here blocks the event loop."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @classmethod
    async def open(cls, directory: Path | None) -> "Database":
        """Open the database of a data directory, making either where missing; `None` is a database in memory.

        Raises:
            StorageError: no permission, no disk, a file that is no database or that a newer version wrote.
        """
        if directory is None:
            engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
        else:
            _make_private(directory)
            engine = create_async_engine(URL.create("sqlite+aiosqlite", database=str(directory / FILE_NAME)))
            event.listen(engine.sync_engine, "connect", _set_pragmas)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(migrate)
        except Exception as error:
            await engine.dispose()
            where = directory / FILE_NAME if directory else "the database in memory"
            reason = getattr(error, "orig", None) or error
            raise StorageError(f"cannot use {where}: {reason}") from error
        return cls(engine)

    async def close(self) -> None:
        await self.engine.dispose()


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest version."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


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
