"""The server under test, in a host of the lab: roomful, or what ROOMFUL_NETLAB_SERVER names."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec
import yaml
from livekit import api

from .host import Host
from .lab import NetLab
from .remote_client import RtcClient

PORT = 7880
"""Of the HTTP and WebSocket server."""

_KEY = "netlab"
_SECRET = "a secret of the network lab, long enough to be one"


def server_command(config: Path) -> list[str]:
    """The command line of the server: `roomful serve`, or the livekit-server whose path ROOMFUL_NETLAB_SERVER holds."""
    if path := os.environ.get("ROOMFUL_NETLAB_SERVER"):
        return [path, "--config", str(config)]
    return [sys.executable, "-m", "roomful", "serve", "--config", str(config)]


def server_config(host: Host) -> dict[str, object]:
    """LiveKit's own configuration keys, for a server reached over the host's one interface."""
    return {
        "port": PORT,
        "bind_addresses": ["0.0.0.0"],  # of the namespace
        "rtc": {
            "tcp_port": 7881,
            "udp_port": 7882,
            "node_ip": host.address,
            "interfaces": {"includes": [host.device]},
            "stun_servers": [f"{host.address}:3478"],  # nobody there: clients shall not look for one outside
        },
        "keys": {_KEY: _SECRET},
        "logging": {"level": "info"},
    }


class RoomServer:
    """A running server, in the host `server` of the lab. Its log is `server.log` in the folder given."""

    def __init__(self, lab: NetLab, folder: Path) -> None:
        """Starts it and waits until it takes connections. Raises RuntimeError with its log when it ends before."""
        self.lab = lab
        self.host = host = lab.host("server")
        self.url = f"ws://{host.address}:{PORT}"
        self.log = folder / "server.log"
        config = folder / "server.yaml"
        config.write_text(yaml.safe_dump(server_config(host)))
        with self.log.open("wb") as log:
            # What a server keeps over a restart is no business of the next test.
            environment = {**os.environ, "XDG_DATA_HOME": str(folder), "ROOMFUL_ROOM_ADMIN_TOKEN": _SECRET}
            self.process = host.popen(server_command(config), stdout=log, stderr=subprocess.STDOUT, env=environment)
        self._wait_until_ready(within=30)

    def token(self, identity: str, room: str = "lab") -> str:
        """An access token to join a room, publish and subscribe."""
        grants = api.VideoGrants(room_join=True, room=room)
        return api.AccessToken(_KEY, _SECRET).with_identity(identity).with_grants(grants).to_jwt()

    def client(self, identity: str, tone: int, *, single_peer_connection: bool = False) -> RtcClient:
        """A client in the host named like it, that publishes a tone (Hz) and a small video, 15 frames per second."""
        return RtcClient(
            self.lab.host(identity),
            self.url,
            self.token(identity),
            tone=tone,
            frame_rate=15,
            single_peer_connection=single_peer_connection,
        )

    def room_stats(self, since: float, until: float, room: str = "lab") -> dict[str, Any]:
        """The report of a room between two times, in Unix seconds."""
        with self.host.socket(socket.SOCK_STREAM, timeout=10) as line:
            line.connect((self.host.address, PORT))
            http = HTTPConnection(self.host.address, PORT)
            http.sock = line
            path = f"/room_stats/{room}?start_time={since * 1000:.0f}&end_time={until * 1000:.0f}"
            http.request("GET", path, headers={"authorization": f"Bearer {_SECRET}"})
            answer = http.getresponse()
            content = answer.read()
        assert answer.status == 200, content
        return msgspec.json.decode(content)["data"]

    def _wait_until_ready(self, within: float) -> None:
        deadline = time.monotonic() + within
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), self.host.socket(socket.SOCK_STREAM, timeout=1) as probe:
                probe.connect((self.host.address, PORT))
                return
            time.sleep(0.05)
        state = f"ended, exit code {self.process.returncode}" if self.process.returncode is not None else "is not ready"
        raise RuntimeError(f"the server {state} after at most {within} s; it said:\n{self.log.read_text()}")
