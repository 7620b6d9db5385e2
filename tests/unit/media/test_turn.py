"""The TURN server inside, with aioice as its client: over UDP, TLS and plain TCP."""

import asyncio
import datetime
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aioice import stun
from aioice.turn import TurnTransport, create_turn_endpoint

from roomful._native import Turn, TurnError, turn_credentials
from roomful.web.certificates import CertificateFiles, self_signed
from tests.running_server import free_port

WITHIN = 20.0
KEYS = {"key": "secret"}
LOOPBACK = "127.0.0.1"


class Echo(asyncio.DatagramProtocol):
    """Sends back what it gets, as the media engine's port does here."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.transport.sendto(data, addr)


class Inbox(asyncio.DatagramProtocol):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received.put_nowait((data, addr))

    def error_received(self, exc: Exception) -> None:
        self.errors.put_nowait(exc)


@asynccontextmanager
async def echo() -> AsyncIterator[tuple[str, int]]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Echo, local_addr=(LOOPBACK, 0))
    try:
        yield transport.get_extra_info("sockname")
    finally:
        transport.close()


@pytest.fixture
async def sfu() -> AsyncIterator[tuple[str, int]]:
    async with echo() as address:
        yield address


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    return self_signed(tmp_path_factory.mktemp("tls"), [LOOPBACK], datetime.datetime.now(datetime.UTC))


Start = Callable[..., Turn]


@pytest.fixture
def start(sfu: tuple[str, int]) -> Iterator[Start]:
    running: list[Turn] = []

    def begin(**changes: Any) -> Turn:
        settings: dict[str, Any] = {
            "udp": [(LOOPBACK, 0)],
            "tcp": [(LOOPBACK, 0)],
            "certificate": None,
            "relay_ips": [LOOPBACK],
            "relay_ports": (40001, 60000),
            "keys": KEYS,
            "sfu": [(sfu, sfu)],
        }
        turn = Turn(**(settings | changes))
        running.append(turn)
        return turn

    yield begin
    for turn in running:
        turn.close()


async def relay(turn: Turn, how: str = "udp", expires_in: int = 60, sid: str = "PA_1", **more: Any) -> Any:
    """A relay of a participant's, with its inbox. Raises stun.TransactionFailed."""
    username, password = turn_credentials("key", more.pop("secret", "secret"), sid, int(time.time()) + expires_in)
    [address] = turn.udp_addresses() if how == "udp" else turn.tcp_addresses()
    async with asyncio.timeout(WITHIN):
        return await create_turn_endpoint(Inbox, address, username=username, password=password, transport=how, **more)


async def comes_back(transport: TurnTransport, inbox: Inbox, peer: tuple[str, int], data: bytes) -> None:
    transport.sendto(data, peer)
    async with asyncio.timeout(WITHIN):
        assert await inbox.received.get() == (data, peer)


@pytest.mark.parametrize("how", ["udp", "tcp"])
async def test_packets_go_to_the_media_engine_and_back(start: Start, sfu: tuple[str, int], how: str) -> None:
    transport, inbox = await relay(start(), how)
    for size in (1, 2, 3, 4, 1200):
        await comes_back(transport, inbox, sfu, bytes(size))
    transport.close()


async def test_they_do_over_tls(start: Start, sfu: tuple[str, int], files: CertificateFiles) -> None:
    turn = start(certificate=(str(files.certificate), str(files.key)))
    trusted = ssl.create_default_context(cafile=str(files.certificate))
    transport, inbox = await relay(turn, "tcp", ssl=trusted)
    await comes_back(transport, inbox, sfu, b"over TLS")
    transport.close()


async def test_a_peer_that_is_not_the_media_engine_is_refused(start: Start) -> None:
    turn = start()
    async with echo() as other:
        transport, inbox = await relay(turn)
        # The same address as the engine's: the permission is given, and the packet goes nowhere.
        transport.sendto(b"x", other)
        transport.sendto(b"x", ("169.254.169.254", 80))
        async with asyncio.timeout(WITHIN):
            error = await inbox.errors.get()
        assert isinstance(error, stun.TransactionFailed)
        assert error.response.attributes["ERROR-CODE"][0] == 403
        assert inbox.received.empty()
        transport.close()


async def test_networks_can_be_allowed(start: Start) -> None:
    async with echo() as other:
        transport, inbox = await relay(start(allow=["127.0.0.0/8"]))
        await comes_back(transport, inbox, other, b"allowed")
        transport.close()
    turn = start(allow=["127.0.0.0/8"], deny=["127.0.0.1"])
    transport, inbox = await relay(turn)
    transport.sendto(b"x", other)
    async with asyncio.timeout(WITHIN):
        assert isinstance(await inbox.errors.get(), stun.TransactionFailed)
    transport.close()


@pytest.mark.parametrize("wrong", [{"secret": "wrong"}, {"expires_in": -5}])
async def test_bad_credentials_open_no_relay(start: Start, wrong: dict[str, Any]) -> None:
    with pytest.raises(stun.TransactionFailed) as error:
        await relay(start(), **wrong)
    assert error.value.response.attributes["ERROR-CODE"][0] == 401


async def test_a_participant_has_so_many_relays_and_gets_room_again_when_one_goes(start: Start) -> None:
    turn = start(relays_per_user=2)
    first, _ = await relay(turn, "tcp")
    second, _ = await relay(turn, "tcp")
    with pytest.raises(stun.TransactionFailed) as error:
        await relay(turn, "tcp")
    assert error.value.response.attributes["ERROR-CODE"][0] == 508
    other, _ = await relay(turn, "tcp", sid="PA_2")
    await first._close()  # pyright: ignore[reportPrivateUsage]  # `close` does not say when it is done
    third, _ = await relay(turn, "tcp")
    for transport in (second, third, other):
        transport.close()


async def test_strangers_do_no_harm(start: Start, sfu: tuple[str, int], files: CertificateFiles) -> None:
    turn = start(certificate=(str(files.certificate), str(files.key)))
    [udp], [tcp] = turn.udp_addresses(), turn.tcp_addresses()
    transport, inbox = await relay(turn)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for data in (b"", b"\x00", b"GET / HTTP/1.1\r\n\r\n", b"\x00\x01" * 600, b"\x40\x00\xff\xff", b"\xff" * 1400):
            for _ in range(50):
                stranger.sendto(data, udp)
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(900)):
        reader, writer = await asyncio.open_connection(*tcp)
        writer.write(data)
        writer.close()
        async with asyncio.timeout(WITHIN):
            await reader.read()
    await comes_back(transport, inbox, sfu, b"still there")
    transport.close()


async def test_stun_is_answered_for_everybody(start: Start) -> None:
    [address] = start().udp_addresses()
    loop = asyncio.get_running_loop()
    transport, inbox = await loop.create_datagram_endpoint(Inbox, remote_addr=address)
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    transport.sendto(bytes(request))
    async with asyncio.timeout(WITHIN):
        data, _ = await inbox.received.get()
    answer = stun.parse_message(data)
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == transport.get_extra_info("sockname")
    transport.close()


async def test_the_relay_goes_with_its_connection_and_its_server(start: Start) -> None:
    turn = start(relay_ports=(first := free_port(socket.SOCK_DGRAM), first))
    transport, _ = await relay(turn, "tcp")
    with pytest.raises(stun.TransactionFailed):
        await relay(turn, "tcp", sid="PA_2")
    transport._TurnTransport__inner_protocol.transport.abort()
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                transport, _ = await relay(turn, "tcp", sid="PA_2")
                break
            except stun.TransactionFailed:  # the server has not seen the end yet
                continue
    turn.close()
    turn.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, first))


def test_what_it_cannot_start_with_is_said(start: Start, tmp_path: Path, files: CertificateFiles) -> None:
    with pytest.raises(TurnError, match=r"missing\.pem"):
        start(certificate=(str(tmp_path / "missing.pem"), str(files.key)))
    with pytest.raises(TurnError, match=r"self-signed\.crt"):
        start(certificate=(str(files.certificate), str(files.certificate)))
    with socket.create_server((LOOPBACK, 0)) as taken, pytest.raises(OSError, match="TURN on TCP"):
        start(tcp=[taken.getsockname()])
    with pytest.raises(ValueError, match="network"):
        start(allow=["nonsense"])
    with pytest.raises(ValueError, match="address"):
        start(udp=[("here", 1)])
