"""uvicorn as it is set up here: large heads, bounded heads, WebSockets, and an end in time."""

import asyncio
import contextlib
import time

import httpx
import pytest
import websockets
from websockets.asyncio.client import connect

from roomful.sockets import socket_of
from roomful.web import http_protocol
from roomful.web.http_protocol import MAX_HEAD_BYTES
from roomful.web.sockets import ListenError, listen
from tests.unit.web.conftest import Site


@pytest.mark.parametrize("size", [100, 100_000, 1_400_000])
async def test_a_join_request_in_the_query_may_be_large(site: Site, size: int) -> None:
    query = "join_request=" + "A" * size
    async with connect(f"ws://127.0.0.1:{site.port}/rtc/v1?{query}") as socket:
        await socket.send("hello")
        assert await socket.recv() == "5"
    assert site.signal.scopes[0]["query_string"] == query.encode()


async def test_a_validate_request_may_be_as_large(site: Site) -> None:
    query = b"join_request=" + b"A" * 1_400_000
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"GET /rtc/validate?" + query + b" HTTP/1.1\r\nhost: x\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 200")
    writer.close()
    assert site.signal.scopes[0]["query_string"] == query


async def test_an_endless_head_is_cut_off(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"GET /")
    # The answer is 431, unless the reset of the connection, which has unread bytes, overtakes it.
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10):
            for _ in range(2 * MAX_HEAD_BYTES // 65536):
                writer.write(b"a" * 65536)
                await writer.drain()
            assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
    writer.close()
    assert site.signal.scopes == []


async def test_a_head_that_does_not_end_in_time_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.05)
    for beginning in (b"", b"GET / HTTP/1.1\r\nhost: x\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(beginning)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_many_requests_use_one_connection(http: httpx.AsyncClient, site: Site) -> None:
    for _ in range(20):
        assert (await http.get("/rtc/validate")).text == "signal"
    assert len({scope["client"] for scope in site.signal.scopes}) == 1


async def test_a_message_over_the_limit_ends_its_connection(site: Site) -> None:
    async with connect(f"ws://127.0.0.1:{site.port}/rtc", max_size=None) as socket:
        with contextlib.suppress(websockets.ConnectionClosed):
            await socket.send(b"x" * 3_000_000)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_messages_are_not_compressed(site: Site) -> None:
    """The memory of both sides' compression is more than everything else of a connection."""
    async with connect(f"ws://127.0.0.1:{site.port}/rtc", compression="deflate") as socket:
        assert socket.protocol.extensions == []


async def test_a_connection_can_be_dropped_with_what_waits_to_be_sent(site: Site) -> None:
    async with connect(f"ws://127.0.0.1:{site.port}/rtc") as socket:
        await socket.send("x")
        await socket.recv()
        socket_of(site.signal.scopes[0]).abort()
        with pytest.raises(websockets.ConnectionClosedError):
            await asyncio.wait_for(socket.recv(), 5)


async def test_a_websocket_to_nowhere_is_not_found_and_that_is_no_error_of_ours(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{site.port}/nowhere")
    assert (refused.value.response.status_code, refused.value.response.body) == (404, b"404 page not found\n")
    await site.web.stop(1.0)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_stopping_ends_idle_connections_in_time(site: Site) -> None:
    async with connect(f"ws://127.0.0.1:{site.port}/rtc") as socket, httpx.AsyncClient() as client:
        await client.get(site.url)
        began = time.monotonic()
        await site.web.stop(5.0)
        assert time.monotonic() - began < 5.0
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


def test_a_taken_port_is_told_with_the_option_to_change() -> None:
    [first] = listen(["127.0.0.1"], 0)
    port = first.getsockname()[1]
    with pytest.raises(ListenError) as error:
        listen(["127.0.0.1"], port)
    first.close()
    assert str(error.value) == (
        f"port {port} of 127.0.0.1 (the main port) is taken by another program; choose another with --port or `port`"
    )


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ListenError, match=r"203\.0\.113\.1 is not an address of this machine"):
        listen(["203.0.113.1"], 0)


def test_all_addresses_get_the_same_free_port() -> None:
    sockets = listen(["127.0.0.1", "127.0.0.2"], 0)
    assert len({listener.getsockname()[1] for listener in sockets}) == 1
    for listener in sockets:
        listener.close()
