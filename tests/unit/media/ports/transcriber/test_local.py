"""Words by a model in the worker itself."""

import sys
from collections.abc import Callable
from typing import TypeAlias

import pytest

from roomful.media.ports.frames import Codec
from roomful.media.ports.transcriber import Backend, Service
from tests.spoken import spoken
from tests.unit.media.ports.recorder.footage import track
from tests.unit.media.ports.transcriber.calls import frames, opus
from tests.unit.media.ports.transcriber.scribe import Scribe

Starter: TypeAlias = Callable[..., Scribe]

SAID = "hello everybody please open the window"


async def test_spoken_words_become_text(scribe: Starter) -> None:
    running = scribe(backend=Backend.LOCAL, url="local")
    running.send(track(0, Codec.OPUS), *frames(0, opus(await spoken(SAID))))
    running.finish()
    await running.done()
    (text,) = running.texts
    heard, words = set(text.split()), set(SAID.split())
    assert len(heard & words) >= len(words) - 1, text
    assert running.recognition.service is Service.WORKING


async def test_two_who_speak_at_once_are_both_heard(scribe: Starter) -> None:
    running = scribe(backend=Backend.LOCAL, url="local")
    running.send(track(0, Codec.OPUS), *frames(0, opus(await spoken(SAID))))
    running.send(track(1, Codec.OPUS), *frames(1, opus(await spoken("one two three four five"))))
    running.finish()
    await running.done()
    assert len(running.texts) == 2
    assert running.lost == []


async def test_a_recognizer_that_cannot_be_loaded_is_told_and_the_worker_goes_on(
    scribe: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    running = scribe(backend=Backend.LOCAL, url="local")
    running.send(track(0, Codec.OPUS), *frames(0, opus(await spoken("hello"))))
    running.finish()
    await running.done()
    assert len(running.lost) == 1
    assert "local recognizer does not work" in running.lost[0]
    assert running.recognition.service is Service.FAILING
