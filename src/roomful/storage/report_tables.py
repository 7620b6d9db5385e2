"""The tables of reports. specs/monibuca-rooms.md §9."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, Table

from roomful.storage.columns import LongInteger, PlainText
from roomful.storage.tables import metadata


def _media_columns() -> list[Column[Any]]:
    """What is measured of media in one direction; null: not measured. specs/monibuca-rooms.md §9.2."""
    return [
        Column("v_bitrate", LongInteger, nullable=True),  # bit/s
        Column("v_fps", Float, nullable=True),
        Column("v_width", Integer, nullable=True),
        Column("v_height", Integer, nullable=True),
        Column("v_codec", PlainText, nullable=True),
        Column("v_frames_processed", Integer, nullable=True),  # counters are of the interval
        Column("v_frames_dropped", Integer, nullable=True),
        Column("v_freeze_count", Integer, nullable=True),
        Column("v_freeze_ms", Integer, nullable=True),
        Column("a_bitrate", LongInteger, nullable=True),
        Column("a_sample_rate", Integer, nullable=True),
        Column("a_channels", Integer, nullable=True),
        Column("a_codec", PlainText, nullable=True),
        Column("a_volume", Float, nullable=True),  # 0 ... 1
        Column("rtt_ms", Float, nullable=True),
        Column("net_bitrate", LongInteger, nullable=True),
        Column("packet_loss", Float, nullable=True),  # 0 ... 1
        Column("jitter_ms", Float, nullable=True),
    ]


report_heartbeats = Table(
    "report_heartbeats",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("room_id", PlainText, nullable=False),
    Column("user_id", PlainText, nullable=False),
    Column("session_id", PlainText, nullable=False),
    Column("stream_path", PlainText, nullable=False),
    Column("ts", BigInteger, nullable=False),  # all times of reports are Unix milliseconds
    Column("sdk_version", PlainText, nullable=False),
    Column("source", PlainText, nullable=False),  # client or server
    *_media_columns(),
    Column("terminal", PlainText, nullable=False),
    Column("device_name", PlainText, nullable=False),
    Column("os_version", PlainText, nullable=False),
    Column("network_type", PlainText, nullable=False),
    Index("ix_report_heartbeats_room", "room_id", "ts"),
    Index("ix_report_heartbeats_user", "user_id", "ts"),
    Index("ix_report_heartbeats_ts", "ts"),
)

report_heartbeat_downstream = Table(
    "report_heartbeat_downstream",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("heartbeat_id", BigInteger, nullable=False),
    Column("room_id", PlainText, nullable=False),
    Column("user_id", PlainText, nullable=False),  # who receives
    Column("publisher_id", PlainText, nullable=False),
    Column("stream_path", PlainText, nullable=False),
    Column("ts", BigInteger, nullable=False),
    *_media_columns(),
    Index("ix_report_heartbeat_downstream_heartbeat", "heartbeat_id"),
    Index("ix_report_heartbeat_downstream_publisher", "room_id", "publisher_id", "ts"),
    Index("ix_report_heartbeat_downstream_ts", "ts"),
)

report_leave_rooms = Table(
    "report_leave_rooms",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("room_id", PlainText, nullable=False),
    Column("room_type", PlainText, nullable=False),
    Column("user_id", PlainText, nullable=False),
    Column("user_name", PlainText, nullable=False),
    Column("role", PlainText, nullable=False),
    Column("session_id", PlainText, nullable=False),
    Column("joined_at", BigInteger, nullable=False),
    Column("left_at", BigInteger, nullable=False),
    Column("duration", Float, nullable=False),  # seconds
    Column("leave_reason", PlainText, nullable=False),
    Column("terminal", PlainText, nullable=False),
    Column("device_name", PlainText, nullable=False),
    Column("os_version", PlainText, nullable=False),
    Column("network_type", PlainText, nullable=False),
    Column("sdk_version", PlainText, nullable=False),
    Column("join_source", PlainText, nullable=False),
    Column("join_url", PlainText, nullable=False),
    Column("referrer", PlainText, nullable=False),
    Column("ip", PlainText, nullable=False),
    Column("app_version", PlainText, nullable=False),
    Column("reconnects", Integer, nullable=False),
    Column("publish_duration", Float, nullable=False),  # seconds
    Column("subscribe_duration", Float, nullable=False),  # seconds
    Column("source", PlainText, nullable=False),
    Column("extra", PlainText, nullable=False),  # JSON
    Index("ix_report_leave_rooms_room", "room_id", "left_at"),
    Index("ix_report_leave_rooms_user", "user_id", "left_at"),
    Index("ix_report_leave_rooms_left_at", "left_at"),
)

report_kv = Table(
    "report_kv",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("room_id", PlainText, nullable=False),
    Column("user_id", PlainText, nullable=False),
    Column("session_id", PlainText, nullable=False),
    Column("event", PlainText, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("latency_ms", Float, nullable=True),
    Column("code", Integer, nullable=False),
    Column("message", PlainText, nullable=False),
    Column("value", PlainText, nullable=False),  # JSON
    Column("ts", BigInteger, nullable=False),
    Column("sdk_version", PlainText, nullable=False),
    Column("source", PlainText, nullable=False),
    Index("ix_report_kv_room", "room_id", "ts"),
    Index("ix_report_kv_user", "user_id", "ts"),
    Index("ix_report_kv_ts", "ts"),
)

report_daily = Table(
    "report_daily",
    metadata,
    Column("date", PlainText, primary_key=True),  # of the calendar in UTC, as 2026-01-31
    Column("sessions", Integer, nullable=False),
    Column("users", Integer, nullable=False),
    Column("peak_concurrent", Integer, nullable=False),
    Column("streaming_duration", Float, nullable=False),  # seconds
    Column("rooms", Integer, nullable=False),
    Column("gift_value", BigInteger, nullable=False, server_default="0"),
)
