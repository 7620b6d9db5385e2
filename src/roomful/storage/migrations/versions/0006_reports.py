"""Reports: heartbeats, what each receiver gets of each publisher, leave records, events, and days."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from roomful.storage.columns import LongInteger

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_heartbeats",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        *_texts("room_id", "user_id", "session_id", "stream_path"),
        sa.Column("ts", sa.BigInteger, nullable=False),
        *_texts("sdk_version", "source"),
        *_media(),
        *_texts("terminal", "device_name", "os_version", "network_type"),
        sa.PrimaryKeyConstraint("id", name="pk_report_heartbeats"),
    )
    op.create_index("ix_report_heartbeats_room", "report_heartbeats", ["room_id", "ts"])
    op.create_index("ix_report_heartbeats_user", "report_heartbeats", ["user_id", "ts"])
    op.create_index("ix_report_heartbeats_ts", "report_heartbeats", ["ts"])
    downstream = "report_heartbeat_downstream"
    op.create_table(
        downstream,
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("heartbeat_id", sa.BigInteger, nullable=False),
        *_texts("room_id", "user_id", "publisher_id", "stream_path"),
        sa.Column("ts", sa.BigInteger, nullable=False),
        *_media(),
        sa.PrimaryKeyConstraint("id", name="pk_report_heartbeat_downstream"),
    )
    op.create_index("ix_report_heartbeat_downstream_heartbeat", downstream, ["heartbeat_id"])
    op.create_index("ix_report_heartbeat_downstream_publisher", downstream, ["room_id", "publisher_id", "ts"])
    op.create_index("ix_report_heartbeat_downstream_ts", downstream, ["ts"])
    op.create_table(
        "report_leave_rooms",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        *_texts("room_id", "room_type", "user_id", "user_name", "role", "session_id"),
        sa.Column("joined_at", sa.BigInteger, nullable=False),
        sa.Column("left_at", sa.BigInteger, nullable=False),
        sa.Column("duration", sa.Float, nullable=False),
        *_texts("leave_reason", "terminal", "device_name", "os_version", "network_type", "sdk_version"),
        *_texts("join_source", "join_url", "referrer", "ip", "app_version"),
        sa.Column("reconnects", sa.Integer, nullable=False),
        sa.Column("publish_duration", sa.Float, nullable=False),
        sa.Column("subscribe_duration", sa.Float, nullable=False),
        *_texts("source", "extra"),
        sa.PrimaryKeyConstraint("id", name="pk_report_leave_rooms"),
    )
    op.create_index("ix_report_leave_rooms_room", "report_leave_rooms", ["room_id", "left_at"])
    op.create_index("ix_report_leave_rooms_user", "report_leave_rooms", ["user_id", "left_at"])
    op.create_index("ix_report_leave_rooms_left_at", "report_leave_rooms", ["left_at"])
    op.create_table(
        "report_kv",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        *_texts("room_id", "user_id", "session_id", "event"),
        sa.Column("success", sa.Boolean, nullable=False),
        sa.Column("latency_ms", sa.Float, nullable=True),
        sa.Column("code", sa.Integer, nullable=False),
        *_texts("message", "value"),
        sa.Column("ts", sa.BigInteger, nullable=False),
        *_texts("sdk_version", "source"),
        sa.PrimaryKeyConstraint("id", name="pk_report_kv"),
    )
    op.create_index("ix_report_kv_room", "report_kv", ["room_id", "ts"])
    op.create_index("ix_report_kv_user", "report_kv", ["user_id", "ts"])
    op.create_index("ix_report_kv_ts", "report_kv", ["ts"])
    op.create_table(
        "report_daily",
        sa.Column("date", sa.Text, nullable=False),
        sa.Column("sessions", sa.Integer, nullable=False),
        sa.Column("users", sa.Integer, nullable=False),
        sa.Column("peak_concurrent", sa.Integer, nullable=False),
        sa.Column("streaming_duration", sa.Float, nullable=False),
        sa.Column("rooms", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("date", name="pk_report_daily"),
    )


def downgrade() -> None:
    for table in (
        "report_daily",
        "report_kv",
        "report_leave_rooms",
        "report_heartbeat_downstream",
        "report_heartbeats",
    ):
        op.drop_table(table)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _media() -> list[sa.Column[Any]]:
    kinds: dict[str, Any] = {
        "v_bitrate": LongInteger,
        "v_fps": sa.Float,
        "v_width": sa.Integer,
        "v_height": sa.Integer,
        "v_codec": sa.Text,
        "v_frames_processed": sa.Integer,
        "v_frames_dropped": sa.Integer,
        "v_freeze_count": sa.Integer,
        "v_freeze_ms": sa.Integer,
        "a_bitrate": LongInteger,
        "a_sample_rate": sa.Integer,
        "a_channels": sa.Integer,
        "a_codec": sa.Text,
        "a_volume": sa.Float,
        "rtt_ms": sa.Float,
        "net_bitrate": LongInteger,
        "packet_loss": sa.Float,
        "jitter_ms": sa.Float,
    }
    return [sa.Column(name, kind, nullable=True) for name, kind in kinds.items()]
