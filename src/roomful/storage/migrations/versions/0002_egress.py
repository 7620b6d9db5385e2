"""Egresses, running and ended."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "egresses",
        sa.Column("egress_id", sa.Text, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("info", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("egress_id", name="pk_egresses"),
    )


def downgrade() -> None:
    op.drop_table("egresses")
