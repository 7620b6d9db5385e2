"""What survives a restart: rooms made by the API. SQLAlchemy Core on SQLite, migrated by alembic."""

from roomful.storage.database import Database
from roomful.storage.keeper import RoomKeeper
from roomful.storage.rooms import RoomTable, StoredRoom

__all__ = ["Database", "RoomKeeper", "RoomTable", "StoredRoom"]
