"""A recognizer in the worker itself: PocketSphinx with its model of American English, of the extra `local-asr`.

It needs no network and little of the processor. It hears less well than the services do.
"""

import asyncio
import importlib
import threading
from typing import Any

from roomful.media.ports.transcriber.asr.answer import Answer, OnPartial, Trouble, answer_of
from roomful.media.ports.transcriber.asr.speech import Speech
from roomful.media.ports.transcriber.voice_activity import RATE

LANGUAGE = "en"
PORTION = RATE // 5
"""Bytes decoded at a time, a tenth of a second, so that frames are taken in between."""


class Dictation:
    """The decoder of one worker. Its model is loaded with the first utterance, which takes half a second."""

    def __init__(self) -> None:
        self._decoder: Any = None
        self._one_at_a_time = threading.Lock()

    def words(self, sound: bytes) -> str:
        """The words in 16 kHz, mono, 16 bits; empty if there are none. Takes its time: for a thread.

        Raises Trouble.
        """
        with self._one_at_a_time:
            try:
                return self._decode(sound)
            except (ImportError, RuntimeError) as error:
                raise Trouble(f"the local recognizer does not work: {error}", again=False) from error

    def _decode(self, sound: bytes) -> str:
        if self._decoder is None:
            pocketsphinx: Any = importlib.import_module("pocketsphinx")
            self._decoder = pocketsphinx.Decoder(samprate=float(RATE), loglevel="FATAL")
        decoder = self._decoder
        decoder.start_utt()
        for start in range(0, len(sound), PORTION):
            decoder.process_raw(sound[start : start + PORTION])
        decoder.end_utt()
        found = decoder.hyp()
        return found.hypstr if found is not None else ""


class LocalRecognizer:
    """Recognizes whole utterances. All tracks share one `Dictation`."""

    def __init__(self, dictation: Dictation) -> None:
        self._dictation = dictation

    async def recognize(self, speech: Speech, on_partial: OnPartial) -> Answer:
        await speech.finished()
        return answer_of(await asyncio.to_thread(self._dictation.words, bytes(speech.sound)), LANGUAGE)

    async def close(self) -> None:
        """Nothing is open."""
