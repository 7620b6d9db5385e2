"""FFmpeg as an encoder would be set up: H.264 and AAC to an RTMP server, in real time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def push(
    url: str, *options: str, picture: str = "testsrc=size=320x240:rate=15", seconds: float | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Push a picture of FFmpeg's and a tone of 600 Hz, to the end or until the test is done; `options` are of x264."""
    length = () if seconds is None else ("-t", str(seconds))
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-hide_banner", "-loglevel", "error", "-re", "-f", "lavfi", "-i", picture),
        *("-f", "lavfi", "-i", "sine=frequency=600:sample_rate=44100", "-af", "volume=4", *length),
        *("-c:v", "libx264", "-preset", "veryfast", "-g", "15", "-pix_fmt", "yuv420p", *options),
        *("-c:a", "aac", "-f", "flv", url),
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
