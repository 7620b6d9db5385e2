"""Noise on the media ports, from somebody who is in no room, is thrown away; nobody notices."""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.running_server import RunningServer

from .steady_call import SteadyCall

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = 20260101
DATAGRAMS = 5000

Noise = Callable[[random.Random], bytes]


def stun_request(chance: random.Random) -> bytes:
    """A binding request with a user name nobody has. RFC 8489 §5."""
    name = b"abcd:" + chance.randbytes(4).hex().encode()
    attribute = struct.pack("!HH", 0x0006, len(name)) + name + b"\0" * (-len(name) % 4)
    return struct.pack("!HHI", 0x0001, len(attribute), 0x2112A442) + chance.randbytes(12) + attribute


def broken_stun(chance: random.Random) -> bytes:
    return struct.pack("!HHI", 0x0001, 0xFFFC, 0x2112A442) + chance.randbytes(chance.randrange(60))


def dtls_hello(chance: random.Random) -> bytes:
    """A handshake record with a body of noise. RFC 9147 §4."""
    body = chance.randbytes(chance.randrange(300))
    return struct.pack("!BHHIHH", 22, 0xFEFD, 0, 0, 0, len(body)) + body


def rtp(chance: random.Random) -> bytes:
    header = struct.pack("!BBHII", 0x90, 96, chance.randrange(65536), chance.randrange(2**32), chance.randrange(2**32))
    return header + chance.randbytes(chance.randrange(1200))


def rtcp(chance: random.Random) -> bytes:
    return struct.pack("!BBHI", 0x9F, 200, 0xFFFF, chance.randrange(2**32)) + chance.randbytes(chance.randrange(90))


def anything(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(1400))


@pytest.mark.parametrize("noise", [stun_request, broken_stun, dtls_hello, rtp, rtcp, anything])
async def test_datagrams_of_a_stranger_disturb_nobody(
    call: SteadyCall, roomful_server: RunningServer, noise: Noise
) -> None:
    chance = random.Random(SEED)
    async with call.undisturbed():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for number in range(DATAGRAMS):
                stranger.sendto(noise(chance), ("127.0.0.1", roomful_server.ports["udp"]))
                if number % 100 == 0:
                    await asyncio.sleep(0)


@pytest.mark.parametrize(
    "said",
    [b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff" + b"x" * 70_000, b"\0\0" * 5000, b"\0\x14" + b"\1" * 20, b"\5"],
    ids=["HTTP", "long frame", "empty frames", "no STUN", "half a length"],
)
async def test_a_stranger_on_the_tcp_port_disturbs_nobody(
    call: SteadyCall, roomful_server: RunningServer, said: bytes
) -> None:
    async with call.undisturbed(), media_connection(roomful_server) as (reader, writer):
        writer.write(said)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            # Dropped for its noise, or kept until its time to say something sensible is over.
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                assert await asyncio.wait_for(reader.read(1), 0.5) == b"", "strangers are told nothing"


async def test_many_idle_connections_to_the_tcp_port_disturb_nobody(
    call: SteadyCall, roomful_server: RunningServer
) -> None:
    async with call.undisturbed(), contextlib.AsyncExitStack() as connections:
        for _ in range(300):
            with contextlib.suppress(ConnectionError):
                await connections.enter_async_context(media_connection(roomful_server))


@asynccontextmanager
async def media_connection(server: RunningServer) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A TCP connection to the media port. Raises ConnectionError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.ports["tcp"])
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
