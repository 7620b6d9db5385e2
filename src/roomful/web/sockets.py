"""Listening sockets of the main port, opened before anything else so that a taken port is one clear sentence."""

import errno
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import NamedTuple

BACKLOG = 2048


class ListenError(Exception):
    """The server cannot listen where it should. The message names the address and what to change."""


class Use(NamedTuple):
    """What a port is for, and how its number is changed."""

    name: str
    remedy: str


WEB = Use("the main port", "--port or `port`")
MEDIA_UDP = Use("UDP for media", "`rtc.udp_port`")
MEDIA_TCP = Use("TCP for media", "`rtc.tcp_port` (0 turns it off)")
TURN_UDP = Use("UDP for TURN", "`turn.udp_port`")
TURN_TLS = Use("TLS for TURN", "`turn.tls_port`")


def listen(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """Listen on every address, or on all of IPv4 and IPv6 when there is none given. Port 0 takes any free one.

    Raises:
        ListenError: for the first address that cannot be had; the ones before it are closed again.
    """
    sockets: list[socket.socket] = []
    for address in addresses or everywhere():
        try:
            sockets.append(_listen(address, port))
        except OSError as error:
            for listener in sockets:
                listener.close()
            raise ListenError(advice(address, port, error, WEB)) from error
        # The second address of port 0 gets the port that the first one drew.
        port = port or sockets[0].getsockname()[1]
    return sockets


def trouble(kind: socket.SocketKind, address: str, port: int, use: Use) -> str | None:
    """Why a port could not be opened now; `None` when it could."""
    try:
        _bind(kind, address, port).close()
    except OSError as error:
        return advice(address, port, error, use)
    return None


def first_trouble(udp: Iterable[tuple[str, int]], tcp: Iterable[tuple[str, int]]) -> str | None:
    """The first media port that cannot be opened, and why."""
    return _first(((socket.SOCK_DGRAM, MEDIA_UDP, udp), (socket.SOCK_STREAM, MEDIA_TCP, tcp)))


def turn_trouble(udp: Iterable[tuple[str, int]], tcp: Iterable[tuple[str, int]]) -> str | None:
    """The same of the ports of TURN."""
    return _first(((socket.SOCK_DGRAM, TURN_UDP, udp), (socket.SOCK_STREAM, TURN_TLS, tcp)))


def _first(groups: Iterable[tuple[socket.SocketKind, Use, Iterable[tuple[str, int]]]]) -> str | None:
    for kind, use, ports in groups:
        for address, port in ports:
            if found := trouble(kind, address, port, use):
                return found
    return None


def advice(address: str, port: int, error: OSError, use: Use) -> str:
    """What an error of `bind` means, and what to change."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {address} ({use.name}) is taken by another program; choose another with {use.remedy}"
    if error.errno == errno.EACCES:
        return f"port {port} ({use.name}) is reserved for the system; choose one above 1023 with {use.remedy}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{address} is not an address of this machine; see --bind or `bind_addresses`"
    return f"cannot open port {port} of {address} ({use.name}): {error.strerror}"


def everywhere() -> list[str]:
    """The addresses that stand for all: of IPv4 and, where the system has it, of IPv6."""
    return ["0.0.0.0", "::"] if socket.has_dualstack_ipv6() else ["0.0.0.0"]


def _listen(address: str, port: int) -> socket.socket:
    listener = _bind(socket.SOCK_STREAM, address, port)
    try:
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _bind(kind: socket.SocketKind, address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    bound = socket.socket(family, kind)
    try:
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
