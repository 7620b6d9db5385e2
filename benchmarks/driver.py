"""The load driver: built with cargo, run against a server, understood line by line."""

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reports import Failed, Finished, Report, decode
from benchmarks.servers import KEY, SECRET, RunningServer

_FOLDER = Path(__file__).parent / "driver"
_JOIN_SECONDS = 60
_SLACK_SECONDS = 30
"""For what a run does beside joining, warming up and measuring."""


class DriverFailed(Exception):
    """The driver could not be built, or gave a run up."""


@dataclass(frozen=True)
class Load:
    """Who joins, and for how long. Publishers subscribe to nothing, subscribers to everything."""

    video_publishers: int = 0
    audio_publishers: int = 0
    subscribers: int = 0
    warmup: float = 0
    """Seconds between the moment all tracks flow and the window."""
    duration: float = 0
    """Seconds of the window."""

    def arguments(self) -> list[str]:
        """The load on the driver's command line."""
        return [
            f"--video-publishers={self.video_publishers}",
            f"--audio-publishers={self.audio_publishers}",
            f"--subscribers={self.subscribers}",
            f"--warmup={self.warmup}",
            f"--duration={self.duration}",
        ]


@dataclass(frozen=True)
class Driver:
    """A built driver."""

    path: Path

    @classmethod
    def build(cls) -> "Driver":
        """Compiles what changed, optimised. Raises DriverFailed with what cargo said."""
        if shutil.which("cargo") is None:
            raise DriverFailed("the load driver is written in Rust, and there is no cargo: see https://rustup.rs")
        target = _FOLDER / "target"
        command = ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", str(target)]
        built = subprocess.run(command, cwd=_FOLDER, capture_output=True, text=True, check=False)
        if built.returncode != 0:
            raise DriverFailed(f"the load driver can't be built:\n{built.stderr}")
        return cls(target / "release" / "load-driver")

    @contextlib.contextmanager
    def run(self, server: RunningServer, room: str, load: Load) -> Iterator[Iterator[Report]]:
        """Puts `load` on a server. Gives what the driver reports, as it does; raises DriverFailed when it gives up.

        Everybody leaves at the end of the block, and at the latest when the run took longer than it may.
        """
        command = [str(self.path), f"--url={server.url}", f"--room={room}", f"--key={KEY}", f"--secret={SECRET}"]
        command += [f"--join-timeout={_JOIN_SECONDS}", *load.arguments()]
        limit = 2 * _JOIN_SECONDS + load.warmup + load.duration + _SLACK_SECONDS
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            watchdog = threading.Timer(limit, process.kill)
            watchdog.start()
            try:
                yield _reports(process, limit)
            finally:
                process.terminate()
                process.wait()
                watchdog.cancel()


def _reports(process: subprocess.Popen[str], limit: float) -> Iterator[Report]:
    assert process.stdout is not None
    for line in process.stdout:
        match decode(line):
            case Failed(error):
                raise DriverFailed(error)
            case Finished() as last:
                yield last
                return
            case report:
                yield report
    raise DriverFailed(f"the load driver ended early, or took longer than {limit:.0f} s")
