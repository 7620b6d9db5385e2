"""Whoever looks after shows is told of those without a stream and without viewers. specs/monibuca-rooms.md §9.8."""

from typing import Any

from roomful.reporting.questions.loading import Span
from roomful.reporting.reports import Reports
from roomful.storage import Database, ReportTable

from .stage import LiveStage


async def test_a_show_that_is_on_is_judged_by_its_streamer_and_its_viewers(stage: LiveStage) -> None:
    database = await Database.open(None)
    reports = Reports(stage.rooms, ReportTable(database), 15, lambda: stage.now)
    reports.shows.describe = stage.extensions.describe

    async def told() -> list[str]:
        answer = await reports.site.ask(Span(start=0, end=round(stage.now * 1000) + 1))
        return next(room["risks"] for room in answer["rooms"] if room["room_id"] == "alone")

    room = await stage.make("alone", "eve")
    reports.on_opened(room)
    await stage.come("alone", "eve")
    assert await told() == []
    await stage.say("alone", "eve", "start_live")
    await stage.pass_time(29)
    assert await told() == []
    await stage.pass_time(2)
    assert await told() == ["no_stream"]
    await stage.pass_time(100)
    assert "no_stream" in await told()
    await stage.say("alone", "eve", "pause_live")
    assert await told() == []
    await reports.close(5)
    await database.close()


async def test_gifts_comments_and_co_hosts_make_a_show_popular(stage: LiveStage) -> None:
    database = await Database.open(None)
    reports = Reports(stage.rooms, ReportTable(database), 15, lambda: stage.now)
    reports.writer.start()
    reports.shows.describe = stage.extensions.describe
    room = await stage.make("stage", "kim")
    reports.on_opened(room)
    await stage.come("stage", "kim")
    await stage.say("stage", "kim", "start_live")
    await stage.come("stage", "ann")

    async def told() -> dict[str, Any]:
        reports.visits.tick(stage.now)
        reports.shows.flush(stage.now)
        assert await reports.writer.settled(10)
        answer = await reports.site.ask(Span(start=0, end=round(stage.now * 1000) + 1))
        (listed,) = answer["rooms"]
        assert listed["gift_value"] == answer["summary"]["gift_value"]
        return {name: listed[name] for name in ("popularity", "gift_value")}

    assert await told() == {"popularity": 1, "gift_value": 0}
    await stage.say("stage", "ann", "send_gift", gift_id="cake", count=2)
    await stage.say("stage", "ann", "send_gift", gift_id="cake", count=2)
    await stage.say("stage", "ann", "send_danmaku", content="hooray")
    # Nobody gets rich by saying so.
    await stage.api.broadcast_to_room("stage", {"action": "gift_received", "value": 1_000_000})
    assert await told() == {"popularity": 1 + 2 + 20, "gift_value": 200}
    await stage.pass_time(61)
    assert await told() == {"popularity": 1 + 20, "gift_value": 200}
    await stage.say("stage", "kim", "stop_live")
    await stage.pass_time(600)
    assert await told() == {"popularity": 0, "gift_value": 200}
    await reports.close(5)
    await database.close()


async def test_what_was_given_before_a_restart_is_not_counted_again(stage: LiveStage) -> None:
    database = await Database.open(None)
    await stage.on_air()
    await stage.come("stage", "ann")
    await stage.say("stage", "ann", "send_gift", gift_id="cake")
    stage.now += 1
    reports = Reports(stage.rooms, ReportTable(database), 15, lambda: stage.now)
    reports.writer.start()
    reports.shows.describe = stage.extensions.describe
    reports.on_opened(stage.rooms.with_name("stage"))
    reports.shows.tick(stage.now)
    await stage.say("stage", "ann", "send_gift", gift_id="rose")
    reports.shows.flush(stage.now)
    assert await reports.writer.settled(10)
    answer = await reports.site.ask(Span(start=0, end=round(stage.now * 1000) + 1))
    assert answer["summary"]["gift_value"] == 1
    await reports.close(5)
    await database.close()
