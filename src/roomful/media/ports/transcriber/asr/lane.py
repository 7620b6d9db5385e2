"""The utterances of one track on their way to text, in the order in which they were said."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import stamina

from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.transcriber.asr.answer import Answer, Recognizer, Trouble
from roomful.media.ports.transcriber.asr.speech import Speech
from roomful.media.ports.transcriber.plan import TranscriptionPlan
from roomful.media.ports.transcriber.states import Lost, Text
from roomful.media.ports.transcriber.utterances import Piece

PARTIAL_SECONDS = 0.25
"""Shortest time between two interim texts; what a recognizer says more often is left out."""

ENDED = "the transcription has ended"

Report: TypeAlias = Callable[[Text | Lost], None]
OnAttempt: TypeAlias = Callable[[str], None]
"""Told of each attempt: what went wrong, or nothing."""


class Lane:
    """Has a task from `start` on, which ends when the track has ended and everything is text."""

    def __init__(
        self, track: TrackInfo, plan: TranscriptionPlan, recognizer: Recognizer, report: Report, on_attempt: OnAttempt
    ) -> None:
        self._track = track
        self._plan = plan
        self._recognizer = recognizer
        self._report = report
        self._on_attempt = on_attempt
        self._waiting: deque[Speech] = deque()
        self._newest: Speech | None = None
        self._current: Speech | None = None
        self._ended = False
        self._more = asyncio.Event()

    @property
    def load(self) -> int:
        """Utterances that are not text yet."""
        return len(self._waiting) + (self._current is not None)

    def take(self, piece: Piece) -> None:
        """Some sound of the newest utterance, or of a new one."""
        if self._newest is None or self._newest.id != piece.id:
            self._newest = Speech(piece.id, self._track, piece.start_ns)
            self._waiting.append(self._newest)
            self._more.set()
            if len(self._waiting) > self._plan.max_waiting:
                self._lose(self._waiting.popleft(), "the recognizer is too slow: too many utterances wait")
        self._newest.add(piece.samples, last=piece.last)

    def end(self) -> None:
        """There is no more to come."""
        self._ended = True
        self._more.set()

    async def run(self) -> None:
        """Recognize until the end. Cancelled, it says what is lost."""
        try:
            while True:
                await self._wait()
                if not self._waiting:
                    return
                self._current = self._waiting.popleft()
                await self._recognize(self._current)
                self._current = None
        finally:
            for speech in (*filter(None, [self._current]), *self._waiting):
                self._lose(speech, ENDED)
            self._current = None
            self._waiting.clear()
            await self._recognizer.close()

    async def _wait(self) -> None:
        while not self._waiting and not self._ended:
            self._more.clear()
            await self._more.wait()

    async def _recognize(self, speech: Speech) -> None:
        try:
            answer = await self._attempts(speech)
        except Trouble as trouble:
            # There may be more of it to come, which belongs to it.
            await speech.finished()
            self._lose(speech, str(trouble))
            return
        self._tell(speech, answer.text, answer.language, final=True)

    async def _attempts(self, speech: Speech) -> Answer:
        plan, shown = self._plan, 0.0

        def on_partial(text: str) -> None:
            nonlocal shown
            now = time.monotonic()
            if now - shown >= PARTIAL_SECONDS:
                shown = now
                self._tell(speech, text, "", final=False)

        async for attempt in stamina.retry_context(
            on=_when_again,
            attempts=plan.attempts,
            timeout=plan.max_utterance_seconds + plan.give_up_seconds,
            wait_initial=plan.first_wait_seconds,
            wait_max=plan.longest_wait_seconds,
            wait_jitter=plan.first_wait_seconds / 4,
        ):
            with attempt:
                try:
                    answer = await self._recognizer.recognize(speech, on_partial)
                except Trouble as trouble:
                    self._on_attempt(str(trouble))
                    raise
                self._on_attempt("")
                return answer
        raise AssertionError("the last attempt raises")

    def _tell(self, speech: Speech, text: str, language: str, *, final: bool) -> None:
        self._report(Text(text=text, language=language, final=final, **_about(speech)))

    def _lose(self, speech: Speech, why: str) -> None:
        self._report(Lost(why=why, **_about(speech)))


def _when_again(error: Exception) -> bool | float:
    if not isinstance(error, Trouble) or not error.again:
        return False
    return error.pause or True


def _about(speech: Speech) -> dict[str, Any]:
    return {
        "id": speech.id,
        "track": speech.track.sid,
        "participant": speech.track.participant,
        "identity": speech.track.identity,
        "start_ns": speech.start_ns,
        "end_ns": speech.end_ns,
    }
