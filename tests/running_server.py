"""A roomful server as its own process, on ports nobody else uses."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec

API_KEY = "testkey"
API_SECRET = "a-secret-of-enough-length-for-tests-0123"
START_WITHIN = 50.0
"""Seconds; a busy machine takes its time to load Python."""
STOP_WITHIN = 5.0
"""Seconds from SIGTERM to the end of the process, as promised to users."""


@dataclass
class RunningServer:
    """Where the server is, and the process itself."""

    http_url: str
    ws_url: str
    process: asyncio.subprocess.Process
    log: Path
    api_key: str = API_KEY
    api_secret: str = API_SECRET
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """Of media, where the configuration names one: `udp`, `tcp`."""

    @property
    def pid(self) -> int:
        return self.process.pid

    async def stop(self) -> int:
        """End it as Ctrl-C would; gives the exit status. Raises TimeoutError if it takes longer than promised."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), STOP_WITHIN)

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


def free_port(kind: socket.SocketKind) -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def loopback_config(**changes: object) -> dict[str, object]:
    """LiveKit's keys for a server that only this machine reaches; `changes` replace top-level keys."""
    return config_at("127.0.0.1", "lo", **changes)


def config_at(address: str, device: str, **changes: object) -> dict[str, object]:
    """LiveKit's keys for a server that is found at one address alone; `changes` replace top-level keys."""
    udp = free_port(socket.SOCK_DGRAM)
    config: dict[str, object] = {
        "port": free_port(socket.SOCK_STREAM),
        "bind_addresses": [address],
        "rtc": {
            "tcp_port": free_port(socket.SOCK_STREAM),
            "udp_port": udp,
            "node_ip": address,
            "enable_loopback_candidate": device == "lo",
            "interfaces": {"includes": [device]},
        },
        "keys": {API_KEY: API_SECRET},
    }
    return config | changes


@asynccontextmanager
async def running_server(
    folder: Path,
    config: Mapping[str, object] | None = None,
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    through: Callable[[Sequence[str]], Sequence[str]] = list,
) -> AsyncIterator[RunningServer]:
    """Start a server with its data in `folder`, and end it afterwards. `environment` is added to this process's own.

    `through` makes its command line one that runs it elsewhere, as in a network namespace.

    Raises:
        RuntimeError: it did not come up; the text holds its output.
    """
    settings = dict(config if config is not None else loopback_config())
    file = folder / "roomful.yaml"
    file.write_bytes(msgspec.yaml.encode(settings))
    log = folder / "server.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *through([sys.executable, "-m", "roomful", "serve", "--config", str(file), *arguments]),
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | {"ROOMFUL_DATA_DIR": str(folder / "data")} | dict(environment or {}),
        )
    url = f"http://{_address(settings)}:{settings['port']}"
    server = RunningServer(
        http_url=url, ws_url=url.replace("http", "ws", 1), process=process, log=log, ports=_media_ports(settings)
    )
    try:
        await _until_up(server)
        yield server
    finally:
        await server.kill()


def _address(settings: Mapping[str, object]) -> str:
    match settings:
        case {"bind_addresses": [str(address), *_]}:
            return address
        case _:
            return "127.0.0.1"


def _media_ports(settings: Mapping[str, object]) -> dict[str, int]:
    match settings:
        case {"rtc": {"udp_port": int(udp), "tcp_port": int(tcp)}}:
            return {"udp": udp, "tcp": tcp}
        case _:
            return {}


async def _until_up(server: RunningServer) -> None:
    deadline = asyncio.get_running_loop().time() + START_WITHIN
    async with httpx.AsyncClient() as client:
        while asyncio.get_running_loop().time() < deadline:
            if server.process.returncode is not None:
                break
            try:
                if (await client.get(server.http_url, headers={"Accept": "*/*"})).text == "OK":
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise RuntimeError(f"the server did not come up:\n{server.log.read_text()}")
