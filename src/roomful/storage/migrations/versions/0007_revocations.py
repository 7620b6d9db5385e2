"""Tokens that are revoked."""

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    op.drop_table("token_revocations")
