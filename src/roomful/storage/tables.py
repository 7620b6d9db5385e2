"""The tables. A change here needs a migration beside it; a test compares the two."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

rooms = Table(
    "rooms",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sid", Text, nullable=False),
    Column("created_at", Float, nullable=False),  # unix seconds
    Column("metadata", Text, nullable=False),
    Column("options", Text, nullable=False),  # RoomOptions as JSON
    Column("rules", Text, nullable=False, server_default=""),  # StoredRules as JSON; empty: none
)

room_bans = Table(
    "room_bans",
    metadata,
    Column("room_id", Text, primary_key=True),  # the room's name: bans outlive rooms
    Column("user_id", Text, primary_key=True),
    Column("until", Float, nullable=True),  # unix seconds; null is for ever
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("created_at", Float, nullable=False),  # unix seconds
)

token_revocations = Table(
    "token_revocations",
    metadata,
    Column("room_id", Text, primary_key=True),  # the room's name
    Column("user_id", Text, primary_key=True),
    Column("before", Float, nullable=False),  # unix seconds from which on tokens are good again
)

plugin_records = Table(
    "plugin_records",
    metadata,
    Column("plugin", Text, primary_key=True),
    Column("collection", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # in the order of the first writing
    Column("document", Text, nullable=False),  # JSON
    Index("ix_plugin_records_position", "plugin", "collection", "position"),
)

egresses = Table(
    "egresses",
    metadata,
    Column("egress_id", Text, primary_key=True),
    Column("started_at", Float, nullable=False),  # unix seconds
    Column("info", LargeBinary, nullable=False),  # EgressInfo as protobuf
)

webhook_outbox = Table(
    "webhook_outbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # deliveries of one queue go out in this order
    Column("queue", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("api_key", Text, nullable=False),
    Column("body", Text, nullable=False),  # what is sent
    Column("created_at", Float, nullable=False),  # unix seconds
    Column("sequence", Integer, nullable=False, server_default="0"),  # of the event; 0 is none
)

webhook_events = Table(
    "webhook_events",
    metadata,
    Column("id", Text, primary_key=True),  # EV_…
    Column("queue", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("sequence", Integer, nullable=False),  # counts the events of the subject
    Column("event", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Float, nullable=False),  # unix seconds
    Index("ix_webhook_events_queue", "queue", "created_at"),
    Index("ix_webhook_events_subject", "subject", "sequence"),
)

ingresses = Table(
    "ingresses",
    metadata,
    Column("ingress_id", Text, primary_key=True),
    Column("info", LargeBinary, nullable=False),  # IngressInfo as protobuf
)
