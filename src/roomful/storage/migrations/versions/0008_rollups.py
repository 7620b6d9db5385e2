"""Reports summed up: per minute, and per day and room."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_minutes",
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("publisher_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        *_sums(),
        sa.Column("net_bitrate", sa.Float, nullable=True),
        sa.Column("v_fps", sa.Float, nullable=True),
        sa.Column("rtt_ms", sa.Float, nullable=True),
        sa.Column("v_width", sa.Integer, nullable=True),
        sa.Column("v_height", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("room_id", "ts", "publisher_id", "user_id", name="pk_report_minutes"),
    )
    op.create_index("ix_report_minutes_ts", "report_minutes", ["ts"])
    op.create_table(
        "report_room_minutes",
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("room_id", sa.Text, nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint("ts", "room_id", name="pk_report_room_minutes"),
    )
    op.create_table(
        "report_room_days",
        sa.Column("date", sa.Text, nullable=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("room_type", sa.Text, nullable=False),
        sa.Column("began", sa.Integer, nullable=False),
        sa.Column("present", sa.Integer, nullable=False),
        sa.Column("peak_concurrent", sa.Integer, nullable=False),
        sa.Column("streaming_duration", sa.Float, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("users", sa.LargeBinary, nullable=False),
        sa.Column("joins", sa.Integer, nullable=False),
        sa.Column("joined", sa.Integer, nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint("date", "room_id", name="pk_report_room_days"),
    )


def downgrade() -> None:
    for table in ("report_room_days", "report_room_minutes", "report_minutes"):
        op.drop_table(table)


def _sums() -> list[sa.Column[Any]]:
    return [
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("video_rows", sa.Integer, nullable=False),
        sa.Column("loss_rows", sa.Integer, nullable=False),
        sa.Column("packet_loss", sa.Float, nullable=True),
        sa.Column("v_freeze_count", sa.BigInteger, nullable=False),
        sa.Column("v_freeze_ms", sa.BigInteger, nullable=False),
    ]
