"""Join to first decoded frame with the Python SDK; each client is a program of its own, as with real users."""

import statistics
import subprocess
import sys
import threading

import msgspec

from benchmarks.servers import KEY, SECRET, RunningServer

_START_SECONDS = 30
_JOIN_SECONDS = 30


class SdkClientFailed(Exception):
    """A Python SDK client ended without doing its part."""


def measure(server: RunningServer, joins: int) -> float:
    """Median seconds from connect() to the first decoded frame, over `joins` joins in sequence.

    Raises SdkClientFailed when a client can't join or sees nothing.
    """
    with _client("benchmarks.sdk.camera", server, []) as camera:
        try:
            _line(camera, _START_SECONDS)
            with _client("benchmarks.sdk.viewer", server, [str(joins)]) as viewer:
                line = _line(viewer, _START_SECONDS + _JOIN_SECONDS * (joins + 1))
            return statistics.median(msgspec.json.decode(line, type=list[float]))
        finally:
            camera.terminate()


def _client(module: str, server: RunningServer, arguments: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", module, server.url, KEY, SECRET, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _line(client: subprocess.Popen[str], seconds: float) -> str:
    """The next line of a client's output, waited for at most `seconds`."""
    assert client.stdout is not None
    watchdog = threading.Timer(seconds, client.kill)
    watchdog.start()
    line = client.stdout.readline()
    watchdog.cancel()
    if not line:
        raise SdkClientFailed(f"{client.args} said nothing within {seconds} s")
    return line
