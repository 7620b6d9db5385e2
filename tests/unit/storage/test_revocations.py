"""Revoked tokens survive a restart."""

from roomful.storage import Database, RevocationKeeper, RevocationTable

NOW = 1_800_000_000.0


async def test_revocations_are_kept_and_replaced_until_no_token_is_so_old() -> None:
    database = await Database.open(None)
    try:
        table = RevocationTable(database)
        keeper = RevocationKeeper(table)
        keeper.start()
        keeper.put(("room", "alice"), NOW)
        keeper.put(("room", "bob"), NOW - 400 * 24 * 3600)
        assert await keeper.settled(5)
        keeper.put(("room", "alice"), NOW + 60)
        await keeper.close(5)
        assert await table.load(NOW) == [("room", "alice", NOW + 60)]
    finally:
        await database.close()
