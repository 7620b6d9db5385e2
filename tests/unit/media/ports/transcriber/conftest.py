from collections.abc import Callable, Iterator
from typing import Any

import pytest

from roomful.media.ports.transcriber import Backend, TranscriptionPlan
from tests.asr_server import AsrServer
from tests.unit.media.ports.transcriber.scribe import Scribe


@pytest.fixture
def plan(asr: AsrServer) -> Callable[..., TranscriptionPlan]:
    def make(**fields: Any) -> TranscriptionPlan:
        url = asr.socket_url if fields.get("backend") is Backend.WEBSOCKET else asr.url
        defaults = {"room": "standup", "url": url, "first_wait_seconds": 0.05, "timeout_seconds": 3.0}
        return TranscriptionPlan(**(defaults | fields))

    return make


@pytest.fixture
def scribe(plan: Callable[..., TranscriptionPlan]) -> Iterator[Callable[..., Scribe]]:
    """Starts transcriptions in this process; whatever is left of them is ended."""
    started: list[Scribe] = []

    def start(**fields: Any) -> Scribe:
        started.append(Scribe(plan(**fields)))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture(params=[Backend.HTTP, Backend.WEBSOCKET])
def either(request: pytest.FixtureRequest, scribe: Callable[..., Scribe]) -> Callable[..., Scribe]:
    """Starts transcriptions by a recognizer elsewhere, over either of its protocols."""
    return lambda **fields: scribe(backend=request.param, **fields)
