"""Network namespaces with names that say whose they are, so that leftovers of dead processes can be told and removed.

A name is `roomful-<pid>-<start time of that pid>-<serial>-<host>`; pids come again, a pid with its start time doesn't.
"""

import contextlib
import ctypes
import itertools
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

NAMESPACES = Path("/run/netns")
"""Where `ip netns` keeps its names."""

_CLONE_NEWNET = 0x40000000
_NAME = re.compile(r"roomful-(?P<pid>\d+)-(?P<started>\d+)-\d+-[a-z0-9-]+")
_libc = ctypes.CDLL(None, use_errno=True)
_serials = itertools.count()

Result = TypeVar("Result")


class Namespace:
    """A network namespace known to `ip netns` by a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = NAMESPACES / name

    @classmethod
    def create(cls, host: str) -> Self:
        """Makes one for a host, loopback up and IPv6 off (router solicitations would throw the dice, too)."""
        pid = os.getpid()
        made = cls(f"roomful-{pid}-{_start_time(pid)}-{next(_serials)}-{host}")
        run_ip("netns", "add", made.name)
        try:
            made.call(lambda: Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1"))
            made.configure("link set lo up")
        except BaseException:
            made.remove()
            raise
        return made

    def configure(self, *commands: str) -> None:
        """Runs commands of iproute2 inside, such as `link set lo up`. Raises OSError with ip's words when one fails."""
        run_ip("-n", self.name, "-batch", "-", stdin="\n".join(commands))

    def call(self, function: Callable[[], Result]) -> Result:
        """Calls a function in a short-lived thread that stands in the namespace; what it opens stays there for good.

        Devices and sockets keep the namespace of the thread that made them and can be used from anywhere.
        """

        def inside() -> Result:
            with self.path.open() as file:
                if _libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
                    error = ctypes.get_errno()
                    raise OSError(error, f"cannot enter {self.name}: {os.strerror(error)}")
            return function()

        with ThreadPoolExecutor(max_workers=1, thread_name_prefix=self.name) as thread:
            return thread.submit(inside).result()

    def processes(self) -> list[int]:
        """The pids of the processes in the namespace."""
        ours = _identity(self.path)
        found = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [pid for pid in found if ours is not None and _identity(Path(f"/proc/{pid}/ns/net")) == ours]

    def remove(self, within: float = 5.0) -> None:
        """Ends what still runs inside (SIGKILL) and removes the namespace. TimeoutError if something won't die."""
        deadline = time.monotonic() + within
        while pids := self.processes():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > deadline:
                raise TimeoutError(f"processes {pids} in {self.name} survive SIGKILL for {within} s")
            time.sleep(0.01)
        if self.path.exists():
            run_ip("netns", "del", self.name)


def remove_leftovers() -> list[str]:
    """Removes the namespaces of labs whose process is no more, with all that runs in them; answers their names."""
    removed: list[str] = []
    for path in NAMESPACES.iterdir() if NAMESPACES.exists() else ():
        owner = _NAME.fullmatch(path.name)
        if owner is None or _start_time(int(owner["pid"])) == int(owner["started"]):
            continue
        with contextlib.suppress(OSError):  # another lab may be removing it just now
            Namespace(path.name).remove()
            removed.append(path.name)
    return removed


def run_ip(*arguments: str, stdin: str = "") -> str:
    """Runs `ip` and answers what it prints. Raises OSError with its error output when it fails."""
    done = subprocess.run(["ip", *arguments], input=stdin, capture_output=True, text=True, timeout=10, check=False)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip() or f'exit code {done.returncode}'}")
    return done.stdout


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _start_time(pid: int) -> int | None:
    """Clock ticks from boot to the start of a process (field 22 of proc(5) stat), or None when it is dead."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if after_name[0] == "Z" else int(after_name[19])
