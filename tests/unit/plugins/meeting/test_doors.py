"""Planned meetings, lobby, password, lock and bans."""

from pathlib import Path

import pytest

from roomful.rooms.errors import LobbyFirst, LobbyRejected
from roomful.rooms.extension import Code, Role, RoomApiError
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest

from .convention import Convention, convention, refusal

PLAN = {"title": "Quarterly", "host_id": "hanna", "meeting_id": "q1", "agenda": [{"title": "Numbers"}]}


async def test_a_planned_meeting_is_there_before_its_room_and_opens_as_planned(tmp_path: Path) -> None:
    async with convention(tmp_path) as stage:
        planned = await stage.http("POST", "", {**PLAN, "password": "open sesame", "duration": 1800})
        assert (planned["meeting_id"], planned["status"], planned["has_password"]) == ("q1", "Scheduled", True)
        # Whoever comes first, over whichever protocol, opens a meeting and not any room.
        room = stage.rooms.create("q1", RoomOptions(), stage.now)
        assert room.options.type == "meeting"
        assert room.rules.lobby_enabled
        assert room.fits_password("open sesame")
        assert not room.fits_password("open")
        with pytest.raises(LobbyFirst):
            room.join(JoinRequest(identity="ann"), stage.now)
        host = await stage.join(room, "hanna")
        assert host.role is Role.HOST
        assert stage.view(room).name == "Quarterly"
        await stage.say(room, host, "start_meeting")
        assert stage.view(room).extension["timer"]["max_duration"] == 1800


async def test_who_waits_is_admitted_or_rejected_or_comes_in_when_the_lobby_goes(tmp_path: Path) -> None:
    async with convention(tmp_path) as stage:
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        for name in ("ann", "ben", "cid"):
            room.wait_in_lobby(JoinRequest(identity=name), stage.now)
        await stage.say(room, host, "admit_user", user_id="ann")
        await stage.say(room, host, "reject_user", user_id="ben", reason="not invited")
        with pytest.raises(RoomApiError) as error:
            await stage.say(room, host, "admit_user", user_id="nobody")
        assert refusal(error) == Code.USER_NOT_FOUND
        await stage.join(room, "ann")
        with pytest.raises(LobbyRejected):
            await stage.join(room, "ben")
        assert await stage.say(room, host, "toggle_lobby") == {"enabled": False}
        await stage.join(room, "cid")
        assert await stage.say(room, host, "toggle_lobby", enabled=True) == {"enabled": True}
        assert stage.view(room).lobby_enabled


async def test_the_lobby_of_a_meeting_is_as_it_was_when_its_room_opens_again(tmp_path: Path) -> None:
    async with convention(tmp_path) as stage:
        room = stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        await stage.say(room, host, "start_meeting")
        await stage.say(room, host, "toggle_lobby", enabled=False)
        await stage.leave(room, host)
        stage.now += 100
        stage.rooms.tick(stage.now)
        await stage.settled()
        assert not stage.view(stage.hold()).lobby_enabled


async def test_locking_and_banning_go_to_the_room(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann")
    await stage.say(room, host, "lock_room")
    assert stage.view(room).locked
    await stage.say(room, host, "lock_room", locked=False)
    assert not stage.view(room).locked
    await stage.say(room, host, "ban_user", user_id="ann", duration=60, reason="spam")
    assert [ban.user_id for ban in await stage.api.list_bans("m1")] == ["ann"]
    assert [user.user_id for user in await stage.api.list_users("m1")] == ["hanna"]
    visits = (await stage.http("GET", "/m1/attendance"))["participants"]
    assert visits[1]["visits"][0]["reason"] == "banned"


async def test_plans_are_listed_changed_and_cancelled(stage: Convention) -> None:
    await stage.http("POST", "", PLAN)
    with pytest.raises(RoomApiError) as error:
        await stage.http("POST", "", PLAN)
    assert refusal(error) == Code.CONFLICT
    other = await stage.http("POST", "", {"title": "Other", "host_id": "ann"})
    assert len(other["meeting_id"]) >= 10
    changed = await stage.http("PATCH", "/q1", {"title": "Yearly", "duration": 60, "host_id": "ann"})
    assert (changed["title"], changed["host_id"], changed["timer"]["max_duration"]) == ("Yearly", "ann", 60)
    assert [one["title"] for one in (await stage.http("GET", "", status="Scheduled"))["meetings"]] == [
        "Other",
        "Yearly",
    ]
    assert (await stage.http("GET", "", page="2", page_size="1"))["meetings"][0]["meeting_id"] == "q1"
    assert (await stage.http("GET", "", to="999"))["total"] == 0
    assert (await stage.http("DELETE", "/q1"))["end_reason"] == "cancelled"
    for method, path, code in (("DELETE", "/q1", Code.BAD_STATE), ("GET", "/nothing", Code.NOT_FOUND)):
        with pytest.raises(RoomApiError) as error:
            await stage.http(method, path)
        assert refusal(error) == code
    for query in ({"status": "Sleeping"}, {"page": "0"}, {"page": "x"}, {"from": "yesterday"}):
        with pytest.raises(RoomApiError) as error:
            await stage.http("GET", "", **query)
        assert refusal(error) == Code.BAD_FIELD


async def test_a_meeting_is_conducted_over_http(stage: Convention) -> None:
    room = stage.hold()
    await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann")
    assert (await stage.http("POST", "/m1/start"))["status"] == "Active"
    assert (await stage.http("POST", "/m1/pause"))["status"] == "Paused"
    assert (await stage.http("POST", "/m1/resume"))["status"] == "Active"
    await stage.http("POST", "/m1/lock", {"locked": True})
    await stage.http("POST", "/m1/lobby", {"enabled": True})
    assert (stage.view(room).locked, stage.view(room).lobby_enabled) == (True, True)
    item = await stage.http("POST", "/m1/agenda", {"title": "Budget"})
    agenda = await stage.http("POST", f"/m1/agenda/{item['item_id']}/start")
    assert agenda["current_id"] == item["item_id"]
    await stage.http("PATCH", f"/m1/agenda/{item['item_id']}", {"title": "Money"})
    await stage.http("POST", f"/m1/agenda/{item['item_id']}/complete")
    assert (await stage.http("GET", "/m1/agenda"))["items"][0]["status"] == "done"
    assert (await stage.http("DELETE", f"/m1/agenda/{item['item_id']}"))["items"] == []
    await stage.http("POST", "/m1/participants/ann/mute", {})
    people = (await stage.http("GET", "/m1/participants"))["participants"]
    assert [(one["user_id"], one["force_muted"]["audio"]) for one in people] == [("hanna", False), ("ann", True)]
    await stage.http("POST", "/m1/participants/ann/unmute", {})
    await stage.http("POST", "/m1/participants/ann/kick", {})
    room.wait_in_lobby(JoinRequest(identity="ben"), stage.now)
    await stage.http("POST", "/m1/participants/ben/admit")
    room.wait_in_lobby(JoinRequest(identity="cid"), stage.now)
    await stage.http("POST", "/m1/participants/cid/reject", {"reason": "no"})
    await stage.http("POST", "/m1/participants/dan/ban", {"duration": 60})
    assert (await stage.http("GET", "/m1/recordings"))["recordings"] == []
    assert (await stage.http("POST", "/m1/end", {}))["status"] == "Ended"
    with pytest.raises(RoomApiError) as error:
        await stage.http("POST", "/m1/start")
    assert refusal(error) == Code.BAD_STATE
