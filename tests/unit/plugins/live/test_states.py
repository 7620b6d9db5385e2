"""Who may take which step when, and what happens by itself. specs/monibuca-rooms.md §6.1, §14 (9)."""

from pathlib import Path

import pytest

from roomful.rooms.extension import Role, RoomApiError

from .stage import LiveStage, life

STATES = ("Preparing", "Living", "Paused", "Ended")
ALLOWED = {
    ("Preparing", "start_live"): "Living",
    ("Living", "pause_live"): "Paused",
    ("Paused", "resume_live"): "Living",
    ("Preparing", "stop_live"): "Ended",
    ("Living", "stop_live"): "Ended",
    ("Paused", "stop_live"): "Ended",
}
EVENTS = {"start_live": "started", "pause_live": "paused", "resume_live": "resumed", "stop_live": "stopped"}


async def brought_to(stage: LiveStage, state: str) -> None:
    await stage.make(moderators=["mia"])
    for user in ("kim", "mia"):
        await stage.come("stage", user)
    steps = {"Preparing": (), "Living": ("start_live",), "Paused": ("start_live", "pause_live")}
    for step in steps[state]:
        await stage.say("stage", "kim", step)
    if state != "Preparing":
        await stage.come("stage", "ann")


async def status(stage: LiveStage) -> str:
    return (await stage.ask_http("GET", "/live/rooms/stage"))["status"]


@pytest.mark.parametrize("state", STATES[:3])
@pytest.mark.parametrize("action", EVENTS)
async def test_the_streamer_takes_the_steps_of_the_table_and_no_others(
    stage: LiveStage, state: str, action: str
) -> None:
    await brought_to(stage, state)
    then = ALLOWED.get((state, action))
    told = len(stage.heard(f"live_{EVENTS[action]}"))
    assert await stage.refusal("stage", "kim", action) == (0 if then else 40902)
    assert await status(stage) == (then or state)
    assert len(stage.heard(f"live_{EVENTS[action]}")) == told + bool(then)


@pytest.mark.parametrize("state", STATES[:3])
@pytest.mark.parametrize("action", EVENTS)
@pytest.mark.parametrize("user", ["mia", "ann"])
async def test_nobody_else_takes_a_step(stage: LiveStage, state: str, action: str, user: str) -> None:
    await brought_to(stage, state)
    if stage.rooms.with_name("stage").of_user(user):
        assert await stage.refusal("stage", user, action) == 40301
    assert await status(stage) == state


@pytest.mark.parametrize("action", EVENTS)
async def test_what_is_over_stays_over(stage: LiveStage, action: str) -> None:
    await brought_to(stage, "Living")
    await stage.say("stage", "kim", "stop_live")
    assert await stage.refusal("stage", "kim", action) == 40902
    assert await status(stage) == "Ended"


async def test_an_admin_may_end_a_show(stage: LiveStage) -> None:
    room = await stage.on_air()
    stage.enter(room, "staff", role=Role.ADMIN)
    assert await stage.refusal("stage", "staff", "pause_live") == 40301
    assert await stage.refusal("stage", "staff", "stop_live") == 0
    assert await status(stage) == "Ended"


async def test_after_its_end_the_room_is_closed_and_free_again_a_minute_later(stage: LiveStage) -> None:
    room = await stage.on_air()
    await stage.say("stage", "kim", "stop_live")
    await stage.pass_time(1)
    assert not room.is_open
    with pytest.raises(RoomApiError) as refused:
        await stage.make()
    assert refused.value.code == 40904
    await stage.pass_time(60)
    await stage.make()
    assert await status(stage) == "Preparing"


@pytest.mark.parametrize(("state", "user"), [("Living", "bob"), ("Paused", "bob"), ("Preparing", "mia")])
async def test_viewers_come_when_the_show_has_begun_and_moderators_before(
    stage: LiveStage, state: str, user: str
) -> None:
    await brought_to(stage, state)
    await stage.come("stage", user)


async def test_viewers_do_not_come_before(stage: LiveStage) -> None:
    await brought_to(stage, "Preparing")
    with pytest.raises(RoomApiError) as refused:
        await stage.come("stage", "ann")
    assert refused.value.code == 40902
    assert refused.value.detail == {"status": "Preparing"}


async def test_viewers_may_come_early_where_that_is_allowed(tmp_path: Path) -> None:
    async with life(tmp_path, allow_early_join=True) as stage:
        await stage.make()
        await stage.come("stage", "ann")
        for action, fields in (("send_gift", {"gift_id": "rose"}), ("send_danmaku", {"content": "hi"})):
            assert await stage.refusal("stage", "ann", action, **fields) == 40902


async def test_roles_come_from_the_show(stage: LiveStage) -> None:
    await brought_to(stage, "Living")
    roles = {user.user_id: user.role for user in await stage.api.list_users("stage")}
    assert roles == {"kim": Role.HOST, "mia": Role.COHOST, "ann": Role.VIEWER}
    await stage.ask_http("PATCH", "/live/rooms/stage", {"moderators": ["ann"], "title": "New"})
    roles = {user.user_id: user.role for user in await stage.api.list_users("stage")}
    assert roles == {"kim": Role.HOST, "mia": Role.VIEWER, "ann": Role.COHOST}
    assert stage.heard("live_updated")[-1]["live"]["title"] == "New"


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_show_waits_for_its_streamer_and_goes_on_with_it(stage: LiveStage, leaves: bool) -> None:
    await stage.on_air()
    if leaves:
        await stage.go("stage", "kim")
    else:
        await stage.away("stage", "kim", True)
    await stage.pass_time(29)
    assert await status(stage) == "Living"
    await stage.pass_time(1)
    assert await status(stage) == "Paused"
    assert stage.heard("live_paused")[-1]["reason"] == "host_offline"
    await stage.pass_time(299)
    if leaves:
        await stage.come("stage", "kim")
    else:
        await stage.away("stage", "kim", False)
    assert await status(stage) == "Living"
    assert len(stage.heard("live_resumed")) == 1
    await stage.pass_time(1000)
    assert await status(stage) == "Living"


async def test_a_streamer_that_is_back_within_its_grace_has_interrupted_nothing(stage: LiveStage) -> None:
    await stage.on_air()
    await stage.away("stage", "kim", True)
    await stage.pass_time(10)
    await stage.go("stage", "kim", "disconnect")
    await stage.pass_time(15)
    await stage.come("stage", "kim")
    await stage.pass_time(60)
    assert not stage.heard("live_paused")


async def test_a_show_whose_streamer_stays_away_ends(stage: LiveStage) -> None:
    room = await stage.on_air()
    await stage.go("stage", "kim")
    await stage.pass_time(30 + 300)
    assert await status(stage) == "Ended"
    assert stage.heard("live_stopped")[-1]["reason"] == "host_offline"
    assert not room.is_open


async def test_a_streamers_own_pause_does_not_end_by_itself(stage: LiveStage) -> None:
    await stage.on_air()
    await stage.say("stage", "kim", "pause_live")
    await stage.go("stage", "kim")
    await stage.pass_time(1000)
    await stage.come("stage", "kim")
    assert await status(stage) == "Paused"


async def test_a_show_that_an_administrator_begins_waits_for_its_streamer_too(stage: LiveStage) -> None:
    await stage.make()
    await stage.ask_http("POST", "/live/rooms/stage/start")
    await stage.pass_time(30)
    assert await status(stage) == "Paused"
    await stage.come("stage", "kim")
    assert await status(stage) == "Living"


@pytest.mark.parametrize("reason", ["host", "admin"])
async def test_closing_the_room_ends_the_show(stage: LiveStage, reason: str) -> None:
    room = await stage.on_air()
    await stage.come("stage", "ann")
    if reason == "host":
        await stage.extensions.action(room, room.of_user("kim")[0].sid, "close_room", None, {})
        assert stage.heard("live_stopped", by="ann")
    await stage.api.close_room("stage", reason)
    await stage.settled()
    over = await stage.ask_http("GET", "/live/rooms/stage")
    assert (over["status"], over["viewer_count"], over["total_viewers"]) == ("Ended", 0, 1)


async def test_a_show_keeps_its_streamer(stage: LiveStage) -> None:
    room = await stage.on_air()
    with pytest.raises(RoomApiError) as refused:
        await stage.extensions.action(room, room.of_user("kim")[0].sid, "transfer_host", "ann", {})
    assert refused.value.code == 40301


async def test_an_empty_live_room_stays(stage: LiveStage) -> None:
    room = await stage.make()
    stage.rooms.tick(stage.now + 100_000)
    assert room.is_open
