"""Sums of minutes and days: long stretches of time get the answers that their rows would give."""

import datetime
import zoneinfo
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, event, func, select

from roomful.reporting.questions import loading, site_sums
from roomful.reporting.questions.loading import Span
from roomful.reporting.questions.show_sums import lately
from roomful.reporting.reports import Reports
from roomful.reporting.shows import GIFTS
from roomful.rooms.registry import Rooms
from roomful.storage import Database, ReportTable
from roomful.storage.report_tables import (
    report_daily,
    report_heartbeat_downstream,
    report_heartbeats,
    report_leave_rooms,
)
from roomful.storage.reports import Batch, Measurements, StoredDownstream, StoredHeartbeat, StoredKv, StoredLeave
from roomful.storage.rollup_tables import report_minutes, report_room_days, report_room_minutes

NOW = datetime.datetime(2026, 3, 20, 15, 0, tzinfo=datetime.UTC).timestamp()
DAY = 86_400_000
MONTH = Span(start=round(NOW * 1000) - 30 * DAY, end=round(NOW * 1000) + 1)


class Site:
    """Three weeks of two rooms, in the database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.table = ReportTable(database)
        self.reports = Reports(Rooms(), self.table, 15, lambda: self.now)
        self._ids = iter(range(1, 1_000_000))

    async def fill(self) -> None:
        await self.table.write(self._rows())

    def _rows(self) -> Batch:
        batch = Batch()
        for back in range(21):
            begin = round(NOW * 1000) - back * DAY - 3_600_000
            for room, people in (("tea", ("ann", "bob")), ("coffee", (f"guest-{back}", "bob"))):
                for user in people:
                    batch.leaves.append(self.visit(room, user, begin))
                    fields: dict[str, Any] = {"room_id": room, "user_id": user, "session_id": "s", "source": "server"}
                    batch.kv.append(StoredKv(id=next(self._ids), event="join_room", ts=begin, **fields))
                for beat in range(24):
                    self._beat(batch, room, people, begin + 5000 * beat)
        return batch

    def visit(self, room: str, user: str, begin: int) -> StoredLeave:
        return StoredLeave(
            id=next(self._ids),
            room_id=room,
            room_type="meeting",
            user_id=user,
            session_id="s",
            joined_at=begin,
            left_at=begin + 120_000,
            duration=120.0,
            leave_reason="left",
            source="server",
            publish_duration=60.0,
        )

    def _beat(self, batch: Batch, room: str, people: tuple[str, str], ts: int) -> None:
        fields: dict[str, Any] = {"room_id": room, "ts": ts}
        sent = StoredHeartbeat(id=next(self._ids), user_id=people[0], session_id="s", source="server", **fields)
        got = StoredDownstream(
            id=next(self._ids), heartbeat_id=sent.id, user_id=people[1], publisher_id=people[0], **fields
        )
        for row in (sent, got):
            measure(row)
        got.packet_loss, got.v_freeze_ms, got.v_freeze_count = 0.02 if room == "tea" else None, 100, 1
        batch.heartbeats.append(sent)
        batch.downstream.append(got)

    async def count(self, table: Any) -> int:
        async with self.database.engine.connect() as connection:
            return (await connection.execute(select(func.count()).select_from(table))).scalar() or 0


def measure(row: Measurements) -> None:
    row.v_bitrate, row.net_bitrate, row.v_fps, row.rtt_ms, row.v_width, row.v_height = 900, 1000, 25.0, 40.0, 640, 360


@pytest.fixture
async def site(storage: tuple[Path, str]) -> AsyncIterator[Site]:
    database = await Database.open(*storage)
    made = Site(database)
    await made.fill()
    yield made
    await database.close()


async def test_a_month_of_the_site_is_answered_from_sums_as_from_rows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = await site.reports.site.ask(MONTH)
    assert rows["summary"]["users"] == 23
    assert rows["summary"]["sessions"] == 84
    await site.reports.rollups.roll()
    await site.reports.keeping.count_days()
    await site.reports.keeping.remove_expired()
    assert await site.count(report_leave_rooms) < 84
    sums = await site.reports.site.ask(MONTH)
    assert sums == rows
    monkeypatch.setattr(site_sums, "LONG", 10**15)
    assert (await site.reports.site.ask(MONTH))["summary"]["sessions"] < 84, "rows alone no longer tell it"


async def test_a_month_of_a_room_is_answered_from_sums_as_from_rows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "SUMS", 10**6)
    rows = await site.reports.room.ask("tea", MONTH)
    await site.reports.rollups.roll()
    async with site.database.engine.begin() as connection:
        for table in (report_heartbeats, report_heartbeat_downstream):
            await connection.execute(delete(table))
    sums = await site.reports.room.ask("tea", MONTH)
    assert sums["resolution"] == 60_000
    assert len(sums["pairs"][0]["points"]) == 21 * 2 < len(rows["pairs"][0]["points"])
    for name in ("sender", "receiver", "freeze_count", "freeze_duration_ms", "watched", "freeze_rate", "packet_loss"):
        assert sums["pairs"][0][name] == rows["pairs"][0][name], name
    for point in sums["pairs"][0]["points"]:
        assert (point["send_bitrate"], point["recv_bitrate"], point["fps"], point["width"]) == (1000, 1000, 25.0, 640)
    for name in ("avg_rtt_ms", "avg_packet_loss", "freeze_rate", "avg_up_bitrate", "avg_down_bitrate", "sessions"):
        assert sums["summary"][name] == rows["summary"][name], name


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu"])
async def test_days_are_answered_from_sums_as_from_rows(site: Site, zone: str) -> None:
    """Of zones a quarter of an hour off, from rows as ever."""
    ids = iter(range(2_000_000, 3_000_000))
    midnight = round(NOW * 1000) - round(NOW * 1000) % DAY
    for number in range(200):  # all around the clock, over midnights and half hours
        begin = midnight - 10 * DAY + number * 3_456_789
        visit = site.visit(f"room-{number % 7}", f"user-{number % 50}", begin)
        visit.id, visit.left_at, visit.publish_duration = next(ids), begin + number * 60_000, number
        gift = StoredKv(
            id=next(ids), room_id=visit.room_id, user_id="", session_id="", event=GIFTS, ts=begin, source="server"
        )
        gift.value = str(number)
        # Clients may report what they like.
        fake = msgspec.structs.replace(gift, id=next(ids), source="client", value='{"much": 1}')
        await site.table.write(Batch(leaves=[visit], kv=[gift, fake]))
    rows = await site.reports.days.ask(14, zoneinfo.ZoneInfo(zone))
    assert sum(day["gift_value"] for day in rows["days"]) == sum(range(200))
    await site.reports.keeping.count_days()
    assert await site.reports.days.ask(14, zoneinfo.ZoneInfo(zone)) == rows
    async with site.database.engine.begin() as connection:
        await connection.execute(delete(report_leave_rooms).where(report_leave_rooms.c.left_at < midnight))
        await connection.execute(delete(report_daily))
    assert (await site.reports.days.ask(14, zoneinfo.ZoneInfo(zone)) == rows) == (zone != "Asia/Kathmandu")


async def test_who_leaves_after_the_days_were_counted_is_in_them_at_once(site: Site) -> None:
    await site.reports.keeping.count_days()
    begin = round(NOW * 1000) - DAY
    visit = site.visit("night", "owl", begin)
    visit.id, visit.left_at = 2_000_000, round(NOW * 1000) + 1000
    site.now += 2
    before = (await site.reports.days.ask(2, datetime.UTC))["days"]
    await site.table.write(Batch(leaves=[visit]))
    after = (await site.reports.days.ask(2, datetime.UTC))["days"]
    assert [day["sessions"] for day in after] == [before[0]["sessions"] + 1, before[1]["sessions"]]
    assert [day["users"] for day in after] == [day["users"] + 1 for day in before]
    await site.reports.keeping.count_days()
    assert (await site.reports.days.ask(2, datetime.UTC))["days"] == after


async def test_gifts_and_comments_are_found_by_their_time(site: Site) -> None:
    """Not by reading all events that there are."""
    if site.database.is_postgresql:
        return  # which goes by how many rows there are
    asked: list[str] = []

    def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "report_kv" in statement and not statement.startswith("EXPLAIN"):
            asked.append(statement)

    event.listen(site.database.engine.sync_engine, "before_cursor_execute", listen)
    async with site.database.engine.connect() as connection:
        await lately(connection, round(NOW * 1000))
        for statement in asked:
            places = dict.fromkeys(range(statement.count("?")), 0)
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(places))
            assert "SEARCH report_kv USING INDEX ix_report_kv_ts" in str(plan.all())
    assert len(asked) == 2


async def test_a_long_time_has_no_more_points_than_can_be_drawn(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SUMS", 10)
    await site.reports.rollups.roll()
    answer = await site.reports.room.ask("tea", MONTH)
    assert len(answer["pairs"][0]["points"]) <= 11
    assert answer["pairs"][0]["freeze_count"] == 21 * 24


async def test_what_comes_late_is_summed_up_as_well_and_nothing_twice(site: Site) -> None:
    rollups = site.reports.rollups
    await rollups.roll()
    minutes, rooms = await site.count(report_minutes), await site.count(report_room_minutes)
    late = Batch()
    site._beat(late, "late", ("ann", "bob"), round(site.now * 1000) - 120_000)  # pyright: ignore[reportPrivateUsage]
    await site.table.write(late)
    for _ in range(2):
        site.now += 60
        await rollups.roll()
    assert (await site.count(report_minutes), await site.count(report_room_minutes)) == (minutes + 2, rooms + 1)


async def test_sums_go_too_in_the_end(site: Site) -> None:
    await site.reports.rollups.roll()
    await site.reports.keeping.count_days()
    site.now += 100 * 86_400
    await site.reports.keeping.remove_expired()
    assert await site.count(report_minutes) == await site.count(report_room_minutes) == 0
    assert await site.count(report_room_days) == 2 * 21
    site.now += 400 * 86_400
    await site.reports.keeping.remove_expired()
    assert await site.count(report_room_days) == 0
    assert len(await site.reports.keeping.kept_days()) == 21
