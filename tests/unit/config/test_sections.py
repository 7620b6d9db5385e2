"""Groups of keys that belong to extensions."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from roomful.config import ConfigError, load


class Limits(msgspec.Struct, frozen=True):
    most: Annotated[int, msgspec.Meta(ge=0)] = 3


class Settings(msgspec.Struct, frozen=True):
    limits: Limits = Limits()
    title: str = "Polls"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "roomful.yaml"


@pytest.mark.parametrize("spelling", ["town_hall", "town-hall"])
def test_an_extension_reads_its_group_in_either_spelling(file: Path, spelling: str) -> None:
    file.write_text(f"{spelling}: {{limits: {{most: 5}}}}")
    loaded = load(file, environment={})
    assert not loaded.notices
    assert loaded.sections.read("town_hall", Settings) == (Settings(limits=Limits(most=5)), [])
    assert not loaded.sections.unread()


def test_without_a_group_there_are_defaults(file: Path) -> None:
    file.write_text("port: 7000")
    assert load(file, environment={}).sections.read("poll", Settings) == (Settings(), [])


def test_unknown_keys_in_a_group_are_named(file: Path) -> None:
    file.write_text("poll:\n  titel: x\n  limits:\n    mots: 1\n")
    _, notices = load(file, environment={}).sections.read("poll", Settings)
    assert [(notice.key, notice.line) for notice in notices] == [("poll.titel", 2), ("poll.limits.mots", 4)]


@pytest.mark.parametrize(("value", "said"), [("many", "expected a whole number"), ("-1", ">= 0")])
def test_what_does_not_fit_is_an_error_that_names_the_key(file: Path, value: str, said: str) -> None:
    file.write_text(f"poll:\n  limits: {{most: {value}}}\n")
    with pytest.raises(ConfigError) as error:
        load(file, environment={}).sections.read("poll", Settings)
    assert error.value.key == "poll.limits.most"
    assert error.value.line == 2
    assert said in str(error.value)


def test_a_group_that_nobody_reads_is_named_as_any_unknown_key(file: Path) -> None:
    file.write_text("poll: {}\nrooom: {auto_create: true}\n")
    loaded = load(file, environment={})
    loaded.sections.read("poll", Settings)
    (notice,) = loaded.sections.unread()
    assert (notice.key, notice.line) == ("rooom", 2)
    assert "did you mean room" in notice.message or "not a key" in notice.message
