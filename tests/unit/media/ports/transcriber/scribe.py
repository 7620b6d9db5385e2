"""What the worker does, without its process: records in, results out."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

from roomful.media.ports.frames import Codec
from roomful.media.ports.transcriber import Lost, Text, TranscriptionPlan
from roomful.media.ports.transcriber.asr.recognition import Recognition
from roomful.media.ports.transcriber.session import Session
from tests.unit.media.ports.recorder.footage import SECOND, START, in_order, track
from tests.unit.media.ports.transcriber.calls import call

WITHIN = 20.0


class Scribe:
    """A transcription, and all that came of it."""

    def __init__(self, plan: TranscriptionPlan) -> None:
        self.results: list[Text | Lost] = []
        self.recognition = Recognition(plan)
        self.session = Session(plan, self.recognition)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.results if isinstance(one, Text) and one.final]

    @property
    def interim(self) -> list[str]:
        return [one.text for one in self.results if isinstance(one, Text) and not one.final]

    @property
    def lost(self) -> list[str]:
        return [one.why for one in self.results if isinstance(one, Lost)]

    def send(self, *records: Any) -> None:
        for record in records:
            self.session.feed(record, time.monotonic())

    def finish(self) -> None:
        """There is no more."""
        self.session.finish()
        self.recognition.finish()

    async def until(self, condition: Callable[[], object]) -> None:
        try:
            async with asyncio.timeout(WITHIN):
                while not condition():
                    self.session.tick(time.monotonic())
                    self.results += self.recognition.results()
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise TimeoutError(f"{self.results} {self.recognition.error}") from None

    async def done(self) -> None:
        """Wait until everything that was said is text or lost."""
        await self.until(lambda: not self.recognition.busy)
        self.results += self.recognition.results()

    def close(self) -> None:
        self.recognition.close()


def conversation(*keys: str) -> list[Any]:
    """Several people talk at the same time."""
    tracks = [track(number, Codec.OPUS, identity=f"p{number}") for number in range(len(keys))]
    return [*tracks, *in_order(*(call(number, said) for number, said in enumerate(keys)))]


def check_one_two_three(results: Iterable[object]) -> None:
    """What came of `conversation("123")` is one text, whose, when and in which language it was said."""
    (text,) = [one for one in results if isinstance(one, Text) and one.final]
    assert (text.text, text.track, text.participant, text.identity, text.language) == (
        "1 2 3",
        "TR_0",
        "PA_1",
        "p0",
        "en",
    )
    assert abs(text.start_ns - START - SECOND) < 0.5 * SECOND
    assert 1 * SECOND < text.end_ns - text.start_ns < 3 * SECOND
