"""A host in a network namespace of its own, which this machine alone reaches: a pair of veth devices is the way there.

For servers that need another address than loopback, and clients that stay in this process.
"""

import ipaddress
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from .namespace import Namespace, remove_leftovers, run_ip

DEVICE = "eth0"
"""Of the neighbour."""

_NETWORKS = tuple(ipaddress.IPv4Network("198.18.0.0/20").subnets(new_prefix=30))
"""A part of what RFC 2544 sets aside for tests, so that it is nobody's real network."""


class Neighbour:
    """Lives within its context; then what still runs in it is killed, whatever has happened inside.

    On entering, what neighbours of dead processes left is removed. Raises OSError where that may not be done.
    """

    device = DEVICE
    """Its own end of the way to it."""
    way: str
    """Name of the device at this end."""
    address: str
    """IPv4, of `device`."""

    def __enter__(self) -> Self:
        remove_leftovers()
        self._namespace = Namespace.create("neighbour")
        try:
            self.way, network = self._connect()
            here, there = network.hosts()
            self.address = str(there)
            run_ip("addr", "add", f"{here}/{network.prefixlen}", "dev", self.way)
            run_ip("link", "set", self.way, "up")
            self._namespace.configure(
                f"addr add {there}/{network.prefixlen} dev {DEVICE}",
                f"link set {DEVICE} up",
            )
        except BaseException:
            self._namespace.remove()  # and with it both devices
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            run_ip("link", "del", self.way)  # at once: with the namespace it would go some time later
        finally:
            self._namespace.remove()

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` there."""
        return ["ip", "netns", "exec", self._namespace.name, *argv]

    def _connect(self) -> tuple[str, ipaddress.IPv4Network]:
        """The device here, and a network that no other run uses: who gets the device of its number has it."""
        for number, network in enumerate(_NETWORKS):
            device = f"roomful{number}"
            try:
                run_ip(
                    *("link", "add", device, "type", "veth"),
                    *("peer", "name", DEVICE, "netns", self._namespace.name),
                )
            except OSError as error:
                if "File exists" not in str(error):
                    raise
            else:
                return device, network
        raise OSError("all networks for neighbours are taken")
