"""Messages that clients send all the time, read in one pass."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class Frequent(Generic[T]):
    """Reads JSON text right into one struct, without objects in between.

    It takes messages that are as they nearly always are. What is unusual or wrong is for the reader of all messages,
    who also knows what to answer.
    """

    def __init__(self, kind: type[T], word: str) -> None:
        """`word` is in each such message, and in few others."""
        self._decode = msgspec.json.Decoder(kind).decode
        self._word = word

    def read(self, text: str) -> T | None:
        """None: not this message, or not as usual."""
        if self._word not in text:
            return None
        try:
            return self._decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
