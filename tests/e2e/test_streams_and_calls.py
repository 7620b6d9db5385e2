"""What the SDKs build on data packets and the server carries: text and byte streams, and remote procedure calls."""

import asyncio

import pytest
from livekit import rtc

from .client import Client
from .meeting import Meeting
from .modes import in_both_modes
from .waiting import WITHIN

LONG_TEXT = "All in the golden afternoon full leisurely we glide. " * 2000


@in_both_modes
async def test_texts_of_any_length_arrive_whole(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    texts = text_streams(bob, "lk.chat")
    for text in ("hi", LONG_TEXT):
        info = await alice.me.send_text(text, topic="lk.chat", attributes={"mood": "good"})
        identity, received, arrived = await asyncio.wait_for(texts.get(), WITHIN)
        assert (identity, received) == ("alice", text)
        assert (arrived.stream_id, arrived.attributes) == (info.stream_id, {"mood": "good"})


async def test_files_arrive_whole(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    content = bytes(range(256)) * 800
    files: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    def on_stream(reader: rtc.ByteStreamReader, identity: str) -> None:
        async def read() -> None:
            files.put_nowait((identity, b"".join([chunk async for chunk in reader])))

        bob.start(read())

    bob.room.register_byte_stream_handler("files", on_stream)
    await alice.me.send_bytes(content, topic="files", name="picture.png", compress=False)
    assert await asyncio.wait_for(files.get(), WITHIN) == ("alice", content)


@in_both_modes
async def test_one_participant_calls_another(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")

    async def greet(call: rtc.RpcInvocationData) -> str:
        return f"{call.caller_identity} says {call.payload}"

    bob.me.register_rpc_method("greet", greet)
    answer = await alice.me.perform_rpc(destination_identity="bob", method="greet", payload="hello")
    assert answer == "alice says hello"


async def test_a_failed_call_says_why(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")

    async def refuse(call: rtc.RpcInvocationData) -> str:
        raise rtc.RpcError(4711, "not today", "come back tomorrow")

    bob.me.register_rpc_method("refuse", refuse)
    with pytest.raises(rtc.RpcError) as refused:
        await alice.me.perform_rpc(destination_identity="bob", method="refuse", payload="")
    assert (refused.value.code, refused.value.message) == (4711, "not today")
    with pytest.raises(rtc.RpcError) as unknown:
        await alice.me.perform_rpc(destination_identity="bob", method="fly", payload="")
    assert unknown.value.code == rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD


def text_streams(client: Client, topic: str) -> asyncio.Queue[tuple[str, str, rtc.TextStreamInfo]]:
    """Sender, text and description of each text stream on a topic, once it is complete."""
    texts: asyncio.Queue[tuple[str, str, rtc.TextStreamInfo]] = asyncio.Queue()

    def on_stream(reader: rtc.TextStreamReader, identity: str) -> None:
        async def read() -> None:
            texts.put_nowait((identity, await reader.read_all(), reader.info))

        client.start(read())

    client.room.register_text_stream_handler(topic, on_stream)
    return texts
