"""A server for one RTMP stream: Debian's ffmpeg, which writes what it gets into a file."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Receiver:
    """One ffmpeg that listens."""

    def __init__(self, path: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"rtmp://127.0.0.1:{port}/live/key"
        self.process = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-y", "-listen", "1", "-f", "flv", "-i", self.url, "-c", "copy", str(path)],
            stdin=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        """Wait until the stream has ended and the file is written."""
        self.process.wait(20)


@contextmanager
def receiver(path: Path) -> Iterator[Receiver]:
    """Listen for one stream, and write it to the path."""
    server = Receiver(path)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()
