"""Frames from the server: to one, to many, in order, and to clients that do not read."""

import asyncio
import datetime
import logging
import socket
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from roomful.sockets import SLOW, Socket, binary_frame, text_frame
from roomful.web.asgi import Send
from roomful.web.certificates import self_signed
from tests.unit.web.sockets.hall import WAIT, Hall, deaf, end, hear, serving


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_a_frame_reaches_everybody_however_long_it_is(hall: Hall, compression: str | None) -> None:
    texts = ["é" * (size // 2) for size in (0, 124, 126, 65534, 65536, 300_000)]
    async with hall.client(compression=compression) as (one, _), hall.client(compression=compression) as (two, _):
        for text in texts:
            hall.audience.send_frame(text_frame(text.encode()))
        hall.audience.send_frame(binary_frame(b"\0\xff"))
        for client in (one, two):
            assert await hear(client, len(texts) + 1) == [*texts, b"\0\xff"]


async def test_what_is_sent_in_one_turn_arrives_in_the_order_of_the_calls(hall: Hall) -> None:
    async with hall.client() as (one, first), hall.client() as (two, _):
        audience = hall.audience
        audience.send_frame(text_frame(b"all 1"))
        first.socket.send_frame(text_frame(b"one 2"))
        audience.send_frame(text_frame(b"but one 3"), but=first.socket)
        audience.send_frame(text_frame(b"all 4"))
        first.socket.send_frame(text_frame(b"one 5"))
        assert await hear(one, 4) == ["all 1", "one 2", "all 4", "one 5"]
        assert await hear(two, 3) == ["all 1", "but one 3", "all 4"]
        first.socket.send_frame(text_frame(b"one 6"))
        audience.send_frame(text_frame(b"all 7"))
        assert await hear(one, 2) == ["one 6", "all 7"]


async def test_asgi_sends_keep_their_place_among_frames(hall: Hall) -> None:
    async def after(socket: Socket, send: Send) -> None:
        for number in range(3):
            hall.audience.send_frame(text_frame(b"all %d" % number))
            socket.send_frame(text_frame(b"frame %d" % number))
            await send({"type": "websocket.send", "text": f"asgi {number}"})

    hall.after = after  # type: ignore[assignment]
    async with hall.client() as (client, _):
        expected = [f"{what} {number}" for number in range(3) for what in ("all", "frame", "asgi")]
        assert await hear(client, 9) == expected


async def test_frames_before_the_accept_are_the_first_after_it(hall: Hall) -> None:
    def before(socket: Socket) -> None:
        socket.send_frame(text_frame(b"early"))
        assert socket.is_open
        assert socket.buffered == 7

    hall.before = before  # type: ignore[assignment]
    hall.after = lambda socket, send: socket.send_frame(text_frame(b"late"))
    async with hall.client() as (client, member):
        assert await hear(client, 2) == ["early", "late"]
        assert member.socket.buffered == 0


async def test_a_newcomer_does_not_hear_what_was_said_before(hall: Hall) -> None:
    def after(socket: Socket, send: object) -> None:
        hall.audience.discard(socket)
        hall.audience.send_frame(text_frame(b"before"))
        hall.audience.add(socket)
        hall.audience.send_frame(text_frame(b"after"))

    async with hall.client() as (old, _):
        hall.after = after  # type: ignore[assignment]
        async with hall.client() as (new, _):
            assert await hear(old, 2) == ["before", "after"]
            assert await hear(new) == ["after"]


async def test_who_leaves_the_audience_hears_what_was_said_until_then(hall: Hall) -> None:
    async with hall.client() as (client, member):
        hall.audience.send_frame(text_frame(b"before"))
        hall.audience.discard(member.socket)
        hall.audience.send_frame(text_frame(b"after"))
        member.socket.send_frame(text_frame(b"alone"))
        assert await hear(client, 2) == ["before", "alone"]


async def test_a_socket_is_in_one_audience(hall: Hall) -> None:
    async with hall.client() as (_, member):
        with pytest.raises(ValueError, match="another audience"):
            type(hall.audience)().add(member.socket)


async def test_who_does_not_read_is_dropped_and_the_others_hear_everything(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    client, slow = await deaf(hall)
    frame = text_frame(b"x" * 9_996)
    async with hall.client() as (other, _):
        sent = heard = 0
        while slow.code is None:
            hall.audience.send_frame(frame)
            sent += 1
            # As fast as one of them reads: what the other has not read only grows.
            heard += len(await hear(other))
            assert sent < 5_000, "nobody is slow"
        assert slow.code == SLOW
        assert sent * len(frame) > slow.socket.limit
        hall.audience.send_frame(text_frame(b"still here"))
        assert await hear(other) == ["still here"]
    assert heard == sent
    assert [record.levelname for record in caplog.records if "does not read" in record.message] == ["WARNING"]
    client.close()


async def test_a_limit_of_its_own_is_what_counts_for_a_socket(hall: Hall) -> None:
    client, slow = await deaf(hall)
    slow.socket.limit = 8_000_000
    for _ in range(100):
        slow.socket.send_frame(binary_frame(b"x" * 20_000))
    assert slow.socket.is_open
    assert slow.socket.buffered <= slow.socket.limit
    for _ in range(1000):
        slow.socket.send_frame(binary_frame(b"x" * 20_000))
    await hall.until(lambda: slow.code == SLOW)
    client.close()


async def test_a_client_that_catches_up_is_kept(hall: Hall) -> None:
    async with hall.client(max_queue=1) as (client, member):
        for _ in range(3):
            member.socket.send_frame(binary_frame(b"x" * 900_000))
            await hear(client)
        assert member.code is None


async def test_who_reads_late_misses_nothing_and_gets_nothing_twice(hall: Hall) -> None:
    client, slow = await deaf(hall)
    slow.socket.limit = 100_000_000
    frames = [text_frame(b"%06d" % number + b"x" * 20_000) for number in range(3000)]
    waiting = iter(frames)
    sent = 0
    async with hall.client(max_size=None) as (other, quick):
        while sent < 20 or slow.socket.descriptor >= 0:  # it takes some; then something waits, and more comes
            sent += send_all(hall, waiting)
        sent += send_all(hall, waiting) + send_all(hall, waiting)
        await hear(other, sent)
        got = b""
        while len(got) < sum(map(len, frames[:sent])):
            got += await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 1_000_000), WAIT)
        assert got.endswith(b"".join(frames[:sent]))
        async with asyncio.timeout(WAIT):
            while slow.socket.descriptor < 0:  # the transport tells when it has nothing left, some turns from now
                await other.send("and now?")
                await hall.until(lambda: bool(quick.messages))
                quick.messages.clear()
        sent += send_all(hall, waiting)
        assert await asyncio.wait_for(read_exactly(client, len(frames[0])), WAIT) == frames[sent - 1]
        assert quick.socket.descriptor >= 0
    client.close()


def send_all(hall: Hall, frames: Iterator[bytes]) -> int:
    """Send one frame to everybody at once."""
    hall.audience.send_frame(next(frames))
    hall.audience.flush()
    return 1


async def read_exactly(client: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += await asyncio.get_running_loop().sock_recv(client, size - len(got))
    return got


async def test_who_is_gone_costs_the_others_nothing(hall: Hall) -> None:
    client, gone = await deaf(hall)
    async with hall.client() as (other, _):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        for _ in range(3):
            hall.audience.send_frame(text_frame(b"hello"))
            hall.audience.flush()
        assert await hear(other, 3) == ["hello"] * 3
        await hall.until(lambda: gone.code == 1006)
        assert gone.socket.descriptor == -1
        assert len(hall.audience) == 1


async def test_a_connection_that_closes_is_written_to_no_more(hall: Hall) -> None:
    async with hall.client() as (client, member):
        assert member.socket.descriptor >= 0
        member.socket.close(4000)
        assert member.socket.descriptor == -1
        assert await end(client) == (4000, "")


async def test_it_works_over_tls(tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    files = self_signed(tmp_path, ["127.0.0.1"], now)
    trust = ssl.create_default_context(cafile=files.certificate)
    hall = Hall()
    async with serving(hall, files), hall.client(ssl=trust) as (client, member):
        assert member.socket.descriptor == -1, "what goes there has to be encrypted"
        for number in range(100):
            hall.audience.send_frame(text_frame(b"%d" % number))
        member.socket.send_frame(binary_frame(b"x" * 900_000))
        member.socket.close(4000)
        messages = await hear(client, 101)
        assert messages == [*map(str, range(100)), b"x" * 900_000]
        assert await end(client) == (4000, "")


async def test_the_port_has_http_too(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    async with hall.client() as (client, _), httpx.AsyncClient() as http:
        assert (await http.get(hall.url.replace("ws", "http"))).text == "here"
        hall.audience.send_frame(text_frame(b"and more"))
        assert await hear(client) == ["and more"]
    assert caplog.records == []
