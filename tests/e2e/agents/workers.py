"""Workers of LiveKit's agents framework as processes, in the environment that `make agents` sets up."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.meeting import MeetingPlace
from tests.e2e.waiting import until

HERE = Path(__file__).parent
PYTHON = Path(os.environ.get("ROOMFUL_AGENTS_PYTHON") or HERE.parents[2] / ".tools" / "agents" / "bin" / "python")
INSTALLED = PYTHON.exists()
REGISTERS_WITHIN = 60.0
"""Seconds: it loads half a gigabyte of packages."""
ENDS_WITHIN = 10.0


class Worker:
    """A running worker with its jobs."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def told(self) -> str:
        """What it has logged."""
        return self._log.read_text()

    def kill(self) -> None:
        """End it and its jobs as a power cut would."""
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)


@asynccontextmanager
async def speaker(
    place: MeetingPlace, log: Path, *, tone: int, agent_name: str = "", kind: str = "room"
) -> AsyncIterator[Worker]:
    """A worker whose agents hum a tone of so many Hz, from its registration on."""
    if not INSTALLED:
        if os.environ.get("CI"):
            raise RuntimeError(f"{PYTHON} is missing: run `make agents`")
        pytest.skip("LiveKit's agents framework is not installed: run `make agents`")
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            PYTHON,
            HERE / "speaker.py",
            "start",
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # its jobs are processes, which end with it
            env=_environment(place) | {"TONE": str(tone), "AGENT_NAME": agent_name, "JOB_KIND": kind},
        )
    worker = Worker(process, log)
    try:
        await until(
            lambda: '"registered worker"' in worker.told or process.returncode is not None,
            lambda: f"a worker registers; it says: {worker.told[-2000:]}",
            REGISTERS_WITHIN,
        )
        assert process.returncode is None, worker.told[-2000:]
        yield worker
    finally:
        worker.kill()
        await asyncio.wait_for(process.wait(), ENDS_WITHIN)


def _environment(place: MeetingPlace) -> dict[str, str]:
    """Without this environment's own modules: the framework has others of the same names."""
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return own | {
        "LIVEKIT_URL": place.ws_url,
        "LIVEKIT_API_KEY": place.api_key,
        "LIVEKIT_API_SECRET": place.api_secret,
    }
