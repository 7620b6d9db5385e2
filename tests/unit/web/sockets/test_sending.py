"""Frames from the server: to one, to many, in order, and to clients that do not read."""

import datetime
import logging
import ssl
from pathlib import Path

import httpx
import pytest

from roomful.sockets import SLOW, Socket, binary_frame, text_frame
from roomful.web.asgi import Send
from roomful.web.certificates import self_signed
from tests.unit.web.sockets.hall import Hall, deaf, end, hear, serving


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


async def test_it_works_over_tls(tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    files = self_signed(tmp_path, ["127.0.0.1"], now)
    trust = ssl.create_default_context(cafile=files.certificate)
    hall = Hall()
    async with serving(hall, files), hall.client(ssl=trust) as (client, member):
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
