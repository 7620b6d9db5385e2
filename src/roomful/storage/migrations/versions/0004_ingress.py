"""Ingresses made by the API."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ingresses",
        sa.Column("ingress_id", sa.Text, nullable=False),
        sa.Column("info", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("ingress_id", name="pk_ingresses"),
    )


def downgrade() -> None:
    op.drop_table("ingresses")
