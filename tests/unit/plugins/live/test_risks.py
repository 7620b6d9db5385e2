"""Whoever looks after shows is told of those without a stream and without viewers. specs/monibuca-rooms.md §9.8."""

from roomful.reporting.questions.loading import Span
from roomful.reporting.reports import Reports
from roomful.storage import Database, ReportTable

from .stage import LiveStage


async def test_a_show_that_is_on_is_judged_by_its_streamer_and_its_viewers(stage: LiveStage) -> None:
    database = await Database.open(None)
    reports = Reports(stage.rooms, ReportTable(database), 15, lambda: stage.now)
    reports.site.describe = stage.extensions.describe

    async def told() -> list[str]:
        answer = await reports.site.ask(Span(start=0, end=round(stage.now * 1000) + 1))
        return next(room["risks"] for room in answer["rooms"] if room["room_id"] == "alone")

    room = await stage.make("alone", "eve")
    reports.visits.on_opened(room)
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
