"""Messages from clients: whole, in pieces, too many, too long, and wrong."""

import asyncio

import pytest

from roomful.sockets import text_frame
from tests.unit.web.sockets.hall import Hall, deaf, end, hear


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_messages_of_all_sizes_and_kinds_are_taken_in_order(hall: Hall, compression: str | None) -> None:
    sent = ["", "é", b"", b"\xff", "a" * 125, "b" * 126, b"c" * 65535, "d" * 65536, "e"]
    async with hall.client(compression=compression) as (client, member):
        for message in sent:
            await client.send(message)
        await client.send(["one ", "message ", "in ", "parts"])
        await client.send("last")
        await hall.until(lambda: len(member.messages) == len(sent) + 2)
    assert member.messages == [*sent, "one message in parts", "last"]


async def test_messages_that_arrive_in_any_pieces_are_taken(hall: Hall) -> None:
    client, member = await deaf(hall)
    whole = b"".join(masked(text) for text in (b"one", b"two" * 50, b"", b"three"))
    loop = asyncio.get_running_loop()
    for size in (1, 2, 5, 7, 100):
        member.messages.clear()
        for start in range(0, len(whole), size):
            await loop.sock_sendall(client, whole[start : start + size])
            await asyncio.sleep(0)  # and let the server read
        await hall.until(lambda: len(member.messages) == 4)
        assert member.messages == ["one", "two" * 50, "", "three"]
    client.close()


async def test_control_frames_may_come_between_the_parts_of_a_message(hall: Hall) -> None:
    client, member = await deaf(hall)
    parts = (b"\x01\x82\0\0\0\0on", b"\x89\x80\0\0\0\0", b"\x00\x81\0\0\0\0e", b"\x80\x80\0\0\0\0", masked(b"two"))
    loop = asyncio.get_running_loop()
    for part in parts:
        await loop.sock_sendall(client, part)
    await hall.until(lambda: len(member.messages) == 2)
    assert member.messages == ["one", "two"]
    assert (await loop.sock_recv(client, 1000)).endswith(b"\x8a\x00")  # the pong
    client.close()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x81\0\0\0\0\xff", 1007),
        (b"\x81\xfe\x00\x80\0\0\0\0" + b"\xff" * 128, 1007),
        (b"\x81\x01x", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (b"\xc1\x80\0\0\0\0", 1002),
        (b"\x80\x80\0\0\0\0", 1002),
        (b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0", 1002),
        (b"\x88\x81\0\0\0\0x", 1002),
    ],
    ids=["not UTF-8", "long and not UTF-8", "unmasked", "reserved opcode", "reserved bit", "continues nothing",
         "begins in a message", "half a code"],
)  # fmt: skip
async def test_a_violation_ends_its_connection(hall: Hall, data: bytes, code: int) -> None:
    client, member = await deaf(hall)
    await asyncio.get_running_loop().sock_sendall(client, masked(b"fine") + data + masked(b"ignored"))
    await hall.until(lambda: member.code == code)
    assert member.messages == ["fine"]
    client.close()


async def test_a_message_over_the_protocols_limit_is_too_big(hall: Hall) -> None:
    hall.max_message = 65536
    async with hall.client() as (client, member):
        await client.send("x" * 65536)
        await hall.until(lambda: len(member.messages) == 1)
        await client.send(["x" * 40_000, "x" * 40_000])
        assert (await end(client))[0] == 1009
        await hall.until(lambda: member.code == 1009)
        assert len(member.messages) == 1


async def test_a_message_over_a_small_limit_is_too_big_in_one_frame_too(hall: Hall) -> None:
    hall.max_message = 300
    async with hall.client() as (client, member):
        await client.send("x" * 300)
        await client.send("x" * 301)
        assert (await end(client))[0] == 1009
        await hall.until(lambda: member.code == 1009)
        assert member.messages == ["x" * 300]


async def test_a_frame_over_its_limit_is_too_big_and_its_parts_are_not(hall: Hall) -> None:
    hall.max_frame = 300
    async with hall.client() as (client, member):
        await client.send("x" * 300)
        await client.send(["y" * 300, "y" * 300])
        await hall.until(lambda: len(member.messages) == 2)
        await client.send("x" * 301)
        assert (await end(client))[0] == 1009
        assert member.messages == ["x" * 300, "y" * 600]


async def test_a_member_that_fails_loses_its_connection_and_nobody_elses(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    async with hall.client() as (one, first), hall.client() as (two, _):
        first.failure = RuntimeError("a bug")
        await one.send("now")
        assert (await end(one))[0] == 1011
        hall.audience.send_frame(text_frame(b"still here"))
        assert await hear(two) == ["still here"]
    assert "a WebSocket message could not be handled" in caplog.text


async def test_messages_wait_while_reading_is_paused(hall: Hall) -> None:
    async with hall.client() as (client, member):

        def take_two(message: str | bytes) -> None:
            member.messages.append(message)
            if len(member.messages) % 2 == 0:
                member.socket.pause_reading()

        member.on_text = take_two
        for number in range(6):
            await client.send(str(number))
        for count in (2, 4, 6):
            await hall.until(lambda count=count: len(member.messages) == count)
            await client.ping()  # is in the same stream, so that it would push more messages out
            assert len(member.messages) == count
            member.socket.resume_reading()
        assert member.messages == ["0", "1", "2", "3", "4", "5"]


def masked(text: bytes) -> bytes:
    """A text message of a client, masked."""
    mask = b"\x12\x34\x56\x78"
    length = bytes((0x80 | len(text),)) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    return b"\x81" + length + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))
