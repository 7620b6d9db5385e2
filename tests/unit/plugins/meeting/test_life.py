"""A meeting from its beginning to its end. specs/monibuca-rooms.md §7.1, §7.4."""

from pathlib import Path

import pytest

from roomful.rooms.extension import Code, Role, RoomApiError

from .convention import Convention, convention, refusal


async def test_a_room_made_by_its_host_is_starting_and_becomes_active_and_ends(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    assert stage.status(room) == "Starting"
    await stage.say(room, host, "start_meeting", title="Weekly")
    assert stage.status(room) == "Active"
    assert stage.view(room).name == "Weekly"
    await stage.say(room, host, "end_meeting")
    assert [one["reason"] for one in stage.heard("meeting_ended")] == ["ended"]
    assert not room.is_open
    detail = await stage.http("GET", "/m1")
    assert (detail["status"], detail["host_id"]) == ("Ended", "hanna")


async def test_a_room_without_a_host_waits_for_one(stage: Convention) -> None:
    room = stage.hold()
    await stage.join(room, "ann")
    assert stage.status(room) == "Scheduled"
    await stage.join(room, "hanna", Role.COHOST)
    assert stage.status(room) == "Starting"


async def test_pausing_stops_the_time(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.say(room, host, "start_meeting")
    await stage.pass_time(100)
    await stage.say(room, host, "pause_meeting")
    await stage.pass_time(10_000)
    assert stage.view(room).extension["timer"]["elapsed"] == 100
    await stage.say(room, host, "resume_meeting")
    await stage.pass_time(50)
    assert stage.view(room).extension["timer"]["elapsed"] == 150
    assert [one["paused"] for one in stage.heard("timer_updated")][:1] == [False]


async def test_the_time_runs_out_with_a_warning(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.say(room, host, "start_meeting")
    await stage.pass_time(6899)
    assert not stage.heard("timer_warning")
    await stage.pass_time(1)
    assert stage.heard("timer_warning")[0]["remaining"] == 300
    await stage.pass_time(299)
    assert room.is_open
    await stage.pass_time(1)
    assert len(stage.heard("timer_expired")) == 1
    assert stage.heard("meeting_ended")[0]["by"] == "system"
    assert stage.heard("meeting_ended")[0]["reason"] == "timeout"
    assert not room.is_open


async def test_more_time_puts_the_end_off(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.say(room, host, "start_meeting")
    await stage.pass_time(7000)
    answer = await stage.say(room, host, "extend_meeting", seconds=600, request_id="r1")
    again = await stage.say(room, host, "extend_meeting", seconds=600, request_id="r1")
    assert answer == again == {"max_duration": 7800}
    await stage.pass_time(700)
    assert len(stage.heard("timer_warning")) == 2
    assert room.is_open
    await stage.pass_time(100)
    assert not room.is_open


async def test_a_meeting_that_everybody_left_ends_after_a_while_and_not_before(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.say(room, host, "start_meeting")
    await stage.leave(room, host)
    await stage.pass_time(200)
    stage.rooms.tick(stage.now)  # the room itself closes sooner
    await stage.settled()
    assert not room.is_open
    again = stage.hold()
    back = await stage.join(again, "hanna", Role.HOST)
    assert stage.status(again) == "Active"
    await stage.pass_time(1000)
    assert stage.status(again) == "Active"
    await stage.leave(again, back)
    await stage.pass_time(301)
    assert (await stage.http("GET", "/m1"))["end_reason"] == "empty"


async def test_a_room_can_have_one_meeting_after_another(stage: Convention) -> None:
    for sitting in (1, 2):
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        await stage.say(room, host, "start_meeting", title=f"No. {sitting}")
        await stage.say(room, host, "end_meeting")
    assert (await stage.http("GET", "/m1"))["title"] == "No. 2"
    assert (await stage.http("GET", "/m1~1"))["title"] == "No. 1"
    assert (await stage.http("GET", ""))["total"] == 2


async def test_a_meeting_nobody_planned_and_nobody_began_leaves_nothing(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.leave(room, host)
    stage.now += 100
    stage.rooms.tick(stage.now)
    await stage.settled()
    assert (await stage.http("GET", ""))["total"] == 0
    with pytest.raises(RoomApiError) as error:
        await stage.http("GET", "/m1")
    assert refusal(error) == Code.NOT_FOUND


async def test_closing_the_room_otherwise_ends_the_meeting_too(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.say(room, host, "start_meeting")
    await stage.api.close_room("m1", "host", "hanna")
    await stage.settled()
    detail = await stage.http("GET", "/m1")
    assert (detail["status"], detail["end_reason"]) == ("Ended", "host")


async def test_without_auto_end_the_meeting_goes_on_over_its_time(tmp_path: Path) -> None:
    timer = {"max_duration": 60, "auto_end": False}
    async with convention(tmp_path, enable_lobby=False, timer=timer) as stage:
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        await stage.say(room, host, "start_meeting")
        await stage.pass_time(500)
        assert len(stage.heard("timer_expired")) == 1
        assert stage.status(room) == "Active"


async def test_a_meeting_goes_on_after_a_restart_with_its_time(tmp_path: Path) -> None:
    async with convention(tmp_path, enable_lobby=False) as stage:
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        ann = await stage.join(room, "ann")
        await stage.say(room, host, "start_meeting", title="Weekly")
        await stage.say(room, host, "agenda_add", item={"title": "Budget", "item_id": "b"})
        await stage.say(room, host, "agenda_start", item_id="b")
        await stage.say(room, ann, "raise_hand")
        await stage.say(room, host, "extend_meeting", seconds=600, request_id="r1")
        await stage.pass_time(100)
        then = stage.now
    async with convention(tmp_path, at=then + 20, enable_lobby=False) as stage:
        room = stage.hold()
        host = await stage.join(room, "hanna")
        extension = stage.view(room).extension
        assert (extension["status"], extension["title"], extension["current_agenda_id"]) == ("Active", "Weekly", "b")
        assert [hand.user_id for hand in extension["hands"]] == ["ann"]
        assert extension["timer"]["elapsed"] == 120
        assert await stage.say(room, host, "extend_meeting", seconds=600, request_id="r1") == {"max_duration": 7800}
        visits = (await stage.http("GET", "/m1/attendance"))["participants"]
        assert {one["user_id"]: len(one["visits"]) for one in visits} == {"hanna": 2, "ann": 1}
        assert all(stay["left_at"] for stay in visits[1]["visits"])
        await stage.pass_time(7800 - 120)
        assert stage.heard("timer_warning")
        assert not room.is_open


async def test_a_meeting_nobody_comes_back_to_after_a_restart_ends(tmp_path: Path) -> None:
    async with convention(tmp_path, enable_lobby=False) as stage:
        room = stage.hold()
        await stage.say(room, await stage.join(room, "hanna", Role.HOST), "start_meeting")
        then = stage.now
    async with convention(tmp_path, at=then + 10, enable_lobby=False) as stage:
        await stage.pass_time(299)
        assert (await stage.http("GET", "/m1"))["status"] == "Active"
        await stage.pass_time(2)
        assert (await stage.http("GET", "/m1"))["end_reason"] == "empty"
