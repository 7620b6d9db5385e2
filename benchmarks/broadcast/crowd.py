"""Thousands of WebSocket clients in one thread, on bare sockets: a client library would be the slowest part.

The clients know as much of the protocol as they need: they count the bytes of text messages, which all have one length
in a measurement, and answer pings.
"""

import base64
import contextlib
import os
import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

GREETING_SECONDS = 10.0
_BYTES = 65536
_TEXT, _PONG = 0x81, 0x8A
_PING = b"\x89\x00"
_RESET = struct.pack("ii", 1, 0)


class CrowdFailed(Exception):
    """A client was refused or closed, or what was sent did not arrive in time."""


class Crowd:
    """Clients of one server that are connected until `close`."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._poll = select.epoll()
        self._listeners = select.epoll()
        self._clients: dict[int, socket.socket] = {}
        self._buffer = bytearray(_BYTES)
        self.received: dict[int, int] = {}
        """By client: bytes since the last `forget`."""
        self.total = 0
        """Bytes of all clients since the last `forget`."""

    def __len__(self) -> int:
        return len(self._clients)

    def __iter__(self) -> Iterator[int]:
        return iter(self._clients)

    def join(self, count: int) -> None:
        """Connect so many more clients, one after the other. Raises CrowdFailed or OSError."""
        for _ in range(count):
            client = self._connect()
            self._clients[client.fileno()] = client
            self.received[client.fileno()] = 0
            self._poll.register(client, select.EPOLLIN)

    def say(self, client: int, messages: Iterable[bytes]) -> None:
        """Let a client send text messages, all at once."""
        self._clients[client].sendall(b"".join(_masked(message) for message in messages))

    @contextlib.contextmanager
    def preferring(self, clients: Sequence[int]) -> Iterator[None]:
        """Let these be read by `hear` alone: at once, however long it takes to read all others."""
        self._move(clients, self._poll, self._listeners)
        yield
        self._move(clients, self._listeners, self._poll)

    def _move(self, clients: Sequence[int], source: select.epoll, target: select.epoll) -> None:
        for client in clients:
            source.unregister(client)
            target.register(client, select.EPOLLIN)

    def hear(self) -> list[int]:
        """Read what has arrived for those that are preferred. Returns whose bytes. Raises CrowdFailed."""
        return self._read([client for client, _ in self._listeners.poll(0, 1024)])

    def take(self, wait: float, most: int = 1024) -> list[int]:
        """Read what has arrived, or arrives within `wait` seconds, for so many clients. Returns whose bytes.

        Raises CrowdFailed.
        """
        return self._read([client for client, _ in self._poll.poll(wait, most)])

    def _read(self, readable: list[int]) -> list[int]:
        for client in readable:
            count = self._clients[client].recv_into(self._buffer)
            if not count:
                raise CrowdFailed("the server has closed a connection")
            count -= self._answer_pings(client, count)
            self.received[client] += count
            self.total += count
        return readable

    def take_all(self, count: int, within: float = 30.0) -> None:
        """Read until so many bytes have arrived in all. Raises CrowdFailed when they do not, or when there are more."""
        deadline = time.monotonic() + within
        while self.total < count and time.monotonic() < deadline:
            self.take(1.0)
        if self.total != count:
            raise CrowdFailed(f"{self.total} bytes of {count} arrived in {within:.0f} s")

    def take_until_quiet(self, wait: float = 0.5) -> int:
        """Read until nothing has arrived for `wait` seconds. Returns how many bytes it was. Raises CrowdFailed."""
        before = self.total
        while self.take(wait):
            pass
        return self.total - before

    def forget(self) -> None:
        """Count anew."""
        self.received = dict.fromkeys(self._clients, 0)
        self.total = 0

    def close(self) -> None:
        """Leave at once: an orderly end would keep the ports of thousands of clients busy for a minute."""
        for client in self._clients.values():
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            client.close()
        self._clients.clear()
        self._poll.close()
        self._listeners.close()

    def _answer_pings(self, client: int, count: int) -> int:
        """Answer the pings among the first `count` bytes of the buffer. Returns how many bytes they are.

        Messages are ASCII, so that only a ping begins so. One that is cut in two would be counted as text, which
        `take_all` tells; with small messages it does not happen.
        """
        pings = self._buffer.count(_PING, 0, count)
        if pings:
            self._clients[client].sendall(_masked(b"", _PONG))
        return pings * len(_PING)

    def _connect(self) -> socket.socket:
        client = socket.create_connection((self._url.hostname, self._url.port), GREETING_SECONDS)
        path = self._url.path + (f"?{self._url.query}" if self._url.query else "")
        key = base64.b64encode(os.urandom(16)).decode()
        client.sendall(_REQUEST.format(path=path, host=self._url.netloc, key=key).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            part = client.recv(_BYTES)
            if not part:
                break
            answer += part
        if not answer.startswith(b"HTTP/1.1 101 "):
            client.close()
            raise CrowdFailed(f"a client was refused: {answer[:200]!r}")
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client


# The headers of a browser, because a server may keep them as long as the connection.
_REQUEST = (
    "GET {path} HTTP/1.1\r\n"
    "Host: {host}\r\n"
    "Connection: Upgrade\r\n"
    "Pragma: no-cache\r\n"
    "Cache-Control: no-cache\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36\r\n"
    "Upgrade: websocket\r\n"
    "Origin: http://{host}\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n"
    "Sec-WebSocket-Key: {key}\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "\r\n"
)


def _masked(message: bytes, head: int = _TEXT) -> bytes:
    """A frame of a client. The mask is zero, which a server has to apply all the same."""
    size = len(message)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((head,)) + length + bytes(4) + message
