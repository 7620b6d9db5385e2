"""What extensions are told and asked, and that their failures cost nobody. specs/monibuca-rooms.md §5."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from roomful.rooms.extension import (
    Code,
    DeviceView,
    JoinDecision,
    RoomApiError,
    RoomCallbacks,
    RoomView,
    UserClaim,
    UserView,
)
from roomful.rooms.model import LeaveReason

from .stage import Stage

CLAIM = UserClaim(user_id="ann", user_name="Ann", role=None, token="", device=DeviceView(), protocol="test")


class Diary(RoomCallbacks):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.entries: list[tuple[Any, ...]] = []

    async def on_room_created(self, room: RoomView) -> None:
        self.entries.append(("created", room.room_id))

    async def on_user_join(self, room: RoomView, user: UserView) -> None:
        self.entries.append(("join", user.user_id, room.user_count))

    async def on_user_leave(self, room: RoomView, user: UserView, reason: str) -> None:
        self.entries.append(("leave", user.user_id, reason, room.user_count))

    async def on_room_closed(self, room: RoomView, reason: str) -> None:
        self.entries.append(("closed", room.room_id, reason))


async def test_an_extension_hears_of_a_rooms_life_in_order() -> None:
    stage, diary = Stage(), Diary()
    stage.register(diary)
    room = stage.open()
    ann = stage.enter(room, "ann")
    room.leave(ann.sid, LeaveReason.CLIENT_INITIATED, stage.now)
    await stage.api.close_room("lounge", "host")
    await stage.settled()
    assert [entry[0] for entry in diary.entries] == ["created", "join", "leave", "closed"]
    assert diary.entries[2][:3] == ("leave", "ann", "leave")
    assert diary.entries[3] == ("closed", "lounge", "host")


async def test_who_is_removed_is_still_there_when_the_extension_hears_of_it() -> None:
    stage, diary = Stage(), Diary()
    stage.register(diary)
    room = stage.open()
    stage.enter(room, "ann")
    await stage.api.remove_user("lounge", "ann", "kicked", "host")
    await stage.settled()
    assert diary.entries[-1] == ("leave", "ann", "kicked", 1)
    assert room.users == 0


async def test_a_second_connection_of_a_user_is_no_news() -> None:
    stage, diary = Stage(), Diary()
    stage.register(diary)
    room = stage.open()
    stage.enter(room, "ann")
    second = stage.enter(room, "ann/phone", user_id="ann")
    room.leave(second.sid, LeaveReason.CLIENT_INITIATED, stage.now)
    await stage.settled()
    assert [entry[0] for entry in diary.entries] == ["created", "join"]
    assert (await stage.api.get_room("lounge")).user_count == 1


async def test_a_failing_extension_is_counted_and_costs_nobody() -> None:
    class Broken(RoomCallbacks):
        async def on_user_join(self, room: RoomView, user: UserView) -> None:
            raise ZeroDivisionError

        async def on_message(self, room: RoomView, user: UserView, message: dict[str, Any]) -> bool:
            raise ZeroDivisionError

        async def on_chat(self, room: RoomView, user: UserView, message: dict[str, Any]) -> None:
            raise ZeroDivisionError

        async def before_join(self, room: RoomView, claim: UserClaim) -> JoinDecision:
            raise ZeroDivisionError

        def describe(self, room_id: str) -> dict[str, Any]:
            raise ZeroDivisionError

    stage = Stage()
    stage.register(Broken())
    room = stage.open()
    ann = stage.enter(room, "ann")
    with pytest.raises(RoomApiError) as failure:
        await stage.extensions.message(room, ann.sid, {"action": "poll"})
    assert failure.value.code is Code.INTERNAL
    with pytest.raises(RoomApiError) as refusal:
        await stage.extensions.before_join(room, CLAIM)
    assert refusal.value.code is Code.INTERNAL
    assert await stage.extensions.chat(room, ann.sid, {"content": "hi"}) == {"content": "hi"}
    assert (await stage.api.get_room("lounge")).extension == {}
    await stage.settled()
    assert stage.extensions.errors["test"] >= 4
    assert room.is_open


async def test_a_slow_extension_is_cut_off_and_holds_up_no_other_room() -> None:
    class Slow(RoomCallbacks):
        async def on_message(self, room: RoomView, user: UserView, message: dict[str, Any]) -> bool:
            if room.room_id == "slow":
                await asyncio.Event().wait()
            return True

    stage = Stage(callback_seconds=0.05)
    stage.register(Slow())
    slow, quick = stage.open("slow"), stage.open("quick")
    stuck = asyncio.create_task(stage.extensions.message(slow, stage.enter(slow, "ann").sid, {"action": "x"}))
    assert await stage.extensions.message(quick, stage.enter(quick, "bob").sid, {"action": "x"}) == {}
    with pytest.raises(RoomApiError) as failure:
        await stuck
    assert failure.value.code is Code.INTERNAL
    assert stage.extensions.errors["test"] == 1


async def test_operations_inside_a_callback_take_effect_before_it_returns() -> None:
    class Bouncer(RoomCallbacks):
        async def on_user_join(self, room: RoomView, user: UserView) -> None:
            if user.user_id == "rude":
                await stage.api.remove_user(room.room_id, "rude")
                gone.append(not (await stage.api.list_users(room.room_id)))

    gone: list[bool] = []
    stage = Stage(callback_seconds=1)
    stage.register(Bouncer())
    stage.enter(stage.open(), "rude")
    await stage.settled()
    assert gone == [True]
    assert not stage.extensions.errors


async def test_an_action_can_be_vetoed_and_an_unknown_message_is_refused() -> None:
    class Strict(RoomCallbacks):
        async def on_action(
            self, room: RoomView, user: UserView, op: str, target_id: str | None, params: dict[str, Any]
        ) -> RoomApiError | None:
            return RoomApiError(Code.BAD_STATE, "not now") if op == "lock" else None

    stage = Stage()
    stage.register(Strict(), message_actions=frozenset({"vote"}))
    room = stage.open()
    ann = stage.enter(room, "ann")
    await stage.extensions.action(room, ann.sid, "kick", "bob", {})
    with pytest.raises(RoomApiError) as veto:
        await stage.extensions.action(room, ann.sid, "lock", None, {})
    assert veto.value.code is Code.BAD_STATE
    for action in ("vote", "dance"):
        with pytest.raises(RoomApiError) as unknown:
            await stage.extensions.message(room, ann.sid, {"action": action})
        assert unknown.value.code is Code.UNKNOWN_ACTION


def test_two_extensions_cannot_have_the_same_type_or_action() -> None:
    stage = Stage()
    stage.register(RoomCallbacks(), "one", message_actions=frozenset({"vote"}))
    for room_type, actions in (("one", frozenset[str]()), ("basic", frozenset[str]()), ("two", frozenset({"vote"}))):
        with pytest.raises(RoomApiError) as conflict:
            stage.register(RoomCallbacks(), room_type, message_actions=actions)
        assert conflict.value.code is Code.CONFLICT


async def test_rooms_that_an_extension_manages_are_neither_opened_nor_closed_by_others() -> None:
    stage = Stage()
    stage.register(RoomCallbacks(), manages_own_sessions=True, max_users=2)
    await stage.api.create_room("show", "test")
    stage.now += 10_000
    stage.rooms.tick(stage.now)
    assert (await stage.api.get_room("show")).max_users == 2
    assert stage.rooms.next_tick() is None


async def test_an_answer_that_waits_for_another_service_holds_up_nobody_else() -> None:
    asked: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    class Asking(RoomCallbacks):
        async def on_message(
            self, room: RoomView, user: UserView, message: dict[str, Any]
        ) -> bool | Awaitable[dict[str, Any]]:
            return asked if message["action"] == "pay" else True

    stage = Stage()
    stage.register(Asking())
    room = stage.open()
    ann, bob = stage.enter(room, "ann"), stage.enter(room, "bob")
    paying = asyncio.create_task(stage.extensions.message(room, ann.sid, {"action": "pay"}))
    assert await stage.extensions.message(room, bob.sid, {"action": "poll"}) == {}
    assert not paying.done()
    asked.set_result({"paid": True})
    assert await paying == {"paid": True}


async def test_an_answer_that_fails_later_is_counted_too() -> None:
    class Failing(RoomCallbacks):
        async def on_message(
            self, room: RoomView, user: UserView, message: dict[str, Any]
        ) -> Awaitable[dict[str, Any]]:
            async def later() -> dict[str, Any]:
                raise ZeroDivisionError

            return later()

    stage = Stage()
    stage.register(Failing())
    room = stage.open()
    with pytest.raises(RoomApiError) as failure:
        await stage.extensions.message(room, stage.enter(room, "ann").sid, {"action": "pay"})
    assert failure.value.code is Code.INTERNAL
    assert stage.extensions.errors["test"] == 1
