"""The tables. A change here needs a migration beside it; a test compares the two."""

from sqlalchemy import Column, Float, Index, LargeBinary, MetaData, Table

from roomful.storage.columns import LongInteger, PlainText

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

rooms = Table(
    "rooms",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("sid", PlainText, nullable=False),
    Column("created_at", Float, nullable=False),  # unix seconds
    Column("metadata", PlainText, nullable=False),
    Column("options", PlainText, nullable=False),  # RoomOptions as JSON
    Column("rules", PlainText, nullable=False, server_default=""),  # StoredRules as JSON; empty: none
)

room_bans = Table(
    "room_bans",
    metadata,
    Column("room_id", PlainText, primary_key=True),  # the room's name: bans outlive rooms
    Column("user_id", PlainText, primary_key=True),
    Column("until", Float, nullable=True),  # unix seconds; null is for ever
    Column("reason", PlainText, nullable=False),
    Column("by", PlainText, nullable=False),
    Column("created_at", Float, nullable=False),  # unix seconds
)

token_revocations = Table(
    "token_revocations",
    metadata,
    Column("room_id", PlainText, primary_key=True),  # the room's name
    Column("user_id", PlainText, primary_key=True),
    Column("before", Float, nullable=False),  # unix seconds from which on tokens are good again
)

plugin_records = Table(
    "plugin_records",
    metadata,
    Column("plugin", PlainText, primary_key=True),
    Column("collection", PlainText, primary_key=True),
    Column("key", PlainText, primary_key=True),
    Column("position", LongInteger, nullable=False),  # in the order of the first writing
    Column("document", PlainText, nullable=False),  # JSON
    Index("ix_plugin_records_position", "plugin", "collection", "position"),
)

egresses = Table(
    "egresses",
    metadata,
    Column("egress_id", PlainText, primary_key=True),
    Column("started_at", Float, nullable=False),  # unix seconds
    Column("info", LargeBinary, nullable=False),  # EgressInfo as protobuf
)

webhook_outbox = Table(
    "webhook_outbox",
    metadata,
    Column(
        "number", LongInteger, primary_key=True, autoincrement=False
    ),  # deliveries of one queue go out in this order
    Column("queue", PlainText, nullable=False),
    Column("event", PlainText, nullable=False),
    Column("url", PlainText, nullable=False),
    Column("api_key", PlainText, nullable=False),
    Column("body", PlainText, nullable=False),  # what is sent
    Column("created_at", Float, nullable=False),  # unix seconds
    Column("sequence", LongInteger, nullable=False, server_default="0"),  # of the event; 0 is none
)

webhook_events = Table(
    "webhook_events",
    metadata,
    Column("id", PlainText, primary_key=True),  # EV_…
    Column("queue", PlainText, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("sequence", LongInteger, nullable=False),  # counts the events of the subject
    Column("event", PlainText, nullable=False),
    Column("body", PlainText, nullable=False),
    Column("created_at", Float, nullable=False),  # unix seconds
    Index("ix_webhook_events_queue", "queue", "created_at"),
    Index("ix_webhook_events_subject", "subject", "sequence"),
)

ingresses = Table(
    "ingresses",
    metadata,
    Column("ingress_id", PlainText, primary_key=True),
    Column("info", LargeBinary, nullable=False),  # IngressInfo as protobuf
)
