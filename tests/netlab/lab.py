"""The lab: hosts around one link, and the promise that nothing of them stays behind."""

import contextlib
import ipaddress
import re
from types import TracebackType
from typing import Self

from .control import SetApart
from .host import Host
from .link_process import LinkProcess
from .namespace import remove_leftovers

_NETWORK = ipaddress.IPv4Network("10.77.0.0/16")
_HOST_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


class NetLab:
    """A star of hosts around a link: what one sends passes its own `up`, then the other's `down` direction.

    On leaving the context all processes in the hosts are killed, the link is ended and the namespaces are removed,
    whatever has happened inside; on entering, what labs of dead processes left is removed. Labs do not see each other.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._hosts: dict[str, Host] = {}
        self._open = contextlib.ExitStack()
        self._link: LinkProcess | None = None
        self._moves = 0

    def __enter__(self) -> Self:
        remove_leftovers()
        self._link = LinkProcess()
        self._open.callback(self._link.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def link_pid(self) -> int:
        """The link's process. Raises RuntimeError outside of the context."""
        return self._running_link().pid

    def host(self, name: str) -> Host:
        """The host of that name (lower-case letters, digits, hyphens), made on first use."""
        if name not in self._hosts:
            if _HOST_NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no host name: a lower-case letter, then up to 30 of a-z, 0-9 and -")
            address = str(_NETWORK[len(self._hosts) + 1])
            made = Host(name, address, _NETWORK.prefixlen, self._running_link(), f"{self._seed}/{name}")
            self._open.callback(made.close)
            self._hosts[name] = made
        return self._hosts[name]

    def divide(self, *sides: set[str]) -> None:
        """Lets hosts of different sides, by their names, not reach each other; who is on none reaches all."""
        self._running_link().ask(SetApart([sorted(side) for side in sides]))

    def unite(self) -> None:
        """Ends what `divide` did."""
        self.divide()

    def free_address(self) -> str:
        """An address that no host has, for one that moves."""
        self._moves += 1
        return str(_NETWORK[256 + self._moves])

    def _running_link(self) -> LinkProcess:
        if self._link is None:
            raise RuntimeError("a NetLab is used as a context manager: with NetLab() as lab: ...")
        return self._link
