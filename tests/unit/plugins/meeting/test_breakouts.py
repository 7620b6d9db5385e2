"""Breakout rooms: people are taken there and back."""

from typing import Any

import pytest

from roomful.rooms import Participant, Room
from roomful.rooms.extension import Code, Role, RoomApiError
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import JoinRequest

from .convention import Convention, refusal


@pytest.fixture
def movable(stage: Convention) -> Convention:
    """Clients of the protocol `test` can be moved; those of others have to go by themselves."""

    async def move(room: Room, participant: Participant, target: Room) -> None:
        room.leave(participant.sid, LeaveReason.MIGRATION, stage.now)
        request = JoinRequest(
            identity=participant.identity,
            name=participant.name,
            protocol="test",
            role=participant.role,
            passes_lobby=True,
        )
        target.activate(target.join(request, stage.now).sid, stage.now)

    stage.ports.movers["test"] = move
    return stage


async def people(stage: Convention, room_id: str) -> list[str]:
    return [user.user_id for user in await stage.api.list_users(room_id)]


async def meeting(stage: Convention, *names: str) -> tuple[Room, Participant]:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST, protocol="test")
    for name in names:
        await stage.join(room, name, protocol="test")
    await stage.say(room, host, "start_meeting")
    return room, host


async def test_people_are_shared_out_and_brought_back(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage, "ann", "ben", "cid")
    answer = await stage.say(room, host, "open_breakouts", count=2)
    assert [one["name"] for one in answer["rooms"]] == ["Room 1", "Room 2"]
    first, second = (one["room_id"] for one in answer["rooms"])
    assert (await people(stage, first), await people(stage, second)) == (["ann", "cid"], ["ben"])
    assert await people(stage, "m1") == ["hanna"]
    inside = stage.rooms.with_name(first)
    assert stage.view(inside).extension["parent_id"] == "m1"
    assert await stage.say(inside, inside.of_user("ann")[0], "raise_hand") == {"order": 1}
    await stage.say(room, host, "broadcast_breakouts", text="Two minutes")
    assert {one["room_id"] for one in stage.heard("breakout_message")} == {"m1", first, second}
    await stage.say(room, host, "close_breakouts")
    assert sorted(await people(stage, "m1")) == ["ann", "ben", "cid", "hanna"]
    assert not inside.is_open
    assert stage.view(room).extension["breakouts"] is None
    # One stay, from the beginning to the end.
    visits = (await stage.http("GET", "/m1/attendance"))["participants"]
    assert [len(one["visits"]) for one in visits] == [1, 1, 1, 1]
    assert (await stage.http("GET", ""))["total"] == 1


async def test_they_close_by_themselves_when_their_time_is_over(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage, "ann")
    await stage.say(room, host, "open_breakouts", rooms=[{"name": "Design", "user_ids": ["ann"]}], seconds=300)
    await stage.pass_time(299)
    assert await people(stage, "m1") == ["hanna"]
    await stage.pass_time(1)
    assert await people(stage, "m1") == ["hanna", "ann"]
    assert stage.heard("breakouts_closed")


async def test_closing_with_a_countdown_gives_time(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage, "ann")
    await stage.say(room, host, "open_breakouts", count=1)
    await stage.say(room, host, "close_breakouts", seconds=30)
    assert {one["room_id"] for one in stage.heard("breakouts_closing")} == {"m1", "m1.1.1"}
    assert await people(stage, "m1") == ["hanna"]
    await stage.pass_time(30)
    assert await people(stage, "m1") == ["hanna", "ann"]


async def test_people_are_assigned_moved_on_and_come_back_by_themselves(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage, "ann")
    await stage.say(room, host, "open_breakouts", rooms=[{"name": "A"}, {"name": "B"}])
    assert await stage.say(room, host, "assign_breakout", user_id="ann", breakout_id="m1.1.1") == {"moved": True}
    assert await stage.say(room, host, "assign_breakout", user_id="ann", breakout_id="m1.1.2") == {"moved": True}
    inside = stage.rooms.with_name("m1.1.2")
    assert await people(stage, "m1.1.2") == ["ann"]
    answer = await stage.say(inside, inside.of_user("ann")[0], "leave_breakout")
    assert answer == {"moved": True, "target_room_id": "m1"}
    for fields, code in (
        ({"user_id": "nobody", "breakout_id": "m1.1.1"}, Code.USER_NOT_FOUND),
        ({"user_id": "ann", "breakout_id": "m1.1.9"}, Code.NOT_FOUND),
    ):
        with pytest.raises(RoomApiError) as error:
            await stage.say(room, host, "assign_breakout", **fields)
        assert refusal(error) == code


async def test_who_cannot_be_moved_is_told_where_to_go(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage)
    await stage.join(room, "len", protocol="other")
    answer = await stage.say(room, host, "open_breakouts", rooms=[{"name": "A", "user_ids": ["len"]}])
    target = answer["rooms"][0]["room_id"]
    assert [one["target_room_id"] for one in stage.heard("breakout_invitation")] == [target]
    decision = await stage.before_join(stage.rooms.with_name(target), "len")
    assert decision.allow
    with pytest.raises(RoomApiError) as error:
        await stage.before_join(stage.rooms.with_name(target), "stranger")
    assert refusal(error) == Code.FORBIDDEN


async def test_a_late_comer_is_taken_to_its_room(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage)
    await stage.say(room, host, "open_breakouts", rooms=[{"name": "A", "user_ids": ["late"]}])
    await stage.join(room, "late", protocol="test")
    assert await people(stage, "m1.1.1") == ["late"]


async def test_an_empty_main_room_opens_again_for_those_who_come_back(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage, "ann")
    await stage.say(room, host, "open_breakouts", count=1, seconds=600)
    await stage.say(room, host, "assign_breakout", user_id="hanna", breakout_id="m1.1.1")
    stage.now += 100
    stage.rooms.tick(stage.now)
    await stage.settled()
    assert not room.is_open
    await stage.pass_time(500)
    assert sorted(await people(stage, "m1")) == ["ann", "hanna"]
    assert stage.status(stage.rooms.with_name("m1")) == "Active"


async def test_the_end_of_the_meeting_is_the_end_of_its_breakout_rooms(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage, "ann")
    answer: dict[str, Any] = await stage.say(room, host, "open_breakouts", count=1)
    await stage.say(room, host, "end_meeting")
    assert stage.rooms.get(answer["rooms"][0]["room_id"]) is None
    assert stage.rooms.get("m1") is None


async def test_who_goes_by_itself_gets_a_token_and_is_in_the_meeting_all_the_time(movable: Convention) -> None:
    stage = movable
    stage.ports.travel_tokens["other"] = lambda room, participant, target: f"{participant.identity} to {target.name}"
    room, host = await meeting(stage)
    len_here = await stage.join(room, "len", protocol="other")
    answer = await stage.say(room, host, "open_breakouts", rooms=[{"name": "A", "user_ids": ["len"]}])
    breakout = stage.rooms.with_name(answer["rooms"][0]["room_id"])
    assert [one["token"] for one in stage.heard("breakout_invitation")] == [f"len to {breakout.name}"]
    len_there = await stage.join(breakout, "len", protocol="other")
    room.leave(len_here.sid, LeaveReason.CLIENT_INITIATED, stage.now)
    await stage.settled()

    # When they close, there is time to go home, past the lobby.
    await stage.say(room, host, "toggle_lobby", enabled=True)
    await stage.say(room, host, "close_breakouts")
    assert stage.heard("breakout_invitation")[-1]["token"] == "len to m1"
    assert breakout.is_open
    decision = await stage.before_join(room, "len")
    assert decision.passes_lobby
    assert not (await stage.before_join(room, "stranger")).passes_lobby
    room.set_lobby_enabled(False, stage.now)
    await stage.join(room, "len", protocol="other")
    breakout.leave(len_there.sid, LeaveReason.CLIENT_INITIATED, stage.now)
    await stage.pass_time(10)
    assert not breakout.is_open
    visits = (await stage.http("GET", "/m1/attendance"))["participants"]
    assert [len(one["visits"]) for one in visits] == [1, 1]


async def test_people_enter_the_breakout_room_that_they_belong_to(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage, "ann", "ben")
    await stage.say(room, host, "open_breakouts", rooms=[{"name": "A", "user_ids": ["ann"]}, {"name": "B"}])
    inside = stage.rooms.with_name("m1.1.1")
    await stage.say(inside, inside.of_user("ann")[0], "leave_breakout")
    ann, ben = room.of_user("ann")[0], room.of_user("ben")[0]
    for one, wish, code in (
        (ben, {}, Code.NOT_FOUND),
        (ben, {"breakout_id": "m1.1.1"}, Code.FORBIDDEN),
        (host, {"breakout_id": "m1.1.9"}, Code.NOT_FOUND),
    ):
        with pytest.raises(RoomApiError) as error:
            await stage.say(room, one, "enter_breakout", **wish)
        assert refusal(error) == code
    assert await stage.say(room, ann, "enter_breakout") == {"moved": True}
    assert await stage.say(room, host, "enter_breakout", breakout_id="m1.1.1") == {"moved": True}
    assert await people(stage, "m1.1.1") == ["ann", "hanna"]


async def test_the_lobby_does_not_hold_up_who_is_brought_back(movable: Convention) -> None:
    stage = movable
    room, host = await meeting(stage, "ann")
    await stage.say(room, host, "toggle_lobby", enabled=True)
    await stage.say(room, host, "open_breakouts", count=1)
    await stage.say(room, host, "close_breakouts")
    assert sorted(await people(stage, "m1")) == ["ann", "hanna"]
