"""Simulated viewers: they come, chat, go, and count for nothing. specs/monibuca-rooms.md §6.7, §14 (13)."""

from pathlib import Path
from typing import Any

import pytest

from roomful.rooms.extension import RoomApiError

from .stage import LiveStage, life

ROBOTS = "/live/rooms/stage/robots"


async def robots(stage: LiveStage) -> int:
    return sum(user.is_robot for user in await stage.api.list_users("stage"))


async def test_robots_come_chat_and_go(stage: LiveStage) -> None:
    await stage.on_air()
    order = {"count": 5, "join_interval": [1, 2], "chat": True, "chat_interval": [5, 6], "phrases": ["wow"]}
    coming = (await stage.ask_http("POST", ROBOTS, order | {"stay": [60, 70]}))["coming"]
    assert all(one["user_id"].startswith("robot_") for one in coming)
    assert await robots(stage) == 0
    await stage.pass_time(10)
    assert await robots(stage) == 5
    said = stage.heard("chat")
    assert said[0]["content"] == "wow"
    await stage.pass_time(80)
    assert await robots(stage) == 0
    assert len(stage.heard("chat")) >= 5 * 8
    said_until_now = len(stage.heard("chat"))
    await stage.pass_time(100)
    assert len(stage.heard("chat")) == said_until_now


async def test_robots_count_for_nothing(stage: LiveStage) -> None:
    room = await stage.on_air()
    await stage.ask_http("POST", ROBOTS, {"count": 10, "join_interval": [0, 0]})
    await stage.pass_time(1)
    assert await robots(stage) == 10
    live = await stage.ask_http("GET", "/live/rooms/stage")
    assert (live["viewer_count"], live["total_viewers"], live["peak_viewers"]) == (0, 0, 0)
    assert room.users == 1
    assert (await stage.ask_http("GET", "/live/rooms/stage/viewers"))["total"] == 0
    listed = await stage.ask_http("GET", ROBOTS)
    assert (len(listed["robots"]), listed["coming"]) == (10, 0)


@pytest.mark.parametrize("how", ["DELETE", "stop_live"])
async def test_robots_vanish(stage: LiveStage, how: str) -> None:
    room = await stage.on_air()
    await stage.ask_http("POST", ROBOTS, {"count": 10, "join_interval": [0, 1]})
    await stage.pass_time(3)
    assert 0 < await robots(stage) <= 10
    if how == "DELETE":
        await stage.ask_http("DELETE", ROBOTS)
    else:
        await stage.say("stage", "kim", "stop_live")
    assert not any(one.robot for one in room.participants.values())
    await stage.pass_time(1000)
    assert not any(one.robot for one in room.participants.values())


async def test_a_robot_that_is_kicked_does_not_speak_any_more(stage: LiveStage) -> None:
    await stage.on_air()
    order = {"count": 1, "join_interval": [0, 0], "chat": True, "chat_interval": [1, 1], "phrases": ["wow"]}
    await stage.ask_http("POST", ROBOTS, order)
    await stage.pass_time(1)
    await stage.api.remove_user("stage", "robot_1", "kicked", "kim")
    said = len(stage.heard("chat"))
    await stage.pass_time(100)
    assert len(stage.heard("chat")) == said
    assert (await stage.ask_http("GET", ROBOTS)) == {"robots": [], "coming": 0}


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"count": 501}, 40907),
        ({"count": 1, "stay": [2, 1]}, 40003),
        ({"count": 1, "join_interval": [-1, 1]}, 40003),
        ({"count": 1, "chat": True}, 40003),
        ({"count": 1, "chat": True, "phrases": ["x"], "chat_interval": [0, 0]}, 40003),
    ],
)
async def test_orders_that_are_refused(stage: LiveStage, order: dict[str, Any], code: int) -> None:
    await stage.on_air()
    with pytest.raises(RoomApiError) as refused:
        await stage.ask_http("POST", ROBOTS, order)
    assert refused.value.code == code


async def test_the_bound_holds_for_those_to_come_too(tmp_path: Path) -> None:
    async with life(tmp_path, robot={"max_per_room": 3}) as stage:
        await stage.on_air()
        await stage.ask_http("POST", ROBOTS, {"count": 2})
        with pytest.raises(RoomApiError):
            await stage.ask_http("POST", ROBOTS, {"count": 2})
        await stage.ask_http("POST", ROBOTS, {"count": 1})
