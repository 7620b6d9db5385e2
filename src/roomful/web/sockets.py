"""Listening sockets of the main port, opened before anything else so that a taken port is one clear sentence."""

import errno
import ipaddress
import socket
from collections.abc import Sequence

BACKLOG = 2048


class ListenError(Exception):
    """The server cannot listen where it should. The message names the address and what to change."""


def listen(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """Listen on every address, or on all of IPv4 and IPv6 when there is none given. Port 0 takes any free one.

    Raises:
        ListenError: for the first address that cannot be had; the ones before it are closed again.
    """
    sockets: list[socket.socket] = []
    try:
        for address in addresses or _everywhere():
            sockets.append(_listen(address, port))
            # The second address of port 0 gets the port that the first one drew.
            port = port or sockets[0].getsockname()[1]
    except OSError as error:
        for listener in sockets:
            listener.close()
        raise ListenError(_advice(address, port, error)) from error
    return sockets


def _everywhere() -> list[str]:
    return ["0.0.0.0", "::"] if socket.has_dualstack_ipv6() else ["0.0.0.0"]


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _advice(address: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {address} is taken by another program; choose another with --port or `port`"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved for the system; choose one above 1023 with --port or `port`"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{address} is not an address of this machine; see --bind or `bind_addresses`"
    return f"cannot listen on {address} port {port}: {error.strerror}"
