"""Finds banned words, however they are dressed up. specs/monibuca-rooms.md §6.4."""

import re
import unicodedata
from collections.abc import Iterable

MASK = "***"


class BannedWords:
    """Case, compatible forms (full width, ligatures) and invisible characters make no difference."""

    def __init__(self, words: Iterable[str]) -> None:
        plain = {_plain(word)[0] for word in words}
        alternatives = sorted((word for word in plain if word), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, alternatives))) if alternatives else None

    def found_in(self, text: str) -> bool:
        return self._pattern is not None and self._pattern.search(_plain(text)[0]) is not None

    def masked(self, text: str) -> str:
        """The text with stars for banned words; as it is, if there are none."""
        if self._pattern is None:
            return text
        plain, places = _plain(text)
        spans = [match.span() for match in self._pattern.finditer(plain)]
        if not spans:
            return text
        composed = unicodedata.normalize("NFKC", text)
        parts: list[str] = []
        done = 0
        for start, end in spans:
            parts += [composed[done : places[start]], MASK]
            done = places[end - 1] + 1
        return "".join([*parts, composed[done:]])


def _plain(text: str) -> tuple[str, list[int]]:
    """What is compared, and for each of its characters where in the composed text it stands."""
    plain: list[str] = []
    places: list[int] = []
    for place, character in enumerate(unicodedata.normalize("NFKC", text)):
        if unicodedata.category(character) == "Cf":
            continue
        for folded in character.casefold():
            plain.append(folded)
            places.append(place)
    return "".join(plain), places
