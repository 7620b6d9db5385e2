"""What hosts decided, bans, and the documents of extensions."""

import sqlalchemy as sa
from alembic import op

from roomful.storage.columns import LongInteger

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("rules", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "room_bans",
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("until", sa.Float, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "user_id", name="pk_room_bans"),
    )
    op.create_table(
        "plugin_records",
        sa.Column("plugin", sa.Text, nullable=False),
        sa.Column("collection", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("position", LongInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "collection", "key", name="pk_plugin_records"),
    )
    op.create_index("ix_plugin_records_position", "plugin_records", ["plugin", "collection", "position"])


def downgrade() -> None:
    op.drop_table("plugin_records")
    op.drop_table("room_bans")
    op.drop_column("rooms", "rules")
