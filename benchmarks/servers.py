"""The programs under test: how each is started, and one of them running."""

import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import yaml

HTTP_PORT = 27880
KEY = "benchmark"
SECRET = "a secret for benchmarks on this machine alone"

_START_SECONDS = 60
_STOP_SECONDS = 10


@dataclass(frozen=True)
class Program:
    """A server that reads LiveKit's configuration file."""

    name: str
    version: str
    command: Callable[[Path], list[str]]
    """Its command line for a configuration file."""


@dataclass(frozen=True)
class RunningServer:
    """A server that takes connections on the loopback interface."""

    program: Program
    process: psutil.Process
    url: str
    """Address for signalling, `ws://…`."""
    folder: Path
    """Where it keeps its data."""


class ServerFailed(Exception):
    """The server did not start; the text holds the end of what it said."""


def roomful() -> Program:
    """This checkout."""
    describe = ["git", "describe", "--always", "--dirty"]
    version = subprocess.run(describe, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return Program(
        name="roomful",
        version=version.stdout.strip() or "no git",
        command=lambda config: [sys.executable, "-m", "roomful", "serve", "--config", str(config)],
    )


def broadcasting() -> Program:
    """This checkout, with a broadcast for WebSockets beside everything else."""
    command = [sys.executable, "-m", "benchmarks.broadcast.roomful_server"]
    return dataclasses.replace(roomful(), command=lambda config: [*command, str(config)])


def livekit(folder: Path) -> Program:
    """The `livekit-server` in `folder`. Raises FileNotFoundError when there is none."""
    path = shutil.which("livekit-server", path=str(folder))
    if path is None:
        raise FileNotFoundError(f"{folder} has no livekit-server that can be run")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    return Program(
        name="livekit-server",
        version=version.stdout.removeprefix("livekit-server version").strip(),
        command=lambda config: [path, "--config", str(config)],
    )


def _configuration() -> dict[str, object]:
    return {
        "port": HTTP_PORT,
        "bind_addresses": ["127.0.0.1"],
        "rtc": {
            "tcp_port": HTTP_PORT + 1,
            "udp_port": HTTP_PORT + 2,
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "interfaces": {"includes": ["lo"]},
            # Nobody is there: clients shall not look for one outside.
            "stun_servers": ["127.0.0.1:3478"],
        },
        "keys": {KEY: SECRET},
        "logging": {"level": "warn"},
    }


@contextlib.contextmanager
def running(program: Program) -> Iterator[RunningServer]:
    """Starts `program` with nothing kept from earlier runs, and stops it afterwards. Raises ServerFailed."""
    with tempfile.TemporaryDirectory(prefix="roomful-benchmark-") as folder:
        config = Path(folder, "server.yaml")
        config.write_text(yaml.safe_dump(_configuration()))
        log = Path(folder, "server.log")
        environment = os.environ | {"ROOMFUL_DATA_DIR": folder}
        with log.open("wb") as output:
            command = program.command(config)
            process = psutil.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        try:
            _wait_until_ready(program, process, log)
            yield RunningServer(program, process, f"ws://127.0.0.1:{HTTP_PORT}", Path(folder))
        finally:
            _stop(process)


def _wait_until_ready(program: Program, process: psutil.Popen, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{HTTP_PORT}/", timeout=1)
            return
        time.sleep(0.05)
    said = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise ServerFailed(f"{program.name} does not answer on port {HTTP_PORT}; it said:\n{said}")


def _stop(process: psutil.Popen) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(_STOP_SECONDS)
