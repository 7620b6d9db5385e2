"""Which addresses the server may connect to on behalf of others.

Private networks and this machine are fine: that is where back ends and cameras are. What is not: addresses that mean
something else on every machine or network (link-local, multicast, "this host"), and those where clouds hand out their
machines' credentials to whoever asks.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import TypeAlias

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

FORBIDDEN = (
    "0.0.0.0/8",  # "this host" (RFC 1122 §3.2.1.3): Linux connects to itself
    "169.254.0.0/16",  # link-local (RFC 3927); the metadata service of nearly all clouds is 169.254.169.254
    "100.100.100.200/32",  # metadata of Alibaba Cloud
    "168.63.129.16/32",  # host agent of Azure
    "192.0.0.192/32",  # metadata of Oracle Cloud, classic
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
    "::/128",
    "fe80::/10",  # link-local
    "ff00::/8",  # multicast
    "fd00:ec2::/32",  # metadata of AWS
    "fd20:ce::254/128",  # metadata of Google Cloud
)

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class ForbiddenAddress(Exception):
    """The server does not connect there. The message names host and address."""


class AddressRules:
    """`FORBIDDEN`, changed by what the configuration allows and denies."""

    def __init__(self, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> None:
        """Networks as CIDR or single addresses; `deny` wins over `allow`. Raises ValueError for what is neither."""
        self.allow, self.deny = tuple(allow), tuple(deny)
        self._allowed, self._denied = _networks(self.allow), _networks(self.deny)

    def permits(self, address: str) -> bool:
        """Say whether the server may connect to an IP address, however it is written. Raises ValueError for others."""
        ip = _plain(ipaddress.ip_address(address))
        if any(ip in network for network in self._denied):
            return False
        if any(ip in network for network in self._allowed):
            return True
        return not any(ip in network for network in _FORBIDDEN)


async def resolve(host: str, port: int, rules: AddressRules) -> list[str]:
    """The addresses of a name or literal, best first, all of them permitted; at least one.

    Raises:
        ForbiddenAddress: one of them is not; a name with a good and a bad address is a trick.
        OSError: the name does not resolve.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a label that is empty or too long
        raise OSError(f"{host!r} is not a host name") from None
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    for address in addresses:
        if not rules.permits(address):
            raise ForbiddenAddress(f"{host} is {address}, where this server does not connect to (see outgoing.allow)")
    return addresses


def _plain(ip: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv6 one that only wraps it."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def _networks(texts: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


_FORBIDDEN = _networks(FORBIDDEN)
