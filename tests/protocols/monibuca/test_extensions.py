"""What an extension of the room's type may do, and that its faults cost nobody anything. specs/monibuca-rooms.md §5."""

from typing import Any

import pytest

from roomful.rooms.extension import (
    Code,
    JoinDecision,
    Role,
    RoomApiError,
    RoomCallbacks,
    RoomView,
    UserClaim,
    UserView,
    VerifiedUser,
)

from .stage import ROOM, Client, Stage


class Poll(RoomCallbacks):
    """Knows `vote`, keeps some people out, vetoes locks, and fails when asked to."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.stage: Stage | None = None

    async def verify_user(self, room: RoomView, token: str) -> VerifiedUser | None:
        if token != "link-7":
            return None
        return VerifiedUser(user_id="guest-7", user_name="Guest", role=Role.CUSTOMER)

    async def before_join(self, room: RoomView, claim: UserClaim) -> JoinDecision:
        if claim.user_id == "mallory":
            return JoinDecision(allow=False, code=Code.TARGET_BUSY, message="no more callers")
        if claim.user_id == "buggy":
            raise ZeroDivisionError
        if claim.user_id == "late":
            assert self.stage is not None
            await self.stage.api.close_room(room.room_id)
        role = Role.AGENT if claim.user_id == "agent" else None
        return JoinDecision(role=role, passes_lobby=claim.user_id == "vip")

    async def on_user_join(self, room: RoomView, user: UserView) -> None:
        self.told.append(("join", user.user_id))

    async def on_user_leave(self, room: RoomView, user: UserView, reason: str) -> None:
        assert self.stage is not None
        here = [one.user_id for one in await self.stage.api.list_users(room.room_id)]
        self.told.append((f"leave {reason} {user.user_id in here}", user.user_id))

    async def on_message(self, room: RoomView, user: UserView, message: dict[str, Any]) -> dict[str, Any] | bool:
        match message:
            case {"action": "vote", "for": str(choice)}:
                assert self.stage is not None
                await self.stage.api.broadcast_to_room(room.room_id, {"action": "voted", "choice": choice})
                return {"votes": 1}
            case {"action": "crash"}:
                raise ZeroDivisionError
            case {"action": "refuse"}:
                raise RoomApiError(Code.BAD_STATE, "not now", status="Paused")
            case _:
                return False

    async def on_action(
        self, room: RoomView, user: UserView, op: str, target_id: str | None, params: dict[str, Any]
    ) -> RoomApiError | None:
        return RoomApiError(Code.BAD_STATE, "stays open", status="Open") if op == "lock" else None

    def describe(self, room_id: str) -> dict[str, Any]:
        return {"status": "Open"}


@pytest.fixture
async def poll(stage: Stage) -> Poll:
    callbacks = Poll()
    callbacks.stage = stage
    stage.register(callbacks)
    return callbacks


async def join(stage: Stage, user_id: str, **upgrade: Any) -> Client:
    client = stage.client(room_type="test", **upgrade)
    await client.join(user_id)
    await stage.settle()
    return client


async def test_unknown_messages_are_the_extensions(stage: Stage, poll: Poll) -> None:
    ann = await join(stage, "ann")
    await ann.say("vote", seq=1, **{"for": "tea"})
    assert ann.last("voted")["choice"] == "tea"
    assert (ann.last("ack")["votes"], ann.last("ack")["for"]) == (1, "vote")
    assert ann.last("room_joined")["extension"] == {"status": "Open"}


@pytest.mark.parametrize(("action", "code"), [("dance", 40002), ("crash", 50001), ("refuse", 40902)])
async def test_what_it_does_not_do_harms_nobody(stage: Stage, poll: Poll, action: str, code: int) -> None:
    ann = await join(stage, "ann")
    await ann.say(action, seq=3)
    assert (ann.refusal(), ann.last("error")["seq"], ann.last("error")["for"]) == (code, 3, action)
    await ann.say("chat", content="still here")
    assert ann.last("chat")["content"] == "still here"


async def test_without_an_extension_nobody_knows_them(stage: Stage) -> None:
    ann = await stage.member("ann")
    await ann.say("vote")
    assert ann.refusal() == 40002


async def test_it_decides_who_joins_and_as_what(stage: Stage, poll: Poll) -> None:
    assert (await join(stage, "mallory")).refusal() == 40903
    assert (await join(stage, "buggy")).refusal() == 50001
    assert (await join(stage, "agent")).last("room_joined")["self"]["role"] == "agent"


async def test_a_room_that_closes_while_somebody_comes_in_is_closed_to_it(stage: Stage, poll: Poll) -> None:
    await join(stage, "ann")
    late = await join(stage, "late")
    error = late.last("error")
    assert (error["code"], error["error"], error["for"]) == (41001, "room_closed", "join_room")
    assert late.close_code == 4004


async def test_it_decides_who_need_not_wait_in_the_lobby(stage: Stage, poll: Poll) -> None:
    await join(stage, "ann")
    await stage.api.set_lobby_enabled(ROOM, True)
    assert (await join(stage, "bob")).last("lobby_waiting")["position"] == 1
    assert (await join(stage, "vip")).last("room_joined")["self"]["user_id"] == "vip"


async def test_it_knows_tokens_of_its_own(stage: Stage, poll: Poll) -> None:
    await join(stage, "ann")
    guest = await join(stage, "anybody", token="link-7")
    assert guest.last("room_joined")["self"]["user_id"] == "guest-7"
    assert guest.last("room_joined")["self"]["role"] == "customer"


async def test_it_vetoes_operations(stage: Stage, poll: Poll) -> None:
    ann = await join(stage, "ann")
    await ann.say("action", op="lock")
    assert ann.last("error")["detail"] == {"status": "Open"}
    assert not stage.rooms.with_name(ROOM).rules.locked


async def test_it_hears_of_leaving_while_the_member_is_still_there(stage: Stage, poll: Poll) -> None:
    ann, bob, eve = [await join(stage, name) for name in ("ann", "bob", "eve")]
    await bob.say("leave_room")
    await ann.say("action", op="kick", target_id="eve")
    assert poll.told == [
        ("join", "ann"),
        ("join", "bob"),
        ("join", "eve"),
        ("leave leave True", "bob"),
        ("leave kicked True", "eve"),
    ]
    assert (bob.close_code, eve.close_code) == (1000, 4010)


class TestOwnSessions:
    """`manages_own_sessions`."""

    async def test_a_join_makes_no_such_room(self, stage: Stage) -> None:
        stage.register(RoomCallbacks(), manages_own_sessions=True)
        assert (await join(stage, "ann")).refusal() == 40401

    async def test_an_empty_room_stays(self, stage: Stage) -> None:
        stage.register(RoomCallbacks(), manages_own_sessions=True, default_role=Role.VIEWER)
        await stage.api.create_room(ROOM, "test")
        ann = await join(stage, "ann")
        assert ann.last("room_joined")["self"]["role"] == "viewer"
        await ann.say("leave_room")
        await stage.pass_time(120)
        assert stage.rooms.get(ROOM) is not None

    async def test_a_basic_room_does_not(self, stage: Stage) -> None:
        ann = await stage.member("ann")
        await ann.say("leave_room")
        await stage.pass_time(31)
        assert stage.rooms.get(ROOM) is None

    async def test_it_holds_as_many_as_it_may(self, stage: Stage) -> None:
        stage.register(RoomCallbacks(), max_users=2)
        for name in ("ann", "bob"):
            await join(stage, name)
        assert (await join(stage, "eve")).refusal() == 40906
        assert (await join(stage, "ann")).told("room_joined")
