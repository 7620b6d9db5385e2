"""Running commands, in this process or as a program of their own."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from roomful.auth import TokenVerifier
from roomful.cli import main, output
from roomful.protocols.livekit.agents import AgentDispatchService, Agents
from roomful.protocols.livekit.room_service import RoomService
from roomful.protocols.livekit.timers import Timers
from roomful.rooms.registry import Rooms
from roomful.storage import Database, KeptRooms, RoomKeeper, RoomTable
from roomful.web.server import WebServer
from roomful.web.sockets import listen

READY = "server started"


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, in an environment that says nothing about servers."""
    for variable in [name for name in os.environ if name.startswith(("ROOMFUL_", "LIVEKIT_"))]:
        monkeypatch.delenv(variable)

    def run_command(*arguments: str) -> Outcome:
        capsys.readouterr()
        # rich takes the streams of the moment it prints, and the width of a pipe.
        monkeypatch.setattr(output.out, "_width", 200)
        status = 0
        try:
            main(arguments)
        except SystemExit as exit_:
            status = exit_.code if isinstance(exit_.code, int) else 1
        printed = capsys.readouterr()
        return Outcome(status, printed.out, printed.err)

    return run_command


@dataclass(frozen=True)
class Api:
    """A server of the API alone, with the key of `--dev`."""

    url: str
    rooms: Rooms


@pytest.fixture
async def api_server() -> AsyncIterator[Api]:
    rooms = Rooms()
    database = await Database.open(None)
    keeper = RoomKeeper(RoomTable(database))
    keeper.start()
    agents = Agents(rooms, Timers(), lambda grant, key, ttl, now: "", time.time)
    kept_rooms = KeptRooms(rooms, keeper)
    methods = AgentDispatchService(agents, rooms, kept_rooms).methods()
    service = RoomService(rooms, kept_rooms, TokenVerifier({"devkey": "secret"}), {}, more=methods)
    web = WebServer(service, listen(["127.0.0.1"], 0))
    await web.start()
    yield Api(f"http://127.0.0.1:{web.port}", rooms)
    await web.stop(1.0)
    await keeper.close(1.0)
    await database.close()


@pytest.fixture
def call(run: Run, api_server: Api) -> Callable[..., "asyncio.Future[Outcome]"]:
    """Run a command beside the server's event loop."""

    def call_command(*arguments: str) -> "asyncio.Future[Outcome]":
        command = asyncio.to_thread(run, *arguments, "--dev", "--url", api_server.url)
        return asyncio.ensure_future(command)

    return call_command


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, for TCP and UDP."""
    with contextlib.ExitStack() as sockets:
        ports: list[int] = []
        while len(ports) < count:
            tcp = sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            udp = sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", tcp.getsockname()[1]))
                ports.append(tcp.getsockname()[1])
        return ports


class ServerProgram:
    """`roomful serve` as a program of its own, on free ports of the loopback."""

    def __init__(self, *arguments: str, port: int | None = None) -> None:
        free = free_ports(3)
        self.port = port or free[0]
        flags = ["--port", str(self.port), f"--rtc.tcp_port={free[1]}", f"--rtc.udp_port={free[2]}", *arguments]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "roomful", "serve", *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith(("ROOMFUL_", "LIVEKIT_"))},
        )
        self.printed = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read what it prints until the pattern appears. Ends with the test's own timeout, or with the program."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed += line
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"{pattern!r} was never printed, but:\n{self.printed}")

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, wait for the end, and return the status. What was printed is in `printed`."""
        self.process.send_signal(number)
        self.printed += self.process.communicate(timeout=20)[0]
        return self.process.returncode


@pytest.fixture
def serve() -> Iterator[Callable[..., ServerProgram]]:
    started: list[ServerProgram] = []

    def start(*arguments: str, port: int | None = None) -> ServerProgram:
        started.append(ServerProgram(*arguments, port=port))
        return started[-1]

    yield start
    for program in started:
        if program.process.poll() is None:
            program.process.kill()
        program.process.communicate(timeout=20)


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """A configuration as a server on the internet would have it, but on the loopback."""
    path = tmp_path / "roomful.yaml"
    path.write_text(
        "bind_addresses: [127.0.0.1]\n"
        "keys: {APItest: a-secret-of-more-than-32-characters}\n"
        f"data_dir: {tmp_path / 'data'}\n"
        "rtc: {node_ip: 127.0.0.1, interfaces: {includes: [lo]}, enable_loopback_candidate: true}\n"
        "redis: {address: nowhere}\n"
        "prot: 1\n"
    )
    return path
