"""Who may not say a thing: the same codes for all signals, in the order of checks. specs/room-signals.md §11, §12.1."""

from typing import Any

import pytest

from roomful.protocols.room_signals.channels import SUPPORTED

from .stage import ACTION_OF, Client, Stage

FIELDS: dict[str, dict[str, Any]] = {
    "LEAVE": {},
    "UPDATE": {"ve": True},
    "HEARTBEAT": {"bid": "1"},
    "KICK": {"to": "bob"},
    "PUBLISH_REQUEST": {"ve": True},
    "PUBLISH_ACCEPT": {"to": "bob"},
    "PUBLISH_REJECT": {"to": "bob"},
    "OFFER": {"sdp": "v=0"},
    "ANSWER": {"sdp": "v=0"},
    "ICE": {"sdp": ""},
    "WATCH": {"to": "bob"},
    "SIMULCAST_UPDATE": {"to": "bob", "layer": "low"},
    "CHAT": {"msg": "hello"},
}
"""All but JOIN, well formed."""

EACH = pytest.mark.parametrize("name", FIELDS)


@pytest.fixture
async def alice(stage: Stage) -> Client:
    """The owner of an `m2m` room in which bob is a viewer."""
    alice, bob = stage.client("alice"), stage.client("bob")
    await alice.join(creating=True)
    await bob.join()
    return alice


async def refused(client: Client, name: str, **changes: Any) -> int:
    """The code of the one answer, which repeats the signal."""
    signal = {**client.signal(name, **FIELDS[name]), **changes}
    (answer,) = await client.send({"action": ACTION_OF[name], "data": signal})
    assert (answer["s"], answer["b"]["req"]) == ("leave" if name == "LEAVE" else name, signal)
    return answer["c"]


@EACH
async def test_nobody_is_in_a_room_that_there_is_not(alice: Client, name: str) -> None:
    assert await refused(alice, name, rid="no-such-room") == 4001


@EACH
async def test_a_stranger_is_not_in_the_room(stage: Stage, alice: Client, name: str) -> None:
    assert await refused(stage.client("dave"), name) == 4001


@EACH
async def test_a_session_is_its_users_alone(stage: Stage, alice: Client, name: str) -> None:
    assert await refused(stage.client("dave", session_id="s-bob"), name) == 2001


@EACH
async def test_another_channel_than_the_rooms(alice: Client, name: str) -> None:
    other = "p2m" if name == "SIMULCAST_UPDATE" else "a2m"
    assert await refused(alice, name, ch=other) == (2001 if name == "HEARTBEAT" else 2002)


@EACH
async def test_the_fields_are_looked_at_before_the_room(alice: Client, name: str) -> None:
    assert await refused(alice, name, rid="no-such-room", ch="m2p") == 2001
    assert await refused(alice, name, rid="no-such-room", op=[]) == 2001


@pytest.mark.parametrize("name", [name for name in FIELDS if len(SUPPORTED[name]) < 4])
async def test_the_channel_is_looked_at_before_the_room(alice: Client, name: str) -> None:
    channel = "p2p" if name not in ("OFFER", "ANSWER", "ICE") else "p2m"
    assert await refused(alice, name, rid="no-such-room", ch=channel) == 2002


def test_every_signal_is_looked_at() -> None:
    assert {*FIELDS, "JOIN"} == {*SUPPORTED}
