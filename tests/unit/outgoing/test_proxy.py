"""The proxy for programs with HTTP clients of their own: what is permitted goes through, nothing else."""

import asyncio
import contextlib
import datetime
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from roomful.outgoing import AddressRules, GuardedProxy
from roomful.web.asgi import Receive, Scope, Send, header, respond
from roomful.web.certificates import self_signed
from roomful.web.server import WebServer
from roomful.web.sockets import listen
from tests.running_server import free_port

RULES = AddressRules(deny=["127.0.0.2"])


class Origin:
    """A server at an address that is permitted and at one that is not; it counts its connections."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["path"] == "/away":
            port = scope["server"][1]
            location = f"http://127.0.0.2:{port}/secret".encode()
            await respond(scope, send, 302, b"", headers=[(b"location", location)])
        else:
            await respond(scope, send, 200, b"x" * 300_000)

    @property
    def addresses(self) -> set[str]:
        """Where requests came in."""
        return {scope["server"][0] for scope in self.scopes}


@pytest.fixture
async def origin() -> Origin:
    return Origin()


@pytest.fixture
async def port(origin: Origin) -> AsyncIterator[int]:
    web = WebServer(origin, listen(["127.0.0.1", "127.0.0.2"], free_port(socket.SOCK_STREAM)))
    await web.start()
    yield web.port
    await web.stop(1.0)


@pytest.fixture
async def proxy() -> GuardedProxy:
    return GuardedProxy(RULES)


def through(proxy: GuardedProxy, **options: object) -> httpx.AsyncClient:
    return httpx.AsyncClient(proxy=proxy.start(), trust_env=False, **options)  # type: ignore[arg-type]


async def test_what_is_permitted_goes_through(proxy: GuardedProxy, port: int, origin: Origin) -> None:
    async with through(proxy) as http:
        for _ in range(2):
            answer = await http.get(f"http://127.0.0.1:{port}/a%20b?c=d", headers={"x-mine": "1"})
            assert (answer.status_code, len(answer.content)) == (200, 300_000)
    first = origin.scopes[0]
    assert (first["raw_path"], first["query_string"], header(first, b"x-mine")) == (b"/a%20b", b"c=d", b"1")
    assert header(first, b"host") == f"127.0.0.1:{port}".encode()
    assert proxy.refusal == ""


async def test_nothing_is_sent_where_it_must_not_also_by_a_redirect(
    proxy: GuardedProxy, port: int, origin: Origin
) -> None:
    async with through(proxy, follow_redirects=True) as http:
        for url in (f"http://127.0.0.1:{port}/away", f"http://127.0.0.2:{port}/", "http://169.254.169.254/latest"):
            answer = await http.get(url)
            assert (answer.status_code, "does not connect" in answer.text) == (403, True)
        with pytest.raises(httpx.ProxyError):
            await http.get(f"https://127.0.0.2:{port}/")
    assert origin.addresses == {"127.0.0.1"}
    assert "127.0.0.2" in proxy.refusal


async def test_tls_goes_through_to_its_end(proxy: GuardedProxy, origin: Origin, tmp_path: Path) -> None:
    files = self_signed(tmp_path, [], datetime.datetime.now(datetime.UTC))
    web = WebServer(origin, listen(["127.0.0.1"], 0), files)
    await web.start()
    trusting = ssl.create_default_context(cafile=files.certificate)
    trusting.check_hostname = False
    async with through(proxy, verify=trusting) as http:
        answer = await http.get(f"https://127.0.0.1:{web.port}/")
        assert (answer.status_code, len(answer.content)) == (200, 300_000)
    await web.stop(1.0)


async def test_who_is_not_there_is_a_bad_gateway(proxy: GuardedProxy) -> None:
    async with through(proxy) as http:
        answer = await http.get("http://127.0.0.1:1/")
    assert answer.status_code == 502
    assert "127.0.0.1" in proxy.trouble
    assert proxy.refusal == ""


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n",
        b"GET http://[/ HTTP/1.1\r\n\r\n",
        b"CONNECT :443 HTTP/1.1\r\n\r\n",
        b"CONNECT host:port HTTP/1.1\r\n\r\n",
        b"\xff\xfe \xff \xff\r\n\r\n",
    ],
)
async def test_what_makes_no_sense_is_a_bad_request(proxy: GuardedProxy, request_: bytes) -> None:
    url = httpx.URL(proxy.start())
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request_)
    async with asyncio.timeout(10):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_an_endless_head_is_not_read_to_its_end(proxy: GuardedProxy) -> None:
    url = httpx.URL(proxy.start())
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"GET http://127.0.0.1/ HTTP/1.1\r\n" + b"x" * 200_000)
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.close()
