"""Whatever a client sends, it is answered or cut off, and the others notice nothing. specs/monibuca-rooms.md §2.3."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roomful.extensions.permission_operations import OPERATIONS
from roomful.protocols.monibuca.messages import MESSAGES
from roomful.rooms.extension import Code
from roomful.rooms.extension.reading import MAX_DEPTH

from .stage import ROOM, Stage

ACTIONS = [*MESSAGES, "send_gift", "", "\x00"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = "room_id user_id user_name token seq content type to extra data op target_id params audio ts device media"
FIELDS = st.dictionaries(
    st.sampled_from(NAMES.split(" ")), JSON | st.sampled_from([ROOM, "ann", "bob", "*", *OPERATIONS]), max_size=6
)
KNOWN = {int(code) for code in Code}


async def misbehave(messages: list[dict[str, Any]], *, joined: bool) -> None:
    stage = Stage()
    host, client = await stage.member("host"), stage.client()
    if joined:
        await client.join("ann")
    for message in messages:
        await client.say_raw(msgspec.json.encode(message).decode())
        stage.now += 1
    assert all(error["code"] in KNOWN and error["code"] != 50001 for error in client.told("error")), client.got
    host.forget()
    await host.say("chat", content="all is well")
    assert host.close_code is None
    assert host.last("chat")["content"] == "all is well"


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(lambda action, fields: {"action": action} | fields, st.sampled_from(ACTIONS), FIELDS), max_size=6
    ),
    st.booleans(),
)
def test_no_message_is_a_bug(messages: list[dict[str, Any]], joined: bool) -> None:
    asyncio.run(misbehave(messages, joined=joined))


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        " ",
        "null",
        "[]",
        "5",
        '"x"',
        "{",
        '{"action"}',
        '{"action": null}',
        "{}",
        "[" * 60_000,
        '{"a":' * 10_000,
        "\ud800",
        '{"action": "chat", "content": "\\ud800"}',
    ],
)
async def test_what_is_no_message_is_refused(stage: Stage, nonsense: str) -> None:
    client = await stage.member("ann")
    await client.say_raw(nonsense)
    assert client.refusal() in (40001, 40003)
    assert client.close_code is None


@pytest.mark.parametrize("action", ["chat", "custom", "report_kv", "action", "send_gift"])
async def test_what_is_nested_too_deeply_reaches_nobody(stage: Stage, action: str) -> None:
    """Somewhere below the depth that cannot be read is one that cannot be written with more around it."""
    host, client = await stage.member("host"), await stage.member("ann")
    for depth in (MAX_DEPTH, *range(900, 1010, 5)):
        deep = '{"a":' * depth + "1" + "}" * depth
        client.forget()
        await client.say_raw(
            f'{{"action":"{action}","content":"x","op":"lock","extra":{deep},"data":{deep},"report":{deep},"params":{deep}}}'
        )
        assert client.refusal() == 40001
        stage.now += 1
    assert not host.told("chat")
    assert not host.told("custom")
    assert (await stage.member("late")).last("room_joined")["room"]["user_count"] == 3


async def test_twenty_are_forgiven_in_ten_seconds(stage: Stage) -> None:
    client = await stage.member("ann")
    for _ in range(40):
        await client.say_raw("nonsense")
        stage.now += 0.6
    assert client.close_code is None
    for _ in range(20):
        await client.say_raw("nonsense")
    assert client.close_code == 4029


async def test_a_flood_is_read_slowly(stage: Stage) -> None:
    client = await stage.member("ann")
    for _ in range(250):
        client.connection.on_message('{"action": "heartbeat"}')
    assert client.socket.paused


async def test_bytes_are_no_messages(stage: Stage) -> None:
    client = await stage.member("ann")
    await client.say_raw(b"{}")
    assert client.close_code == 1003
