"""The API on plain TCP: two framings, limits, and clients that do not read. specs/nkmedia.md §1, §18 row 30."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomful.protocols.nkmedia.connection import MAX_BUFFERED_BYTES
from roomful.protocols.nkmedia.framing import BadFraming, Framing
from roomful.protocols.nkmedia.tcp import BadAddress, TcpListeners, parse_address
from roomful.web.certificates import self_signed, tls_context

from .stage import Stage

LINE = b'{"class": "core", "cmd": "ping", "tid": 1}'
WITHIN = 10.0


def prefixed(message: bytes) -> bytes:
    return len(message).to_bytes(4) + message


def lined(message: bytes) -> bytes:
    return message + b"\n"


@pytest.mark.parametrize("frame", [prefixed, lined])
@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_messages_are_cut_wherever_the_network_cuts(frame: Callable[[bytes], bytes], piece: int) -> None:
    framing = Framing()
    stream = frame(LINE) * 3
    found: list[bytes] = []
    for place in range(0, len(stream), piece):
        framing.receive(stream[place : place + piece])
        while (message := framing.next_message()) is not None:
            found.append(message)
    assert found == [LINE] * 3
    assert framing.frame(b"{}") == frame(b"{}")


def test_lines_may_end_as_on_windows_and_empty_ones_are_nothing() -> None:
    framing = Framing()
    framing.receive(LINE + b"\r\n\r\n\n" + LINE + b"\n")
    assert [framing.next_message(), framing.next_message(), framing.next_message()] == [LINE, LINE, None]


@pytest.mark.parametrize(
    "stream",
    [b"GET / HTTP/1.1\r\n", b"\x01\x00\x00\x00", b"\x00\x10\x00\x01", b"{" + b"x" * (1024 * 1024 + 1)],
    ids=["http", "length", "too-long", "too-long-a-line"],
)
def test_what_is_no_frame(stream: bytes) -> None:
    framing = Framing()
    framing.receive(stream)
    with pytest.raises(BadFraming):
        framing.next_message()


@pytest.mark.parametrize("address", ["9010", ":9010", "localhost:", "localhost:x", "localhost:70000", ""])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(address)


@pytest.fixture
async def address(stage: Stage) -> AsyncIterator[tuple[str, int]]:
    listeners = TcpListeners(stage.server, lambda: None)
    yield await listeners.listen("127.0.0.1:0")
    await listeners.close()


class TcpClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, by_length: bool) -> None:
        self._reader, self.writer, self._by_length = reader, writer, by_length

    def say(self, **message: object) -> None:
        frame = prefixed if self._by_length else lined
        self.writer.write(frame(msgspec.json.encode(message)))

    async def hear(self) -> Any:
        async with asyncio.timeout(WITHIN):
            if self._by_length:
                length = int.from_bytes(await self._reader.readexactly(4))
                return msgspec.json.decode(await self._reader.readexactly(length))
            return msgspec.json.decode(await self._reader.readline())

    async def is_closed(self) -> bool:
        async with asyncio.timeout(WITHIN):
            try:
                return await self._reader.read() == b""
            except ConnectionResetError:
                return True


async def connect(address: tuple[str, int], *, by_length: bool) -> TcpClient:
    return TcpClient(*await asyncio.open_connection(*address), by_length=by_length)


@pytest.mark.parametrize("by_length", [True, False])
async def test_both_framings_have_the_same_replies(stage: Stage, address: tuple[str, int], by_length: bool) -> None:
    client = await connect(address, by_length=by_length)
    client.say(**{"class": "core"}, subclass="user", cmd="login", data={"user": "ann", "session_id": "s"}, tid=1)
    client.say(**{"class": "media"}, subclass="room", cmd="create", data={"class": "sfu", "room_id": "r1"}, tid=2)
    client.say(**{"class": "core"}, subclass="user", cmd="get", data={"user": "ann"}, tid=3)
    assert [await client.hear() for _ in range(3)] == [
        {"ack": 1},
        {"result": "ok", "data": {"session_id": "s"}, "tid": 1},
        {"result": "ok", "data": {"room_id": "r1"}, "tid": 2},
    ]
    answer = await client.hear()
    assert answer["data"]["s"]["remote"].startswith("tcp:127.0.0.1:")
    client.writer.close()


async def test_the_same_over_tls(stage: Stage, tmp_path: Path) -> None:
    files = self_signed(tmp_path, ["127.0.0.1"], datetime.datetime.now(datetime.UTC))
    listeners = TcpListeners(stage.server, lambda: None)
    host, port = await listeners.listen("127.0.0.1:0", tls_context(files))
    trusting = ssl.create_default_context(cafile=files.certificate)
    client = TcpClient(*await asyncio.open_connection(host, port, ssl=trusting), by_length=True)
    client.say(**{"class": "core"}, subclass="user", cmd="login", data={"user": "ann", "session_id": "s"}, tid=1)
    assert [await client.hear() for _ in range(2)][1] == {"result": "ok", "data": {"session_id": "s"}, "tid": 1}
    assert stage.client("bob").ok("core/user/get", user="ann")["s"]["remote"].startswith("tls:127.0.0.1:")
    client.writer.close()
    await listeners.close()


@pytest.mark.parametrize(
    "message", [b"nonsense\n", b'{"foo": 1}\n', b"{\n", b"\x00\x00\x00\x02[]", b"\x00\xff\xff\xff"]
)
async def test_what_closes_a_connection(address: tuple[str, int], message: bytes) -> None:
    client = await connect(address, by_length=False)
    client.writer.write(message)
    assert await client.is_closed()


async def test_what_follows_a_wrong_password_waits_its_turn() -> None:
    stage = Stage(users={"ann": "right"})
    listeners = TcpListeners(stage.server, lambda: None)
    client = await connect(await listeners.listen("127.0.0.1:0"), by_length=False)
    for tid, password in ((1, "wrong"), (2, "right")):
        data = {"user": "ann", "password": password, "session_id": "s"}
        client.say(**{"class": "core"}, subclass="user", cmd="login", data=data, tid=tid)
    assert [await client.hear() for _ in range(4)] == [
        {"ack": 1},
        {"result": "error", "data": {"code": 100030, "error": "Unauthorized"}, "tid": 1},
        {"ack": 2},
        {"result": "ok", "data": {"session_id": "s"}, "tid": 2},
    ]
    await listeners.close()


async def test_who_does_not_read_is_cut(stage: Stage, address: tuple[str, int]) -> None:
    client = await connect(address, by_length=False)
    client.say(**{"class": "core"}, subclass="user", cmd="login", data={"user": "ann", "session_id": "s"}, tid=1)
    assert await client.hear() == {"ack": 1}
    await client.hear()
    bob = stage.client("bob")
    cut = asyncio.Event()
    stage.server.connections.on_removed.append(lambda caller, now: cut.set())
    text = "x" * 1_000_000
    for _ in range(2 * MAX_BUFFERED_BYTES // len(text) + 20):  # more than all buffers on the way hold
        if cut.is_set():
            break
        bob.ok("core/session/send_event", session_id="s", type="big", body={"text": text})
        await asyncio.sleep(0)
    await asyncio.wait_for(cut.wait(), WITHIN)
    assert "ann" not in bob.ok("core/user/list")
    client.writer.close()
