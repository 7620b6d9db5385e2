"""A host of the lab: a network namespace with one address, and the knobs and counters of its line."""

import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from .control import AddLine, Counted, Impair, Move, ReadCounters, SetCut
from .impairment import HostCounters, Impairment
from .link_process import LinkProcess
from .namespace import Namespace
from .tun import DEVICE, MTU, open_tun


class Host:
    """Made by `NetLab.host`; lives as long as its lab."""

    device = DEVICE
    """Name of the network interface inside."""

    def __init__(self, name: str, address: str, prefix: int, link: LinkProcess, seed: str) -> None:
        self.name = name
        self.address = address
        """IPv4 address, reachable only from the hosts of the same lab."""
        self._prefix = prefix
        self._link = link
        self._sockets: list[socket.socket] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self.namespace = Namespace.create(name)
        try:
            tun = self.namespace.call(open_tun)
            try:
                # The long queue leaves loss to the link: a burst waits for it instead of being dropped by the device.
                self.namespace.configure(
                    f"link set {DEVICE} mtu {MTU} txqueuelen 10000",
                    f"addr add {address}/{prefix} dev {DEVICE}",
                    f"link set {DEVICE} up",
                )
                link.ask(AddLine(name, address, seed), tun)
            finally:
                os.close(tun)
        except BaseException:
            self.namespace.remove()
            raise

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` in this host, for those who start processes their own way (asyncio).

        What runs in a lab goes before other work of the machine, so that a busy machine is not taken for a bad network.
        """
        return ["nice", "-n", "-10", "ip", "netns", "exec", self.namespace.name, *argv]

    def popen(
        self,
        argv: Sequence[str],
        *,
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
        env: dict[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a process in this host; what still runs when the lab closes is killed."""
        process = subprocess.Popen(self.command(argv), stdin=stdin, stdout=stdout, stderr=stderr, env=env)
        self._processes.append(process)
        return process

    def run(self, argv: Sequence[str], *, within: float = 30.0) -> subprocess.CompletedProcess[bytes]:
        """Runs a process in this host to its end, output captured. Raises TimeoutExpired after `within` seconds."""
        return subprocess.run(
            self.command(argv), stdin=subprocess.DEVNULL, capture_output=True, timeout=within, check=False
        )

    def socket(self, kind: socket.SocketKind, *, timeout: float | None = 5.0) -> socket.socket:
        """An IPv4 socket that lives in this host and is used from here; closed with the lab. `timeout` in seconds."""
        made = self.namespace.call(lambda: socket.socket(socket.AF_INET, kind))
        made.settimeout(timeout)
        self._sockets.append(made)
        return made

    def impair(self, *, up: Impairment | None = None, down: Impairment | None = None) -> None:
        """Sets what is wrong from now on with what the host sends (`up`) and what it gets (`down`); None: no change."""
        self._link.ask(Impair(self.name, up, down))

    def cut(self) -> None:
        """Takes the network away: nothing gets in or out, and nobody is told."""
        self._link.ask(SetCut(self.name, off=True))

    def restore(self) -> None:
        """Gives the network back, with the impairments that were set."""
        self._link.ask(SetCut(self.name, off=False))

    def move(self, address: str) -> None:
        """Gives the host another address, as a laptop gets that goes to another network; the old one is gone."""
        self.namespace.configure(
            f"addr del {self.address}/{self._prefix} dev {DEVICE}", f"addr add {address}/{self._prefix} dev {DEVICE}"
        )
        self._link.ask(Move(self.name, address))
        self.address = address

    def counters(self) -> HostCounters:
        """What has gone over the line since the host was made."""
        reply = self._link.ask(ReadCounters(self.name))
        assert isinstance(reply, Counted)
        return reply.counters

    def device_drops(self) -> int:
        """Packets the device itself dropped because the link was too slow; unless 0, the lab is not to be believed."""
        lines = self.namespace.call(lambda: Path("/proc/thread-self/net/dev").read_text()).splitlines()
        fields = next(line.split() for line in lines if line.strip().startswith(f"{DEVICE}:"))
        return int(fields[4]) + int(fields[12])

    def close(self) -> None:
        """Ends everything that runs here and removes the namespace. Only the lab calls it."""
        for opened in self._sockets:
            opened.close()
        self.namespace.remove()
        for process in self._processes:
            process.wait(timeout=5)
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
