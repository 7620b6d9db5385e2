"""Debian's PostgreSQL, of the tests' own, on loopback; it can be stopped at once and started again."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tests.running_server import free_port

WITHIN = 60
"""Seconds for what its commands do."""
USER, PASSWORD = "roomful", "a password: with/@signs"
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class RunningPostgres:
    """The server, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        if not _PROGRAMS:
            raise RuntimeError("PostgreSQL is not installed (Debian: apt install postgresql)")
        self.port = free_port(socket.SOCK_STREAM)
        self._folder = folder
        self._data = folder / "data"
        self._databases = 0

    def make(self) -> None:
        """Make its files; nothing is lost by leaving them to the system's cache."""
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        shutil.chown(secret, _owner())
        self._run(
            *("initdb", "--pgdata", str(self._data), "--username", USER, "--pwfile", str(secret)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "--wait", "--pgdata", str(self._data), "--log", log, "--options", options)

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is what a power cut does to those that are connected."""
        self._run("pg_ctl", "stop", "--wait", "--mode", mode, "--pgdata", str(self._data))

    def new_database(self) -> str:
        """The address of a database with nothing in it."""
        self._databases += 1
        name = f"test{self._databases}"
        environment = {**os.environ, "PGPASSWORD": PASSWORD}
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, name, environment=environment)
        return f"postgresql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
        done = subprocess.run(
            [str(_PROGRAMS[-1] / program), *arguments],
            user=_owner(),
            cwd=self._folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a server that goes on would keep a pipe open
            stderr=subprocess.DEVNULL,
            timeout=WITHIN,
            check=False,
        )
        if done.returncode:
            log = self._folder / "log"
            raise RuntimeError(f"{program} failed\n{log.read_text() if log.exists() else ''}")


@contextlib.contextmanager
def running_postgres() -> Iterator[RunningPostgres]:
    """Not in the tests' folder: that is open to its owner alone, and PostgreSQL does not run as root."""
    with tempfile.TemporaryDirectory(prefix="roomful-postgres-") as name:
        folder = Path(name)
        shutil.chown(folder, _owner())
        server = RunningPostgres(folder)
        server.make()
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(RuntimeError):  # a test has stopped it
                server.stop("immediate")


def _owner() -> str:
    return "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
