"""Shows over HTTP: made, listed, changed, ended. specs/monibuca-rooms.md §6.9."""

from typing import Any

import pytest

from roomful.rooms.extension import RoomApiError

from .stage import LiveStage


async def refused(stage: LiveStage, method: str, path: str, body: Any = None, **query: str) -> int:
    with pytest.raises(RoomApiError) as refusal:
        await stage.ask_http(method, path, body, **query)
    return int(refusal.value.code)


async def test_shows_are_listed_as_asked(stage: LiveStage) -> None:
    for number, category in enumerate(("music", "talk", "music")):
        room, streamer = f"r{number}", f"s{number}"
        await stage.make(room, streamer, category=category)
        await stage.pass_time(1)
        if number:
            await stage.come(room, streamer)
            await stage.say(room, streamer, "start_live")
    await stage.come("r1", "ann")
    await stage.say("r1", "ann", "send_gift", gift_id="rose")
    await stage.pass_time(2)

    async def listed(**query: str) -> list[str]:
        return [one["room_id"] for one in (await stage.ask_http("GET", "/live/rooms", **query))["rooms"]]

    assert await listed() == ["r2", "r1", "r0"]
    assert await listed(status="Living", category="music") == ["r2"]
    assert (await listed(sort="viewers"))[0] == "r1"
    assert (await listed(sort="gifts"))[0] == "r1"
    assert (await listed(sort="started_at"))[0] == "r2"
    assert await listed(page="2", page_size="2") == ["r0"]
    assert (await stage.ask_http("GET", "/live/rooms", page_size="1"))["total"] == 3


@pytest.mark.parametrize(
    "query", [{"page": "0"}, {"page_size": "101"}, {"page": "x"}, {"sort": "age"}, {"status": "On"}]
)
async def test_what_cannot_be_asked_for(stage: LiveStage, query: dict[str, str]) -> None:
    assert await refused(stage, "GET", "/live/rooms", **query) == 40003


async def test_a_room_has_one_show_at_a_time(stage: LiveStage) -> None:
    await stage.make()
    assert (
        await refused(stage, "POST", "/live/rooms", {"room_id": "stage", "streamer_id": "x", "streamer_name": "X"})
        == 40904
    )
    stage.open("lounge", "basic")
    assert (
        await refused(stage, "POST", "/live/rooms", {"room_id": "lounge", "streamer_id": "x", "streamer_name": "X"})
        == 40904
    )
    assert await refused(stage, "GET", "/live/rooms/lounge") == 40401
    assert (
        await refused(stage, "POST", "/live/rooms", {"room_id": "a b", "streamer_id": "x", "streamer_name": "X"})
        == 40003
    )


async def test_a_show_gets_a_room_if_it_names_none(stage: LiveStage) -> None:
    made = await stage.ask_http("POST", "/live/rooms", {"streamer_id": "kim", "streamer_name": "Kim"})
    assert stage.rooms.with_name(made["room_id"]).rules.owner_id == "kim"


async def test_an_administrator_runs_a_show_as_its_streamer_would(stage: LiveStage) -> None:
    await stage.make()
    for step, status in (("start", "Living"), ("pause", "Paused"), ("resume", "Living"), ("stop", "Ended")):
        live = await stage.ask_http("POST", f"/live/rooms/stage/{step}")
        assert live["status"] == status
    assert await refused(stage, "POST", "/live/rooms/stage/start") == 40401


async def test_deleting_ends_a_show_and_keeps_its_record(stage: LiveStage) -> None:
    room = await stage.on_air()
    assert (await stage.ask_http("DELETE", "/live/rooms/stage"))["status"] == "Ended"
    assert not room.is_open
    assert (await stage.ask_http("DELETE", "/live/rooms/stage"))["status"] == "Ended"
    assert await refused(stage, "DELETE", "/live/rooms/nowhere") == 40401


async def test_who_watched(stage: LiveStage) -> None:
    await stage.on_air()
    await stage.come("stage", "ann")
    await stage.pass_time(10)
    await stage.come("stage", "bob")
    await stage.go("stage", "ann")
    await stage.pass_time(10)
    await stage.come("stage", "ann")
    await stage.pass_time(5)
    await stage.go("stage", "ann")
    live = await stage.ask_http("GET", "/live/rooms/stage")
    assert (live["viewer_count"], live["total_viewers"], live["peak_viewers"]) == (1, 2, 2)
    viewers = (await stage.ask_http("GET", "/live/rooms/stage/viewers"))["viewers"]
    assert {one["user_id"]: (one["duration"], one["left_at"] is None) for one in viewers} == {
        "ann": (15, False),
        "bob": (0, True),
    }
