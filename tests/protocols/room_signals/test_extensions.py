"""Rooms that an extension governs: it has a say in who comes in. specs/monibuca-rooms.md §5.1."""

import asyncio

import pytest

from roomful.rooms.extension import Code, ExtensionProps, JoinDecision, Role, RoomCallbacks, RoomView, UserClaim
from roomful.rooms.options import RoomOptions

from .stage import ROOM, Stage

JOIN = {"ve": True, "ae": True, "eg": "native"}


class Doorkeeper(RoomCallbacks):
    """Takes its time, refuses some, makes hosts of others, and fails at last."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.protocols: list[str] = []

    async def before_join(self, room: RoomView, claim: UserClaim) -> JoinDecision:
        self.protocols.append(claim.protocol)
        await self.gate.wait()
        match claim.user_id:
            case "mallory":
                return JoinDecision(allow=False, message="not you")
            case "late":
                return JoinDecision(allow=False, code=Code.ROOM_FULL, message="too many")
            case "buggy":
                raise ZeroDivisionError
            case "agent":
                return JoinDecision(role=Role.AGENT)
            case _:
                return JoinDecision(passes_lobby=claim.user_id == "vip")


@pytest.fixture
async def doorkeeper(stage: Stage) -> Doorkeeper:
    callbacks = Doorkeeper()
    extensions = stage.services.extensions
    extensions.register("test", callbacks, ExtensionProps(name="test", room_type="test"))
    extensions.start()
    stage.rooms.create(ROOM, RoomOptions(type="test"), stage.now)
    return callbacks


async def test_a_join_waits_for_the_decision_and_what_follows_for_the_join(
    stage: Stage, doorkeeper: Doorkeeper
) -> None:
    ann = stage.client("ann")
    assert await ann.say("JOIN", **JOIN) == []
    await ann.say("HEARTBEAT", bid="1")
    doorkeeper.gate.set()
    await stage.settle()
    assert [(message["s"], message["c"]) for message in ann.got] == [("JOIN", 200), ("HEARTBEAT", 200)]
    assert doorkeeper.protocols == ["room_signals"]
    assert (await ann.join())["pt"] == "viewer", "who is in already is not asked about again"
    assert doorkeeper.protocols == ["room_signals"]


@pytest.mark.parametrize(("user", "code"), [("mallory", 4051), ("late", 4021), ("buggy", 500)])
async def test_who_is_refused_is_told_why(stage: Stage, doorkeeper: Doorkeeper, user: str, code: int) -> None:
    doorkeeper.gate.set()
    client = stage.client(user)
    assert await client.code("JOIN", **JOIN) == code
    assert stage.room.participants == {}


async def test_who_is_made_a_host_publishes(stage: Stage, doorkeeper: Doorkeeper) -> None:
    doorkeeper.gate.set()
    agent = stage.client("agent")
    assert (await agent.join())["pt"] == "publisher"
    assert stage.room.with_identity("s-agent").role is Role.AGENT


async def test_a_lobby_is_passed_by_whom_the_extension_lets_pass(stage: Stage, doorkeeper: Doorkeeper) -> None:
    doorkeeper.gate.set()
    stage.room.set_lobby_enabled(True, stage.now)
    ann, vip = stage.client("ann"), stage.client("vip")
    assert await ann.code("JOIN", **JOIN) == 4051
    assert (await vip.join())["pt"] == "viewer"
