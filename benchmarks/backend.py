"""A back end on the NkMEDIA API: rooms made and destroyed in a row, and many of them listed.

One connection, with so many requests on the way at a time; the client's work is done on the same machine.
"""

import itertools
import json
import statistics
import time
from collections.abc import Iterable
from typing import Any

from websockets.sync.client import ClientConnection, connect

from benchmarks.metrics import Metric, Values
from benchmarks.processes import cpu_seconds
from benchmarks.servers import KEY, SECRET, RunningServer

ON_THE_WAY = 64
ROOMS = 10_000
LISTS = 10


class BackendFailed(Exception):
    """The server refused something; the text says what."""


def measure(server: RunningServer, window: float) -> Values:
    """Everything about NkMEDIA that is in the table. Raises BackendFailed."""
    with connect(f"{server.url}/nkmedia", max_size=None) as socket:
        backend = Backend(socket)
        backend.ask([("core", "user", "login", {"user": KEY, "password": SECRET})])
        before, begin, made = cpu_seconds(server.process), time.monotonic(), 0
        while time.monotonic() < begin + window:
            names = [f"churn-{made + number}" for number in range(ON_THE_WAY)]
            backend.ask(_rooms("create", names))
            backend.ask(_rooms("destroy", names))
            made += len(names)
        seconds, cpu = time.monotonic() - begin, cpu_seconds(server.process) - before
        names = [f"many-{number}" for number in range(ROOMS)]
        backend.ask(_rooms("create", names))
        lists: list[float] = []
        for _ in range(LISTS):
            begin = time.perf_counter()
            (rooms,) = backend.ask([("media", "room", "list", {})])
            lists.append(time.perf_counter() - begin)
            if len(rooms) != ROOMS:
                raise BackendFailed(f"{len(rooms)} rooms are listed")
        backend.ask(_rooms("destroy", names))
    return {
        Metric.NKMEDIA_ROOMS: made / seconds,
        Metric.NKMEDIA_ROOM_CPU: cpu / made * 1e3,
        Metric.NKMEDIA_LIST: statistics.median(lists) * 1e3,
    }


class Backend:
    """One connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._tids = itertools.count(1)

    def ask(self, commands: Iterable[tuple[str, str, str, object]]) -> list[Any]:
        """The data of the responses, a few commands being on the way at a time. Raises BackendFailed."""
        waiting: set[int] = set()
        data: dict[int, Any] = {}
        for class_name, subclass, cmd, fields in commands:
            tid = next(self._tids)
            waiting.add(tid)
            request = {"class": class_name, "subclass": subclass, "cmd": cmd, "data": fields, "tid": tid}
            self._socket.send(json.dumps(request))
            while len(waiting) >= ON_THE_WAY:
                self._take(waiting, data)
        while waiting:
            self._take(waiting, data)
        return [data[tid] for tid in sorted(data)]

    def _take(self, waiting: set[int], data: dict[int, Any]) -> None:
        message = json.loads(self._socket.recv())
        if "cmd" in message:  # a ping
            self._socket.send(json.dumps({"result": "ok", "tid": message["tid"]}))
        elif "result" in message:
            if message["result"] != "ok":
                raise BackendFailed(str(message["data"]))
            waiting.discard(message["tid"])
            data[message["tid"]] = message.get("data")


def _rooms(cmd: str, names: Iterable[str]) -> list[tuple[str, str, str, object]]:
    kind = {"class": "sfu"} if cmd == "create" else {}
    return [("media", "room", cmd, {**kind, "room_id": name}) for name in names]
