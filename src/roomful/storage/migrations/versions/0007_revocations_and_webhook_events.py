"""Tokens that are revoked, and webhook events that can be sent again."""

import sqlalchemy as sa
from alembic import op

from roomful.storage.columns import LongInteger

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "token_revocations",
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("before", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "user_id", name="pk_token_revocations"),
    )
    op.add_column("webhook_outbox", sa.Column("sequence", LongInteger, nullable=False, server_default="0"))
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("sequence", LongInteger, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
    )
    op.create_index("ix_webhook_events_queue", "webhook_events", ["queue", "created_at"])
    op.create_index("ix_webhook_events_subject", "webhook_events", ["subject", "sequence"])


def downgrade() -> None:
    op.drop_table("webhook_events")
    op.drop_column("webhook_outbox", "sequence")
    op.drop_table("token_revocations")
