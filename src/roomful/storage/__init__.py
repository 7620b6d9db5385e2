"""What survives a restart: rooms made by the API, egresses, ingresses, webhooks not yet delivered.

SQLAlchemy Core on SQLite, migrated by alembic.
"""

from roomful.storage.database import Database, StorageError
from roomful.storage.egresses import EgressKeeper, EgressTable, StoredEgress
from roomful.storage.ingresses import IngressKeeper, IngressTable
from roomful.storage.keeper import RoomKeeper
from roomful.storage.kept_rooms import KeptRooms
from roomful.storage.outbox import Outbox, OutboxTable, StoredDelivery
from roomful.storage.rooms import RoomTable, StoredRoom

__all__ = [
    "Database",
    "EgressKeeper",
    "EgressTable",
    "IngressKeeper",
    "IngressTable",
    "KeptRooms",
    "Outbox",
    "OutboxTable",
    "RoomKeeper",
    "RoomTable",
    "StorageError",
    "StoredDelivery",
    "StoredEgress",
    "StoredRoom",
]
