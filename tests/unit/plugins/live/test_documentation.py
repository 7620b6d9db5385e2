"""The page about live rooms lists the settings as they are."""

import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from roomful.plugins.live.settings import LiveSettings

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "live-rooms.md"


def rows(settings: type[msgspec.Struct], prefix: str) -> Iterator[str]:
    for field in msgspec.structs.fields(settings):
        annotation: Any = field.type
        if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
            yield from rows(annotation, f"{prefix}{field.name}.")
            continue
        (text,) = [
            one.description
            for one in typing.get_args(annotation)
            if isinstance(one, msgspec.Meta) and one.description is not None
        ]
        default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        shown = str(default).lower() if isinstance(default, bool) else default or ("0" if default == 0 else "none")
        yield f"| `{prefix}{field.name}` | {shown} | {text} |"


def test_the_page_lists_every_setting() -> None:
    page = PAGE.read_text()
    assert [row for row in rows(LiveSettings, "live.") if row not in page] == []
