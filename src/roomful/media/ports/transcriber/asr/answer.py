"""What a recognizer says, or why it does not."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

import msgspec

from roomful.media.ports.transcriber.asr.speech import Speech

MAX_ANSWER_BYTES = 256 * 1024
MAX_TEXT = 3000
"""Characters of one utterance's text. Nobody says more in the time; a model that repeats itself does."""

MAX_LANGUAGE = 35

OnPartial: TypeAlias = Callable[[str], None]


class Answer(msgspec.Struct, frozen=True):
    """The text of an utterance; empty if there were no words in it."""

    text: str
    language: str = ""


class Trouble(Exception):
    """An attempt failed. The message is for people, without secrets."""

    def __init__(self, message: str, *, again: bool = True, pause: float = 0.0) -> None:
        """`again`: another attempt may help; `pause`: after so many seconds, if the recognizer says so."""
        super().__init__(message)
        self.again = again
        self.pause = pause


class Recognizer(Protocol):
    """Recognizes the utterances of one track, one after the other."""

    async def recognize(self, speech: Speech, on_partial: OnPartial) -> Answer:
        """Return the text when the utterance is over. Called again for it after a failure. Raises Trouble."""
        ...

    async def close(self) -> None: ...


def plain(text: str) -> str:
    """One line without control characters, of at most `MAX_TEXT` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line[:MAX_TEXT]


def answer_of(text: str, language: str) -> Answer:
    """What is told on: text is data from somebody else."""
    return Answer(plain(text), plain(language)[:MAX_LANGUAGE])
