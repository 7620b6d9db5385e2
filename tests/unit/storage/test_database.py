"""Opening, and the ways a database cannot be used."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from roomful.storage import Database, StorageError


async def test_the_data_directory_is_made_and_private(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b %20"
    await (await Database.open(directory)).close()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert (directory / "roomful.db").is_file()


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "roomful.db").write_text("not a database" * 1000)
    with pytest.raises(StorageError, match=r"cannot use .*roomful\.db: file is not a database"):
        await Database.open(tmp_path)


async def test_a_database_of_a_newer_version_is_told_and_left_alone(tmp_path: Path) -> None:
    database = await Database.open(tmp_path)
    async with database.engine.begin() as connection:
        await connection.execute(text("update alembic_version set version_num = '9999'"))
    await database.close()
    with pytest.raises(StorageError, match="9999"):
        await Database.open(tmp_path)


async def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot make the data directory"):
        await Database.open(tmp_path / "file" / "below")
