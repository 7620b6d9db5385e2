"""Messages of clients, read into structs."""

from typing import Any, TypeVar

import msgspec

from roomful.rooms.extension.codes import bad_field

_T = TypeVar("_T")


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
