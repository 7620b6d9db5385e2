"""Coming in: the documented message, its answer, and what others are told. specs/monibuca-rooms.md §3.2, §3.3."""

from typing import Any

import pytest

from roomful.rooms.extension import Role, RoomApiError

from .stage import ROOM, Stage


async def test_the_documented_join_is_answered_with_everything(stage: Stage) -> None:
    client = stage.client()
    await client.say("join_room", room_id=ROOM, user_id="user_001", user_name="John", seq=7)
    answer, ack = client.got
    assert answer["action"] == "room_joined"
    assert answer["self"]["user_id"] == "user_001"
    assert answer["self"]["role"] == "host"
    assert (answer["room"]["room_id"], answer["room"]["type"], answer["room"]["user_count"]) == (ROOM, "basic", 1)
    assert [user["user_name"] for user in answer["users"]] == ["John"]
    assert (answer["heartbeat_interval"], answer["heartbeat_timeout"], answer["resumed"]) == (10, 30, False)
    assert answer["publish"]["stream_path"] == "room/100001/user_001"
    assert answer["publish"]["whip_url"] == "/webrtc/whip/room/100001/user_001"
    assert answer["publish"]["token"].count(".") == 2
    assert (answer["ice_servers"], answer["extension"], answer["chat_history"]) == ([], {}, [])
    assert ack == {"action": "ack", "room_id": ROOM, "ts": 1_000_000_000, "seq": 7, "for": "join_room", "code": 0}


@pytest.mark.parametrize(("join", "leave"), [("join_room", "leave_room"), ("join", "leave")])
async def test_others_are_told_of_comings_and_goings_in_both_spellings(stage: Stage, join: str, leave: str) -> None:
    first = await stage.member("ann")
    second = stage.client()
    await second.say(join, room_id=ROOM, user_id="bob", user_name="Bob")
    assert second.last("room_joined")["self"]["role"] == "member"
    assert first.last("user_joined")["user"]["user_name"] == "Bob"
    assert second.told("user_joined") == []
    await second.say(leave)
    left = first.last("user_left")
    assert (left["user_id"], left["user_name"], left["reason"]) == ("bob", "Bob", "leave")
    assert second.close_code == 1000


async def test_only_a_join_or_a_leave_comes_first(stage: Stage) -> None:
    client = stage.client()
    for action in ("chat", "heartbeat", "action", "media_state", "custom", "send_gift"):
        await client.say(action, content="x", op="lock", data=1)
        assert client.refusal() == 40403
    await client.say("leave_room")
    assert client.close_code == 1000


async def test_a_second_join_is_refused(stage: Stage) -> None:
    client = await stage.member("ann")
    await client.join("ann")
    assert client.refusal() == 40901


async def test_who_does_not_join_in_time_is_cut_off(stage: Stage) -> None:
    client = stage.client()
    await stage.pass_time(9)
    assert client.close_code is None
    await stage.pass_time(2)
    assert client.close_code == 4001


async def test_the_room_of_the_url_is_the_only_one(stage: Stage) -> None:
    client = stage.client()
    await client.say("join_room", room_id="other", user_id="ann", user_name="Ann")
    error = client.last("error")
    assert (error["code"], error["detail"]) == (40003, {"field": "room_id"})


async def test_a_room_has_one_type(stage: Stage) -> None:
    await stage.member("ann")
    client = stage.client()
    await client.join("bob", room_type="meeting")
    assert client.refusal() == 40904


async def test_nobody_makes_rooms_of_a_type_that_is_not_there(stage: Stage) -> None:
    client = stage.client(room_type="karaoke")
    await client.join("ann")
    assert client.refusal() == 50101


class TestTwice:
    async def test_the_newer_connection_wins_and_nobody_left(self, stage: Stage) -> None:
        other = await stage.member("bob")
        older = await stage.member("ann")
        other.forget()
        newer = await stage.member("ann")
        assert older.refusal() == 40904
        assert older.close_code == 4009
        assert newer.last("room_joined")["resumed"] is False
        assert [message["action"] for message in other.got] == ["user_updated"]
        assert other.last("user_updated")["user_id"] == "ann"

    async def test_the_older_ones_disconnect_harms_nobody(self, stage: Stage) -> None:
        older = await stage.member("ann")
        newer = await stage.member("ann")
        await older.vanish()
        await newer.say("chat", content="still here")
        assert newer.last("chat")["content"] == "still here"


class TestComingBack:
    async def test_a_lost_connection_is_taken_up_in_silence(self, stage: Stage) -> None:
        other = await stage.member("ann")
        lost = await stage.member("bob")
        sid = stage.rooms.with_name(ROOM).with_identity("bob").sid
        other.forget()
        await lost.vanish()
        await stage.pass_time(9)
        again = await stage.member("bob")
        assert again.last("room_joined")["resumed"] is True
        assert other.got == []
        assert stage.rooms.with_name(ROOM).with_identity("bob").sid == sid
        await other.say("chat", content="hi")
        assert again.last("chat")["content"] == "hi"

    async def test_after_the_grace_the_member_has_left(self, stage: Stage) -> None:
        other = await stage.member("ann")
        lost = await stage.member("bob")
        await lost.vanish()
        await other.say("heartbeat")
        await stage.pass_time(11)
        assert other.last("user_left")["reason"] == "disconnect"
        again = await stage.member("bob")
        assert again.last("room_joined")["resumed"] is False


class TestMoving:
    async def test_a_member_is_taken_to_another_room_on_the_same_connection(self, stage: Stage) -> None:
        host, bob = await stage.member("host"), await stage.member("bob")
        there = stage.client("200002")
        await there.say("join_room", room_id="200002", user_id="eve", user_name="Eve")
        await stage.api.move_user(ROOM, "bob", "200002")
        await stage.settle()
        assert host.last("user_left")["reason"] == "leave"
        assert bob.told("kicked") == []
        assert there.last("user_joined")["user"]["user_id"] == "bob"
        assert bob.close_code is None
        joined = bob.last("room_joined")
        assert (joined["room_id"], joined["self"]["role"]) == ("200002", "member")
        await bob.say("chat", content="here now")
        assert there.last("chat")["content"] == "here now"
        assert host.told("chat") == []

    async def test_a_full_room_takes_nobody(self, stage: Stage) -> None:
        bob = await stage.member("bob")
        await stage.api.create_room("200002", "basic", max_users=1)
        there = stage.client("200002")
        await there.say("join_room", room_id="200002", user_id="eve", user_name="Eve")
        with pytest.raises(RoomApiError):
            await stage.api.move_user(ROOM, "bob", "200002")
        await bob.say("chat", content="still here")
        assert bob.last("chat")["room_id"] == ROOM


class TestHeartbeats:
    async def test_without_them_a_member_is_removed(self, stage: Stage) -> None:
        other = await stage.member("ann")
        silent = await stage.member("bob")
        for _ in range(3):
            await stage.pass_time(9)
            await other.say("heartbeat", ts=5)
            await silent.say("chat", content="chat alone does not keep alive")
        assert other.told("user_left") == []
        await stage.pass_time(8)
        left = other.last("user_left")
        assert (left["user_id"], left["reason"]) == ("bob", "heartbeat_timeout")
        assert 30_000 <= left["ts"] - 1_000_000_000 <= 35_000
        assert silent.close_code == 4008
        assert other.last("heartbeat_ack")["client_ts"] == 5

    async def test_with_them_one_stays(self, stage: Stage) -> None:
        client = await stage.member("ann")
        for _ in range(12):
            await stage.pass_time(10)
            await client.say("heartbeat")
        assert client.close_code is None


class TestCrowds:
    async def test_of_a_crowd_viewers_come_and_go_as_a_number(self, stage: Stage) -> None:
        host = await stage.member("host")
        room = stage.rooms.with_name(ROOM)
        crowd = [await stage.member(f"v{number}") for number in range(205)]
        for client in crowd:
            await stage.api.set_user_role(ROOM, client.told("room_joined")[0]["self"]["user_id"], Role.VIEWER)
        assert room.users == 206
        assert len(crowd[-1].last("room_joined")["users"]) == 101
        host.forget()
        for client in crowd[:3]:
            await client.say("leave_room")
        await stage.pass_time(2)
        assert host.told("user_left") == []
        counts = [message["changes"] for message in host.told("room_updated")]
        assert counts[-1] == {"user_count": 203}
        assert len(counts) <= 3

    async def test_who_joins_a_crowd_is_told_of_what_its_members_are_now(self, stage: Stage) -> None:
        await stage.member("host")
        for number in range(205):
            await stage.member(f"v{number}")

        async def seen_by(name: str) -> dict[str, Any]:
            late = await stage.member(name)
            return {user["user_id"]: user for user in late.last("room_joined")["users"]}

        users = await seen_by("late")
        assert not users["v150"]["chat_muted"]
        assert "late" in users
        await stage.api.add_chat_mute(ROOM, "v150")
        users = await seen_by("later")
        assert users["v150"]["chat_muted"]
        assert {"host", "later"} <= users.keys()
