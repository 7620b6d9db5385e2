"""Gifts in the numbers of days, and half hours of the whole site, of which days of any time zone are made."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DAYS = ("report_daily", "report_room_days")


def upgrade() -> None:
    for table in DAYS:
        op.add_column(table, sa.Column("gift_value", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "report_half_hours",
        sa.Column("ts", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("began", sa.Integer, nullable=False),
        sa.Column("peak_concurrent", sa.Integer, nullable=False),
        sa.Column("streaming_duration", sa.Float, nullable=False),
        sa.Column("gift_value", sa.BigInteger, nullable=False),
        sa.Column("users", sa.LargeBinary, nullable=False),
        sa.Column("rooms", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("report_half_hours")
    for table in DAYS:
        op.drop_column(table, "gift_value")
