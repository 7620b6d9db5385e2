"""The examples do what they say, against a server as `make run` starts it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.running_server import RunningServer

from .waiting import WITHIN

EXAMPLES = Path(__file__).parents[2] / "examples"


@asynccontextmanager
async def example(server: RunningServer, *arguments: str) -> AsyncIterator[asyncio.StreamReader]:
    """What an example prints while it runs; it is killed in the end, as the SDK's threads outlive Ctrl-C."""
    environment = os.environ | {
        "ROOMFUL_URL": server.ws_url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=EXAMPLES, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def test_two_voices_hear_each_other(fresh_server: RunningServer) -> None:
    async with (
        example(fresh_server, "voices.py", "choir", "ann") as ann,
        example(fresh_server, "voices.py", "choir", "bob", "--tone", "660") as bob,
    ):
        assert await asyncio.wait_for(ann.readline(), WITHIN) == b"ann is in choir\n"
        assert await asyncio.wait_for(bob.readline(), WITHIN) == b"bob is in choir\n"
        for listener, other in ((ann, "bob"), (bob, "ann")):
            loudness = -200.0
            while loudness < -20:  # a sine of amplitude 8000 has -15 dB; the first second may begin in silence
                name, _, rest = (await asyncio.wait_for(listener.readline(), WITHIN)).decode().partition(": ")
                assert name == other
                loudness = float(rest.removesuffix(" dB\n"))
