"""What survives a restart: rooms made by the API, bans, egresses, ingresses, webhooks not yet
delivered, documents of extensions.

SQLAlchemy Core on SQLite or PostgreSQL, migrated by alembic.
"""

from roomful.storage.bans import BanKeeper, BanTable, RevocationKeeper, RevocationTable
from roomful.storage.database import Database, StorageError
from roomful.storage.egresses import EgressKeeper, EgressTable, StoredEgress
from roomful.storage.ingresses import IngressKeeper, IngressTable
from roomful.storage.keeper import RoomKeeper
from roomful.storage.kept_rooms import KeptRooms, Waiting
from roomful.storage.outbox import Outbox, OutboxTable, StoredDelivery
from roomful.storage.records import Query, RecordKeeper, RecordTable, StoredRecord
from roomful.storage.reports import ReportTable
from roomful.storage.rooms import RoomTable, StoredRoom
from roomful.storage.webhook_history import StoredEvent, WebhookHistoryKeeper, WebhookHistoryTable

__all__ = [
    "BanKeeper",
    "BanTable",
    "Database",
    "EgressKeeper",
    "EgressTable",
    "IngressKeeper",
    "IngressTable",
    "KeptRooms",
    "Outbox",
    "OutboxTable",
    "Query",
    "RecordKeeper",
    "RecordTable",
    "ReportTable",
    "RevocationKeeper",
    "RevocationTable",
    "RoomKeeper",
    "RoomTable",
    "StorageError",
    "StoredDelivery",
    "StoredEgress",
    "StoredEvent",
    "StoredRecord",
    "StoredRoom",
    "Waiting",
    "WebhookHistoryKeeper",
    "WebhookHistoryTable",
]
