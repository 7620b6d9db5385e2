"""How connections end, and how they are kept."""

import asyncio

import pytest
import websockets

from roomful.sockets import Socket, binary_frame, text_frame
from roomful.web import server, websocket_protocol
from tests.unit.web.sockets.hall import WAIT, Hall, deaf, end, hear, serving


async def test_a_close_before_the_accept_comes_after_it(hall: Hall) -> None:
    def before(socket: Socket) -> None:
        socket.send_frame(text_frame(b"good-bye"))
        socket.close(4001, "not today")
        socket.send_frame(text_frame(b"too late"))

    hall.before = before  # type: ignore[assignment]
    async with hall.client() as (client, member):
        assert await hear(client) == ["good-bye"]
        assert await end(client) == (4001, "not today")
        await hall.until(lambda: member.code == 4001)


async def test_a_close_waits_for_what_was_sent(hall: Hall) -> None:
    async with hall.client() as (client, member):
        member.socket.send_frame(binary_frame(b"x" * 900_000))
        hall.audience.send_frame(text_frame(b"last"))
        member.socket.close(4010, "kicked")
        hall.audience.send_frame(text_frame(b"too late"))
        assert not member.socket.is_open
        assert [len(message) for message in await hear(client, 2)] == [900_000, 4]
        assert await end(client) == (4010, "kicked")
        await hall.until(lambda: member.code == 4010)


async def test_a_long_reason_is_cut_between_characters(hall: Hall) -> None:
    async with hall.client() as (client, member):
        member.socket.close(4000, "é" * 100)
        assert await end(client) == (4000, "é" * 61)


async def test_a_client_that_does_not_take_its_close_is_cut(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_protocol, "CLOSE_SECONDS", 0.05)
    client, member = await deaf(hall)
    member.socket.limit = 50_000_000
    member.socket.send_frame(binary_frame(b"x" * 20_000_000))
    member.socket.close(4010)
    await hall.until(lambda: member.code == 4010)
    client.close()


async def test_an_abort_drops_what_waits(hall: Hall) -> None:
    client, member = await deaf(hall)
    member.socket.limit = 50_000_000
    member.socket.send_frame(binary_frame(b"x" * 20_000_000))
    assert member.socket.buffered > 10_000_000
    member.socket.abort()
    member.socket.send_frame(text_frame(b"nobody reads this"))
    await hall.until(lambda: member.code == 1006)
    client.close()


async def test_an_application_that_fails_after_listening_closes(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    def after(socket: object, send: object) -> None:
        raise RuntimeError("a bug")

    hall.after = after
    async with hall.client() as (client, member):
        assert (await end(client))[0] == 1011
        await hall.until(lambda: member.code == 1011)
    assert "Exception in ASGI application" in caplog.text


async def test_both_sides_may_close_at_once(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    client, member = await deaf(hall)
    member.on_text = lambda message: member.socket.close(4000)
    long_message, close = b"\x81\xfe\x00\xc8" + bytes(4) + b"x" * 200, b"\x88\x82\0\0\0\0\x03\xe8"
    await asyncio.get_running_loop().sock_sendall(client, long_message + close)
    await hall.until(lambda: member.code is not None)
    assert caplog.records == []
    client.close()


async def test_a_code_that_nobody_may_send_is_refused_and_changes_nothing(hall: Hall) -> None:
    async with hall.client() as (client, member):
        with pytest.raises(websockets.ProtocolError):
            member.socket.close(1005)
        member.socket.send_frame(text_frame(b"still here"))
        assert await hear(client) == ["still here"]


async def test_who_closes_is_told_with_its_own_code(hall: Hall) -> None:
    async with hall.client() as (client, member):
        await client.close(4321, "enough")
        await hall.until(lambda: member.code == 4321)
    async with hall.client() as (client, member):
        client.transport.abort()
        await hall.until(lambda: member.code == 1006)
    assert len(hall.audience) == 0


async def test_a_close_ends_well_while_reading_is_paused(hall: Hall) -> None:
    async with hall.client() as (client, member):
        member.socket.pause_reading()
        await client.send("is never taken")
        member.socket.close(4000)
        assert await end(client) == (4000, "")
        await hall.until(lambda: member.code == 4000)
        assert member.messages == []


async def test_a_ping_is_answered(hall: Hall) -> None:
    async with hall.client() as (client, _):
        await asyncio.wait_for(await client.ping(b"are you there?"), WAIT)


@pytest.fixture
def _quick_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "WEBSOCKET_PING", 0.05)


@pytest.mark.usefixtures("_quick_pings")
async def test_a_silent_client_is_pinged_and_kept_when_it_answers() -> None:
    hall = Hall()
    async with serving(hall), hall.client(ping_interval=None) as (client, member):
        pings = 0
        answer = client.protocol.recv_frame

        def count(frame: websockets.frames.Frame) -> None:
            nonlocal pings
            pings += frame.opcode is websockets.frames.Opcode.PING
            answer(frame)
            hall.changed()

        client.protocol.recv_frame = count  # type: ignore[method-assign]
        await hall.until(lambda: pings >= 5)
        assert member.code is None


@pytest.mark.usefixtures("_quick_pings")
async def test_a_client_that_answers_no_ping_is_dropped() -> None:
    hall = Hall()
    async with serving(hall):
        client, member = await deaf(hall)
        await hall.until(lambda: member.code == 1011)
        client.close()


async def test_a_stop_tells_everybody_to_come_back() -> None:
    hall = Hall()
    async with serving(hall) as web, hall.client() as (client, member):
        await web.stop(5.0)
        assert (await end(client))[0] == 1012
        assert member.code == 1012
