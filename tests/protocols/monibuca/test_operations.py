"""Every operation of `action` by every role: what it does, or 40301. specs/monibuca-rooms.md §1.3, §3.4."""

from typing import Any

import pytest

from roomful.extensions.permission_operations import OPERATIONS
from roomful.rooms.extension import Role

from .stage import ROOM, Client, Stage

CALLS: dict[str, dict[str, Any]] = {
    "lock": {},
    "unlock": {},
    "record": {"params": {"on": False}},
    "kick": {"target_id": "bob"},
    "ban": {"target_id": "bob", "params": {"duration": 60, "reason": "spam"}},
    "unban": {"target_id": "bob"},
    "mute": {"target_id": "bob", "params": {"kind": "audio"}},
    "unmute": {"target_id": "bob", "params": {"kind": "audio"}},
    "chat_mute": {"target_id": "bob", "params": {"duration": 60}},
    "chat_unmute": {"target_id": "bob"},
    "slow_mode": {"params": {"seconds": 10}},
    "lobby": {"params": {"on": True}},
    "admit": {"target_id": "*"},
    "reject": {"target_id": "*"},
    "set_role": {"target_id": "bob", "params": {"role": "cohost"}},
    "transfer_host": {"target_id": "bob"},
    "announce": {"params": {"text": "welcome"}},
    "close_room": {},
}
COHOST_MAY = set(CALLS) - {"ban", "unban", "set_role", "transfer_host", "close_room"}
MAY = {
    Role.HOST: set(CALLS),
    Role.AGENT: set(CALLS),
    Role.ADMIN: set(CALLS),
    Role.COHOST: COHOST_MAY,
    Role.MEMBER: set[str](),
    Role.VIEWER: set[str](),
    Role.CUSTOMER: set[str](),
}


def test_every_operation_is_tried() -> None:
    assert set(CALLS) == set(OPERATIONS)


@pytest.mark.parametrize("op", CALLS)
@pytest.mark.parametrize("role", Role)
async def test_an_operation_is_done_or_refused_by_role(stage: Stage, op: str, role: Role) -> None:
    await stage.member("owner")
    actor, _ = await stage.member("ann"), await stage.member("bob")
    await stage.api.set_user_role(ROOM, "ann", role)
    await actor.say("action", op=op, seq=1, **CALLS[op])
    refused = [error["code"] for error in actor.told("error") if error["code"] != 50301]  # there is no recorder
    assert refused == ([] if op in MAY[role] else [40301]), actor.got


class TestEffects:
    async def both(self, stage: Stage) -> tuple[Client, Client]:
        return await stage.member("host"), await stage.member("bob")

    async def test_a_locked_room_lets_nobody_in(self, stage: Stage) -> None:
        host, bob = await self.both(stage)
        await host.say("action", op="lock")
        assert bob.last("room_updated")["changes"] == {"locked": True}
        late = stage.client()
        await late.join("late")
        assert late.refusal() == 40303
        await host.say("action", op="unlock")
        assert (await late.join("late"))["action"] == "room_joined"

    async def test_who_is_kicked_is_told_and_cut_off(self, stage: Stage) -> None:
        host, bob = await self.both(stage)
        await host.say("action", op="kick", target_id="bob", params={"reason": "spam"})
        kicked = bob.last("kicked")
        assert (kicked["by"], kicked["reason"]) == ("host", "spam")
        assert bob.close_code == 4010
        assert host.last("user_left")["reason"] == "kicked"
        assert (await stage.client().join("bob"))["action"] == "room_joined"

    async def test_who_is_banned_stays_out(self, stage: Stage) -> None:
        host, bob = await self.both(stage)
        await host.say("action", op="ban", target_id="bob", params={"duration": 60, "reason": "spam"})
        for client in (host, bob):
            banned = client.last("user_banned")
            assert (banned["user_id"], banned["until"], banned["reason"]) == ("bob", 1_000_060_000, "spam")
        assert bob.close_code == 4003
        assert host.last("user_left")["reason"] == "banned"
        again = stage.client()
        await again.join("bob")
        assert (again.refusal(), again.close_code) == (40302, 4003)
        assert again.last("error")["detail"]["until"] == 1_000_060_000
        await host.say("action", op="unban", target_id="bob")
        assert host.last("user_unbanned")["user_id"] == "bob"
        assert (await stage.client().join("bob"))["action"] == "room_joined"

    async def test_who_is_force_muted_cannot_turn_it_on(self, stage: Stage) -> None:
        host, bob = await self.both(stage)
        await bob.say("media_state", audio=True, video=True)
        assert host.last("media_state")["media"] == {"audio": True, "video": True, "screen": False}
        await host.say("action", op="mute", target_id="bob", params={"kind": "audio"})
        muted = bob.last("force_mute")
        assert (muted["user_id"], muted["kind"], muted["on"], muted["by"]) == ("bob", "audio", True, "host")
        await bob.say("media_state", audio=False)
        await bob.say("media_state", audio=True)
        assert bob.refusal() == 40301
        await host.say("action", op="unmute", target_id="bob", params={"kind": "audio"})
        await bob.say("media_state", audio=True)
        assert host.last("media_state")["audio"] is True

    async def test_the_host_passes_the_room_on(self, stage: Stage) -> None:
        host, bob = await self.both(stage)
        await host.say("action", op="transfer_host", target_id="bob")
        roles = {told["user_id"]: told["changes"]["role"] for told in bob.told("user_updated")}
        assert roles == {"host": "cohost", "bob": "host"}
        assert bob.last("room_updated")["changes"] == {"owner_id": "bob"}

    async def test_when_the_host_leaves_the_oldest_takes_over(self, stage: Stage) -> None:
        host, bob = await self.both(stage)
        await stage.member("eve")
        await host.say("leave_room")
        assert bob.last("user_updated")["changes"] == {"role": "host"}

    async def test_an_announcement_is_part_of_the_room(self, stage: Stage) -> None:
        host, bob = await self.both(stage)
        await host.say("action", op="announce", params={"text": "welcome"})
        assert bob.last("room_updated")["changes"] == {"metadata": {"announcement": "welcome"}}
        assert (await stage.client().join("eve"))["room"]["metadata"] == {"announcement": "welcome"}

    async def test_a_closed_room_is_over_for_all(self, stage: Stage) -> None:
        host, bob = await self.both(stage)
        await host.say("action", op="close_room")
        for client in (host, bob):
            closed = client.last("room_closed")
            assert (closed["reason"], closed["by"]) == ("host", "host")
            assert client.close_code == 4004
            assert client.told("user_left") == []


class TestNonsense:
    @pytest.mark.parametrize(
        ("call", "field"),
        [
            ({}, "op"),
            ({"op": 7}, "op"),
            ({"op": "dance"}, "op"),
            ({"op": "kick"}, "target_id"),
            ({"op": "kick", "target_id": "*"}, "target_id"),
            ({"op": "kick", "target_id": "host"}, "target_id"),
            ({"op": "ban", "target_id": "host"}, "target_id"),
            ({"op": "mute", "target_id": "bob"}, "kind"),
            ({"op": "mute", "target_id": "bob", "params": {"kind": "smell"}}, "kind"),
            ({"op": "ban", "target_id": "bob", "params": {"duration": -1}}, "duration"),
            ({"op": "slow_mode", "params": {"seconds": 601}}, "seconds"),
            ({"op": "set_role", "target_id": "bob", "params": {"role": "host"}}, "role"),
            ({"op": "record", "params": {"on": "yes"}}, "on"),
            ({"op": "lock", "params": []}, "params"),
        ],
    )
    async def test_it_is_named(self, stage: Stage, call: dict[str, Any], field: str) -> None:
        host, _ = await stage.member("host"), await stage.member("bob")
        await host.say("action", **call)
        error = host.last("error")
        assert (error["code"], error["detail"]["field"]) == (40003, field)

    @pytest.mark.parametrize("op", ["kick", "mute", "set_role", "transfer_host", "admit", "reject"])
    async def test_there_is_no_such_user(self, stage: Stage, op: str) -> None:
        host = await stage.member("host")
        await host.say("action", op=op, **{**CALLS[op], "target_id": "nobody"})
        assert host.refusal() == 40402

    async def test_cohosts_do_not_touch_hosts(self, stage: Stage) -> None:
        await stage.member("host")
        cohost, _ = await stage.member("ann"), await stage.member("bob")
        for user in ("ann", "bob"):
            await stage.api.set_user_role(ROOM, user, Role.COHOST)
        for op in ("kick", "mute", "chat_mute"):
            for target in ("host", "bob"):
                await cohost.say("action", op=op, **{**CALLS[op], "target_id": target})
                assert cohost.refusal() == 40301
                cohost.forget()
