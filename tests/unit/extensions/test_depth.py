"""JSON that nests deeply costs whoever sends it, and nobody who has to write it again."""

import msgspec
import pytest

from roomful.extensions.views import metadata_of
from roomful.rooms.extension.reading import MAX_DEPTH, read_json


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize("depth", [1, MAX_DEPTH])
@pytest.mark.parametrize("brackets", [("[", "]"), ('{"a":[', "]}")])
def test_reasonable_depth_is_read(depth: int, brackets: tuple[str, str]) -> None:
    text = nested(depth // len(brackets[1]) or 1, *brackets)
    assert msgspec.json.encode(read_json(text)).decode() == text
    assert read_json(text.encode()) == read_json(text)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 980, 990, 100_000])
def test_more_is_not(depth: int) -> None:
    for text in (nested(depth), "[" * depth):
        with pytest.raises(ValueError, match=r"."):
            read_json(text)
        assert metadata_of(text) == {"text": text}


def test_many_brackets_beside_each_other_are_not_deep() -> None:
    text = "[" + ",".join(["[[]]"] * 1000) + "]"
    assert len(read_json(text)) == 1000
    assert read_json('{"content":"' + "[" * 1000 + '"}') == {"content": "[" * 1000}


def test_half_a_character_is_no_json() -> None:
    for text in ("\ud800", b"\xff", "", "nonsense"):
        with pytest.raises(ValueError, match=r"."):
            read_json(text)
