"""Room Signals under load: what a heartbeat costs, what 20,000 sessions cost, how long a JOIN takes.

Clients are bare sockets; a socket carries many sessions. What is measured is the server's CPU time, and for a JOIN the
time until its ack, on a machine that does the clients' work too.
"""

import contextlib
import dataclasses
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.broadcast.crowd import Crowd
from benchmarks.broadcast.measuring import raise_file_limit
from benchmarks.metrics import Metric, Values
from benchmarks.processes import cpu_seconds
from benchmarks.servers import Program, RunningServer, roomful

PUBLISHERS = 50
SESSIONS, PER_SOCKET = 20_000, 20
BEAT_SECONDS = 10.0
PRESENT = 1000
"""Sessions while a JOIN is timed."""
JOINS = 200


def signalling() -> Program:
    """This checkout, believing everybody, with places for enough publishers."""
    settings = ["--set", "room_signals.auth.mode=none", "--set", f"room_signals.max_publishers={PUBLISHERS}"]
    plain = roomful()
    command: Callable[[Path], list[str]] = lambda config: [*plain.command(config), *settings]  # noqa: E731
    return dataclasses.replace(plain, command=command)


def measure(server: RunningServer, window: float) -> Values:
    """Everything about Room Signals that is in the table. Raises CrowdFailed."""
    raise_file_limit()
    with contextlib.closing(Crowd(f"{server.url}/room-signals")) as publishers:
        heartbeat = _heartbeat(server, publishers, window)
    with contextlib.closing(Crowd(f"{server.url}/room-signals")) as crowd:
        sessions = _sessions(server, crowd, window)
    with contextlib.closing(Crowd(f"{server.url}/room-signals")) as crowd:
        join = _join(crowd)
    return {
        Metric.SIGNALS_HEARTBEAT: heartbeat * 1e6,
        Metric.SIGNALS_SESSIONS: sessions * 100,
        Metric.SIGNALS_JOIN: join * 1e3,
    }


def _heartbeat(server: RunningServer, crowd: Crowd, window: float) -> float:
    """CPU seconds of a heartbeat and its ack in a room of `PUBLISHERS`."""
    crowd.join(PUBLISHERS)
    clients = list(crowd)
    for number, client in enumerate(clients):
        crowd.say(client, [_join_signal("big", number, creating=not number)])
        crowd.take_until_quiet(0.05)
        if number:
            crowd.say(clients[0], [_signal("publishAccept", "PUBLISH_ACCEPT", "big", 0, to=f"user-{number:04d}")])
            crowd.take_until_quiet(0.05)
    crowd.forget()
    crowd.say(clients[0], [_beat("big", 0)])
    size = crowd.take_until_quiet()
    crowd.forget()
    before, end, beats = cpu_seconds(server.process), time.monotonic() + window, 0
    while time.monotonic() < end:
        begin = time.monotonic()
        for number, client in enumerate(clients):
            crowd.say(client, [_beat("big", number)])
        beats += len(clients)
        crowd.take_all(beats * size)
        time.sleep(max(0.0, begin + 0.05 - time.monotonic()))  # or else they are too many for one connection
    return (cpu_seconds(server.process) - before) / beats


def _sessions(server: RunningServer, crowd: Crowd, window: float) -> float:
    """The share of a core that `SESSIONS` heartbeats in `BEAT_SECONDS` cost."""
    crowd.join(SESSIONS // PER_SOCKET)
    clients = list(crowd)
    beats = [(client, number) for number in range(PER_SOCKET) for client in clients]

    def beat(count: int, begin: float) -> int:
        """Send what is due since `begin`, of which so many are sent. Returns how many are."""
        due = int((time.monotonic() - begin) * SESSIONS / BEAT_SECONDS)
        for index in range(count, max(count, due)):
            client, number = beats[index % len(beats)]
            crowd.say(client, [_beat(f"room-{client}", number)])
        crowd.take(0.001)
        return max(count, due)

    begin, count = time.monotonic(), 0
    for number in range(PER_SOCKET):
        for client in clients:
            crowd.say(client, [_join_signal(f"room-{client}", number, creating=not number)])
            crowd.take(0)
    while time.monotonic() < begin + 2 * BEAT_SECONDS:  # everybody has said something, and nobody has gone
        count = beat(count, begin)
    before, start, sent = cpu_seconds(server.process), time.monotonic(), count
    while time.monotonic() < start + window:
        count = beat(count, begin)
    used = cpu_seconds(server.process) - before
    return used / (count - sent) * SESSIONS / BEAT_SECONDS


def _join(crowd: Crowd) -> float:
    """Median seconds from JOIN to its ack while `PRESENT` sessions are here."""
    crowd.join(PRESENT // PER_SOCKET + 1)
    *clients, joiner = crowd
    for client in clients:
        crowd.say(client, [_join_signal(f"hall-{client}", n, creating=not n) for n in range(PER_SOCKET)])
    crowd.take_until_quiet()
    times: list[float] = []
    for _ in range(JOINS):
        crowd.forget()
        begin = time.perf_counter()
        crowd.say(joiner, [_join_signal(f"hall-{clients[0]}", PRESENT)])
        while not crowd.received[joiner]:
            crowd.take(1.0)
        times.append(time.perf_counter() - begin)
        crowd.say(joiner, [_signal("leave", "LEAVE", f"hall-{clients[0]}", PRESENT)])
        time.sleep(0.02)
    return statistics.median(times)


def _join_signal(room: str, number: int, *, creating: bool = False) -> bytes:
    return _signal("join", "JOIN", room, number, ve=True, ae=True, eg="native", op={"roomCreating": creating})


def _beat(room: str, number: int) -> bytes:
    return _signal("heartbeat", "HEARTBEAT", room, number, bid="03DE2F3D-C710-4201-81A3-33AED4080B51", send_ack=True)


def _signal(action: str, name: str, room: str, number: int, **fields: Any) -> bytes:
    session = {
        "userId": f"user-{number:04d}",
        "sessionId": f"22718907-D43A-46DA-95A1-{number:012d}",
        "category": "stream",
        "host": "iOS",
        "deviceId": f"B2DC9D27-93BC-45E9-A2A9-{number:012d}",
    }
    signal = {"s": name, "ch": "m2m", "rid": room, "ss": session, **fields}
    return json.dumps({"action": action, "data": signal}).encode()
