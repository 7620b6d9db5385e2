"""An RTMP server for one publisher, by FFmpeg, that writes down what it gets."""

import asyncio
import contextlib
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.running_server import free_port

KEY = "a-secret-stream-key"
SHOWN_KEY = "{a-s...key}"
END_SECONDS = 20.0


class RtmpReceiver:
    """Listens from `async with` on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"rtmp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/{KEY}"
        self._process: asyncio.subprocess.Process

    @property
    def shown_url(self) -> str:
        """As infos have it."""
        return self.url.replace(KEY, SHOWN_KEY)

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *("ffmpeg", "-v", "error", "-f", "flv", "-listen", "1", "-i", self.url, "-c", "copy", str(self.path))
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()

    async def ended(self) -> None:
        """Wait until the publisher has gone. Raises TimeoutError."""
        await asyncio.wait_for(self._process.wait(), END_SECONDS)
