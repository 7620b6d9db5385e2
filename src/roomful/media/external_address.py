"""Which address the internet sees this machine at: asked of a STUN server. RFC 8489 §5, §14.2."""

import asyncio
import ipaddress
import secrets
import struct
from collections.abc import Iterable

BINDING_REQUEST = 0x0001
BINDING_SUCCESS = 0x0101
MAGIC_COOKIE = 0x2112A442
XOR_MAPPED_ADDRESS = 0x0020

ASK_AGAIN_SECONDS = 0.5
"""Datagrams get lost. RFC 8489 §6.2.1 doubles the time; a start of five seconds has no room for that."""

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")


class ExternalAddressUnknown(Exception):
    """No STUN server answered in time."""


async def external_address(servers: Iterable[str], within: float) -> str:
    """Return the address in the first answer of the STUN servers (`host:port`), which are asked all at once.

    Raises:
        ExternalAddressUnknown: none has answered after `within` seconds.
    """
    asking = {asyncio.create_task(_ask(server)): server for server in servers}
    trouble: list[str] = []
    try:
        async with asyncio.timeout(within):
            for answer in asyncio.as_completed(asking):
                try:
                    return await answer
                except (OSError, ValueError) as error:
                    trouble.append(str(error))
    except TimeoutError:
        pass
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    raise ExternalAddressUnknown("; ".join([f"no answer from {', '.join(asking.values()) or 'any server'}", *trouble]))


async def _ask(server: str) -> str:
    host, _, port = server.rpartition(":")
    transaction = secrets.token_bytes(12)
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(
        lambda: _Client(transaction), remote_addr=(host.strip("[]"), int(port))
    )
    try:
        while True:
            transport.sendto(_HEADER.pack(BINDING_REQUEST, 0, MAGIC_COOKIE, transaction))
            done, _ = await asyncio.wait([client.answer], timeout=ASK_AGAIN_SECONDS)
            if done:
                return client.answer.result()
    finally:
        transport.close()


class _Client(asyncio.DatagramProtocol):
    def __init__(self, transaction: bytes) -> None:
        self._transaction = transaction
        self.answer = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        address = mapped_address(data, self._transaction)
        if address and not self.answer.done():
            self.answer.set_result(address)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


def mapped_address(message: bytes, transaction: bytes) -> str | None:
    """Return the XOR-MAPPED-ADDRESS of a success answer to this transaction; None for anything else."""
    if len(message) < _HEADER.size:
        return None
    kind, length, cookie, answered = _HEADER.unpack_from(message)
    if (kind, cookie, answered) != (BINDING_SUCCESS, MAGIC_COOKIE, transaction):
        return None
    end, at = min(len(message), _HEADER.size + length), _HEADER.size
    while at + _ATTRIBUTE.size <= end:
        attribute, size = _ATTRIBUTE.unpack_from(message, at)
        value = message[at + _ATTRIBUTE.size : at + _ATTRIBUTE.size + size]
        if attribute == XOR_MAPPED_ADDRESS and (len(value), value[1:2]) in ((8, b"\x01"), (20, b"\x02")):
            key = struct.pack("!I", MAGIC_COOKIE) + transaction
            return str(ipaddress.ip_address(bytes(one ^ other for one, other in zip(value[4:], key, strict=False))))
        at += _ATTRIBUTE.size + size + -size % 4
    return None
