"""The tables of sums of reports: per minute, and per day and room. What is counted again replaces its rows."""

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, Table

from roomful.storage.columns import PlainText
from roomful.storage.tables import metadata


def _sums() -> list[Column[Any]]:
    """Of the rows of heartbeats that were summed up."""
    return [
        Column("rows", Integer, nullable=False),
        Column("video_rows", Integer, nullable=False),  # with a bit rate of video
        Column("loss_rows", Integer, nullable=False),  # with a loss
        Column("packet_loss", Float, nullable=True),  # average
        Column("v_freeze_count", BigInteger, nullable=False),
        Column("v_freeze_ms", BigInteger, nullable=False),
    ]


report_minutes = Table(
    "report_minutes",
    metadata,
    Column("room_id", PlainText, primary_key=True),
    Column("ts", BigInteger, primary_key=True),  # when the minute began, Unix milliseconds
    Column("publisher_id", PlainText, primary_key=True),
    Column("user_id", PlainText, primary_key=True),  # who receives; empty: what the publisher itself sent
    *_sums(),
    Column("net_bitrate", Float, nullable=True),  # averages
    Column("v_fps", Float, nullable=True),
    Column("rtt_ms", Float, nullable=True),
    Column("v_width", Integer, nullable=True),  # the largest
    Column("v_height", Integer, nullable=True),
    Index("ix_report_minutes_ts", "ts"),
)

report_room_minutes = Table(
    "report_room_minutes",
    metadata,
    Column("ts", BigInteger, primary_key=True),
    Column("room_id", PlainText, primary_key=True),
    *_sums(),  # of all that was received in the room
)

report_room_days = Table(
    "report_room_days",
    metadata,
    Column("date", PlainText, primary_key=True),  # of the calendar in UTC, as 2026-01-31
    Column("room_id", PlainText, primary_key=True),
    Column("room_type", PlainText, nullable=False),
    Column("began", Integer, nullable=False),  # visits that began on this day
    Column("present", Integer, nullable=False),  # visits of which some was on this day
    Column("peak_concurrent", Integer, nullable=False),
    Column("streaming_duration", Float, nullable=False),  # seconds, of the visits that began
    Column("first_at", BigInteger, nullable=False),  # Unix milliseconds
    Column("last_at", BigInteger, nullable=False),
    Column("users", LargeBinary, nullable=False),  # eight bytes for each, of a hash of the user id
    Column("joins", Integer, nullable=False),
    Column("joined", Integer, nullable=False),  # joins that succeeded
    *_sums(),
    Column("gift_value", BigInteger, nullable=False, server_default="0"),
)

report_half_hours = Table(
    "report_half_hours",
    metadata,
    Column("ts", BigInteger, primary_key=True, autoincrement=False),  # when it began, Unix milliseconds
    Column("began", Integer, nullable=False),  # visits
    Column("peak_concurrent", Integer, nullable=False),
    Column("streaming_duration", Float, nullable=False),  # seconds, of the visits that began
    Column("gift_value", BigInteger, nullable=False),
    Column("users", LargeBinary, nullable=False),  # eight bytes for each, of a hash of the user id
    Column("rooms", LargeBinary, nullable=False),  # the same of rooms
)
