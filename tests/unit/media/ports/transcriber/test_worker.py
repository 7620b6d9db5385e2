"""The worker process: frames in, texts and a status out."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from roomful.media.ports.frames import Codec, Frame, Stop
from roomful.media.ports.transcriber import (
    Lost,
    Service,
    Status,
    Text,
    Transcriber,
    TranscriberFailed,
    TranscriptionPlan,
)
from roomful.media.ports.worker import Reason, State
from tests.asr_server import AsrServer
from tests.unit.media.ports.recorder.footage import SECOND, START, stream, track
from tests.unit.media.ports.transcriber.scribe import WITHIN, check_one_two_three, conversation


class Running:
    """A transcriber, and all that it said."""

    def __init__(self, transcriber: Transcriber) -> None:
        self.transcriber = transcriber
        self.results: list[Text | Lost] = []
        transcriber.on_result = self.results.append

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.results if isinstance(one, Text) and one.final]

    @property
    def status(self) -> Status:
        return self.transcriber.status

    async def send(self, *records: Any) -> None:
        data = b"".join(stream(*records))
        await asyncio.to_thread(_write_all, self.transcriber.frames_fd, data)

    async def until(self, condition: Callable[[], object]) -> None:
        try:
            async with asyncio.timeout(WITHIN):
                while not condition():  # noqa: ASYNC110  # what another process says sets no event
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise TimeoutError(f"{self.results} {self.status}") from None


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


Starter: TypeAlias = Callable[..., Awaitable[Running]]


@pytest.fixture
async def scribe(plan: Callable[..., TranscriptionPlan]) -> AsyncIterator[Starter]:
    """Starts transcribers; whatever is left of them is killed in the end."""
    started: list[Transcriber] = []

    async def start(**fields: Any) -> Running:
        transcriber = await Transcriber.start(plan(**fields))
        started.append(transcriber)
        return Running(transcriber)

    yield start
    for transcriber in started:
        await transcriber.kill()


async def test_what_is_said_becomes_text_with_its_time_and_speaker(scribe: Starter) -> None:
    running = await scribe()
    await running.send(*conversation("123"))
    await running.until(lambda: running.texts)
    check_one_two_three(running.results)
    await running.until(lambda: running.status.service is Service.WORKING and running.status.transcribed == 1)


async def test_silence_costs_no_request(scribe: Starter, asr: AsrServer) -> None:
    quiet = await scribe()
    await quiet.send(*conversation(" "), Stop())
    await quiet.until(lambda: quiet.status.state is State.COMPLETE)
    assert (quiet.results, asr.requests, quiet.status.service) == ([], 0, Service.UNUSED)


async def test_packets_that_are_no_opus_are_reported(scribe: Starter) -> None:
    running = await scribe()
    broken = [Frame(0, 960 * index, START + index * SECOND // 50, b"\xff" * 40) for index in range(100)]
    await running.send(track(0, Codec.OPUS), *broken)
    await running.until(lambda: [one.what for one in running.status.problems] == ["unreadable"])


async def test_a_recognizer_that_is_not_there_loses_words_and_nothing_else(scribe: Starter) -> None:
    running = await scribe(url="http://127.0.0.1:9/v1", attempts=2)
    await running.send(*conversation("1 2"))
    await running.until(lambda: running.status.lost == 2)
    assert running.status.state is State.ACTIVE
    assert running.status.service is Service.FAILING


async def test_a_plan_that_makes_no_sense_is_refused(scribe: Starter) -> None:
    with pytest.raises(TranscriberFailed) as refused:
        await scribe(deny=["nowhere"])
    assert refused.value.status.reason is Reason.BAD_PLAN


async def test_a_worker_that_is_killed_says_so(scribe: Starter) -> None:
    running = await scribe()
    status = await running.transcriber.kill()
    assert (status.state, status.reason) == (State.FAILED, Reason.KILLED)
