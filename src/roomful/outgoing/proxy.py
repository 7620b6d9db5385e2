"""A forward proxy for programs that connect by themselves wherever what they read leads them: redirects, playlists.

It listens on the loopback, for this process alone, and connects only where the rules permit, to the address that was
checked. Plain HTTP and CONNECT (RFC 9110 §9.3.6), one request per connection.
"""

import asyncio
import contextlib
import os
import threading
from urllib.parse import urlsplit

from roomful.outgoing.addresses import AddressRules, ForbiddenAddress, resolve

CONNECT_SECONDS = 5.0
HEAD_SECONDS = 10.0
MAX_HEAD_BYTES = 64 * 1024
PIECE_BYTES = 64 * 1024


class _Refused(Exception):
    """The proxy's own answer to a request: a line of status, and the reason."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class GuardedProxy:
    """Runs on a thread of its own from `start` until the process ends."""

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules
        self._port: int | None = None
        self._listening = threading.Event()
        self.refusal = ""
        """Why a connection was refused because of its address, the first one; empty if none was."""
        self.trouble = ""
        """Why a connection could not be made at all, the last one."""

    def start(self) -> str:
        """Return the URL of the proxy. Raises OSError if it cannot listen."""
        threading.Thread(target=lambda: asyncio.run(self._run()), name="proxy", daemon=True).start()
        self._listening.wait()
        if self._port is None:
            raise OSError("the proxy cannot listen on the loopback")
        return f"http://127.0.0.1:{self._port}"

    async def _run(self) -> None:
        try:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
            self._port = server.sockets[0].getsockname()[1]
        finally:
            self._listening.set()
        await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            try:
                async with asyncio.timeout(HEAD_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                await self._forward(head, reader, writer)
            except _Refused as refused:
                body = f"{refused}\n".encode()
                writer.write(
                    f"HTTP/1.1 {refused.status}\r\ncontent-type: text/plain\r\ncontent-length: {len(body)}\r\n"
                    "connection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        writer.close()

    async def _forward(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, lines = _parsed(head)
        if method == "CONNECT":
            there_reader, there = await self._connect(f"//{target}", 443)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            there_ends = asyncio.create_task(_pump(reader, there))
        else:
            there_reader, there = await self._connect(target, 80)
            there.write(_request(method, target, lines))
            there_ends = None
        try:
            await _pump(there_reader, writer)
        finally:
            if there_ends is not None:
                there_ends.cancel()
            there.close()

    async def _connect(self, url: str, default_port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or default_port
        except ValueError:
            raise _Refused("400 Bad Request", "not a URL") from None
        if parts.scheme not in ("", "http") or not host:
            raise _Refused("400 Bad Request", "a proxy for http, and for CONNECT")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                addresses = await resolve(host, port, self._rules)
                return await _first(addresses, port)
        except ForbiddenAddress as error:
            self.refusal = self.refusal or str(error)
            raise _Refused("403 Forbidden", str(error)) from None
        except OSError as error:  # time-outs too
            # asyncio's own words are about its call, those of the system about the connection.
            why = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
            self.trouble = f"cannot connect to {host}: {(why or 'no answer').lower()}"
            raise _Refused("502 Bad Gateway", self.trouble) from None


def _parsed(head: bytes) -> tuple[str, str, list[str]]:
    """Method, target and header lines of a request. Raises _Refused."""
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        raise _Refused("400 Bad Request", "not HTTP")
    return words[0], words[1], lines


def _request(method: str, target: str, lines: list[str]) -> bytes:
    """The request as the server itself gets it. The connection ends with the answer: the next may go elsewhere."""
    parts = urlsplit(target)
    path = parts._replace(scheme="", netloc="").geturl() or "/"
    dropped = ("connection:", "proxy-", "keep-alive:")
    kept = [line for line in lines if not line.lower().startswith(dropped)]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]).encode("latin-1")


async def _first(addresses: list[str], port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The first address that answers. Raises OSError if none does."""
    trouble = OSError("no address")
    for address in addresses:
        try:
            return await asyncio.open_connection(address, port)
        except OSError as error:
            trouble = error
    raise trouble


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
