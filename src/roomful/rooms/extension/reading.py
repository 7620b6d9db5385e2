"""Messages of clients, read from JSON and into structs."""

from collections.abc import Iterable
from typing import Any, TypeVar, cast

import msgspec

from roomful.rooms.extension.codes import bad_field

MAX_DEPTH = 100
"""Objects and lists in each other. What could just be read could not be written any more, with more around it."""

_T = TypeVar("_T")


def read_json(text: str | bytes) -> Any:
    """Raises ValueError for what is no JSON, or nested too deeply."""
    try:
        value = msgspec.json.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    brackets = text.count("{") + text.count("[") if isinstance(text, str) else text.count(b"{") + text.count(b"[")
    if brackets > MAX_DEPTH and is_too_deep(value):
        raise ValueError("nested too deeply")
    return value


def is_too_deep(value: Any) -> bool:
    """Say whether a value out of JSON is nested deeper than `MAX_DEPTH`."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return cast(dict[str, Any], value).values()
    return cast(list[Any], value) if isinstance(value, list) else ()


def read_as(kind: type[_T], value: Any) -> _T:
    """Raises RoomApiError (BAD_FIELD), which names the field."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        field = path.strip("`").lstrip(".").partition("[")[0]
        if "required field" in message:
            missing = message.rpartition("field `")[2].strip("`")
            field = f"{field}.{missing}" if field else missing
        raise bad_field(field, f"{field}: {message}" if field else message) from None
    except UnicodeEncodeError:
        raise bad_field("", "half a character is no text") from None
    except RecursionError:
        raise bad_field("", "nested too deeply") from None
