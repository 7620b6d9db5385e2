"""Webhooks that are not delivered yet."""

import sqlalchemy as sa
from alembic import op

from roomful.storage.columns import LongInteger

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_outbox",
        sa.Column("number", LongInteger, nullable=False, autoincrement=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("api_key", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_webhook_outbox"),
    )


def downgrade() -> None:
    op.drop_table("webhook_outbox")
