"""The server under test, in a host of the lab: roomful, or what ROOMFUL_NETLAB_SERVER names."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
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
        self._config = folder / "server.yaml"
        self._config.write_text(yaml.safe_dump(server_config(host)))
        # What a server keeps over a restart is no business of the next test.
        self._environment = {**os.environ, "XDG_DATA_HOME": str(folder), "ROOMFUL_ROOM_ADMIN_TOKEN": _SECRET}
        self.process = self._start()
        self._wait_until_ready(within=30)

    def restart(self) -> None:
        """End it and start it again with what it kept. Blocks until it takes connections."""
        self.process.terminate()
        self.process.wait(timeout=15)
        self.process = self._start()
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
        path = f"/room_stats/{room}?start_time={since * 1000:.0f}&end_time={until * 1000:.0f}"
        return self._ask("GET", path, _SECRET)["data"]

    def call(self, method: str, **fields: object) -> dict[str, Any]:
        """What RoomService answers."""
        grants = api.VideoGrants(room_create=True, room_list=True, room_admin=True, room=str(fields.get("room", "")))
        token = api.AccessToken(_KEY, _SECRET).with_grants(grants).to_jwt()
        return self._ask("POST", f"/twirp/livekit.RoomService/{method}", token, fields)

    def _ask(self, method: str, path: str, token: str, fields: Mapping[str, object] | None = None) -> dict[str, Any]:
        with self.host.socket(socket.SOCK_STREAM, timeout=10) as line:
            line.connect((self.host.address, PORT))
            http = HTTPConnection(self.host.address, PORT)
            http.sock = line
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            http.request(method, path, None if fields is None else msgspec.json.encode(fields), headers)
            answer = http.getresponse()
            content = answer.read()
        assert answer.status == 200, content
        return msgspec.json.decode(content)

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            command = server_command(self._config)
            return self.host.popen(command, stdout=log, stderr=subprocess.STDOUT, env=self._environment)

    def _wait_until_ready(self, within: float) -> None:
        deadline = time.monotonic() + within
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), self.host.socket(socket.SOCK_STREAM, timeout=1) as probe:
                probe.connect((self.host.address, PORT))
                return
            time.sleep(0.05)
        state = f"ended, exit code {self.process.returncode}" if self.process.returncode is not None else "is not ready"
        raise RuntimeError(f"the server {state} after at most {within} s; it said:\n{self.log.read_text()}")
