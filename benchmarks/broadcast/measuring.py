"""What is read off a server that broadcasts, beside the anchor in the same minutes."""

import contextlib
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil

from benchmarks.broadcast import HEARTBEAT, HEARTBEAT_ANSWER, PATH
from benchmarks.broadcast.crowd import Crowd, CrowdFailed
from benchmarks.metrics import Metric, Values
from benchmarks.processes import cpu_seconds, resident_bytes
from benchmarks.servers import RunningServer

CHAT = b'{"action":"chat","room_id":"100001","user_id":"u1","content":"' + b"x" * 100 + b'"}'
BEAT = HEARTBEAT + b',"room_id":"100001","ts":1767225600000}'
SMALL, LARGE = 500, 5000
"""Listeners."""
BURST = 10
"""Messages at once."""
RATE = 10.0
"""Messages a second to the large crowd: 50,000 deliveries."""
BEATS = 1000.0
"""Heartbeats a second: what 10,000 viewers send who do so every 10 s."""
LISTENING = 20
"""While delivery is timed, one in so many is read at once, and dated: a program that reads all takes longer than a
server that writes to all. The others are read in between."""
TURNS = 5
"""How often the two servers take turns in a window."""
_START_SECONDS = 10.0


class Broadcaster:
    """A server with its crowd."""

    def __init__(self, process: psutil.Process, url: str) -> None:
        self.process = process
        self.crowd = Crowd(url)
        self._size = 0

    def fill(self, count: int) -> None:
        """Let clients join until there are so many. Raises CrowdFailed."""
        self.crowd.join(count - len(self.crowd))
        speaker = next(iter(self.crowd))
        self.crowd.say(speaker, [CHAT])
        self._size, rest = divmod(self.crowd.take_until_quiet(), count)
        if rest:
            raise CrowdFailed("not everybody gets the same")

    def cost(self, seconds: float, burst: int = 1) -> float:
        """CPU seconds per delivery; messages are said when all have got those before, `burst` at a time."""
        crowd, speaker = self.crowd, next(iter(self.crowd))
        crowd.forget()
        before, end, messages = cpu_seconds(self.process), time.monotonic() + seconds, 0
        while time.monotonic() < end:
            crowd.say(speaker, [CHAT] * burst)
            messages += burst
            crowd.take_all(messages * len(crowd) * self._size)
        return (cpu_seconds(self.process) - before) / (messages * len(crowd))

    def latency(self, seconds: float) -> float:
        """The 99th percentile of the seconds from saying to hearing, at `RATE` messages a second."""
        crowd, speaker = self.crowd, next(iter(self.crowd))
        crowd.forget()
        latencies: list[float] = []
        listeners = list(crowd)[LISTENING - 1 :: LISTENING]
        heard = dict.fromkeys(listeners, 0)
        said: list[float] = []
        begin = time.monotonic()
        with crowd.preferring(listeners):
            while (now := time.monotonic()) < begin + seconds:
                due = begin + len(said) / RATE
                if now >= due:
                    said.append(now)
                    crowd.say(speaker, [CHAT])
                for client in crowd.hear():
                    at = time.monotonic()
                    whole = crowd.received[client] // self._size
                    latencies += [at - said[number] for number in range(heard[client], whole)]
                    heard[client] = whole
                crowd.take(min(0.001, max(0.0, due - now)), most=16)
        crowd.take_until_quiet()
        return statistics.quantiles(latencies, n=100)[98]

    def beating(self, seconds: float) -> float:
        """The share of a core that `BEATS` heartbeats a second and their answers cost."""
        crowd = self.crowd
        crowd.forget()
        clients = list(crowd)
        before, begin, beats = cpu_seconds(self.process), time.monotonic(), 0
        while (now := time.monotonic() - begin) < seconds:
            while beats < now * BEATS:
                crowd.say(clients[beats % len(clients)], [BEAT])
                beats += 1
            crowd.take(0.001)
        crowd.take_all(beats * (len(HEARTBEAT_ANSWER) + 2))
        return (cpu_seconds(self.process) - before) / beats * BEATS


def measure(server: RunningServer, window: float) -> Values:
    """Everything about WebSockets that is in the table. Raises CrowdFailed."""
    raise_file_limit()
    with picows() as anchor:
        ours = Broadcaster(server.process, f"{server.url}{PATH}")
        with contextlib.closing(ours.crowd), contextlib.closing(anchor.crowd):
            values: Values = {}
            for broadcaster in (ours, anchor):
                broadcaster.fill(SMALL)
            values[Metric.FANOUT_SMALL] = _ratio(ours, anchor, window)
            memory = resident_bytes(server.process)
            ours.fill(LARGE)
            values[Metric.SOCKET_MEMORY] = (resident_bytes(server.process) - memory) / (LARGE - SMALL) / 1024
            anchor.fill(LARGE)
            values[Metric.FANOUT_LARGE] = _ratio(ours, anchor, window)
            values[Metric.FANOUT_BURST] = _ratio(ours, anchor, window, BURST)
            values[Metric.FANOUT_CPU] = ours.cost(window / TURNS) * 1e6
            values[Metric.FANOUT_LATENCY] = ours.latency(window) * 1e3
            values[Metric.HEARTBEATS] = ours.beating(window) * 100
    return values


def _ratio(ours: Broadcaster, anchor: Broadcaster, window: float, burst: int = 1) -> float:
    """Our CPU per delivery divided by the anchor's, in turns of each: a machine's speed drifts within minutes."""
    pairs: list[float] = []
    for _ in range(TURNS):
        pairs.append(ours.cost(window / TURNS, burst) / anchor.cost(window / TURNS, burst))
        # Whoever waits for its turn is pinged, and has to answer.
        ours.crowd.take(0)
    return statistics.median(pairs)


@contextlib.contextmanager
def picows() -> Iterator[Broadcaster]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = psutil.Popen([sys.executable, "-m", "benchmarks.broadcast.picows_server", str(port)])
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise CrowdFailed("the picows server does not start")
            time.sleep(0.05)
        yield Broadcaster(process, f"ws://127.0.0.1:{port}/")
    finally:
        process.terminate()
        try:
            process.wait(5)
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            process.kill()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def raise_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
