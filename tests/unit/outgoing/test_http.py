"""The HTTP client for other people's addresses, against real sockets."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from roomful.outgoing import AddressRules, ForbiddenAddress, OutgoingHttp


class Server:
    """Answers every request with the same bytes, or never."""

    def __init__(self) -> None:
        self.answer: bytes | None = b""
        self.requests: list[bytes] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            if self.answer is None:
                await reader.read()
            else:
                writer.write(self.answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    yield made
    listening.close()


@pytest.fixture
async def http() -> AsyncIterator[OutgoingHttp]:
    client = OutgoingHttp(AddressRules())
    yield client
    await client.close()


async def test_a_request_is_answered(server: Server, http: OutgoingHttp) -> None:
    server.answer = answer("201 Created", b"hello", "X-Thing: 7")
    came = await http.request("POST", server.url, content=b"body")
    assert (came.status, came.ok, came.body, came.headers["x-thing"]) == (201, True, b"hello", "7")


async def test_of_a_long_answer_only_the_beginning_is_read(server: Server, http: OutgoingHttp) -> None:
    server.answer = answer("200 OK", b"x" * 5_000_000)
    assert len((await http.request("GET", server.url, max_bytes=1000)).body) == 1000


async def test_a_server_that_hangs_is_given_up(server: Server, http: OutgoingHttp) -> None:
    server.answer = None
    with pytest.raises((TimeoutError, httpx.TimeoutException)):
        await http.request("GET", server.url, within=0.2)


async def test_a_server_that_is_not_there_is_an_error(http: OutgoingHttp) -> None:
    with pytest.raises(httpx.ConnectError):
        await http.request("GET", "http://127.0.0.1:1/")
    with pytest.raises(httpx.ConnectError, match="could not be looked up"):
        await http.request("GET", "http://no-such-name.invalid/")


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://0/"])
async def test_forbidden_addresses_are_not_connected_to(url: str, http: OutgoingHttp) -> None:
    with pytest.raises(ForbiddenAddress):
        await http.request("GET", url)


async def test_a_redirect_is_an_answer_like_any_other(server: Server, http: OutgoingHttp) -> None:
    server.answer = answer("302 Found", b"", "Location: http://169.254.169.254/")
    assert (await http.request("GET", server.url)).status == 302


async def test_a_redirect_that_is_followed_does_not_lead_to_forbidden_addresses(
    server: Server, http: OutgoingHttp
) -> None:
    server.answer = answer("302 Found", b"", "Location: http://169.254.169.254/")
    with pytest.raises(ForbiddenAddress):
        await http.request("GET", server.url, follow_redirects=True)


async def test_redirects_in_a_circle_end(server: Server, http: OutgoingHttp) -> None:
    server.answer = answer("302 Found", b"", f"Location: {server.url}")
    with pytest.raises(httpx.TooManyRedirects):
        await http.request("GET", server.url, follow_redirects=True)
    assert len(server.requests) == 4


async def test_proxies_of_the_environment_are_not_used(
    server: Server, http: OutgoingHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    client = OutgoingHttp(AddressRules())
    server.answer = answer("200 OK")
    assert (await client.request("GET", server.url)).ok
    await client.close()
