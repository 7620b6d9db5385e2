"""From a request to its command, with the checks in the order of specs/nkmedia.md §2.5."""

import functools
from typing import Any, cast

import msgspec

from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import ALIASES, COMMANDS, UPDATES, Command, Login
from roomful.protocols.nkmedia.messages import Request

_SPELLINGS: dict[str, tuple[str, ...]] = {}
for _other, _field in ALIASES.items():
    _SPELLINGS[_field] = (*_SPELLINGS.get(_field, (_field,)), _other)


def command_of(request: Request) -> tuple[Command, list[str]]:
    """The command, and the fields of `data` that it does not know.

    Raises NkError: NOT_IMPLEMENTED, UNKNOWN_COMMAND, SYNTAX_ERROR, MISSING_FIELD.
    """
    data = request.data
    cmd = request.cmd
    is_object = isinstance(data, dict)
    if is_object and (request.class_name, request.subclass, cmd) == ("media", "session", "update"):
        cmd, data = _update(cast(dict[str, Any], data))
    kind = _kind(request.class_name, request.subclass, cmd)
    if not is_object:
        raise NkError(Code.SYNTAX_ERROR, "data")
    return _read(kind, cast(dict[str, Any], data))


def is_login(request: Request) -> bool:
    return (request.class_name, request.subclass, request.cmd) == ("core", "user", "login")


def _kind(class_name: str, subclass: str, cmd: str) -> type[Command]:
    subclasses = COMMANDS.get(class_name)
    if subclasses is None:
        raise NkError(Code.NOT_IMPLEMENTED)
    kind = subclasses.get(subclass, {}).get(cmd)
    if kind is not None:
        return kind
    if class_name == "core" or subclass == "session":
        raise NkError(Code.UNKNOWN_COMMAND, cmd[:64])
    raise NkError(Code.NOT_IMPLEMENTED)


def _update(data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The later name and data of an `update`. Raises NkError (MISSING_FIELD, NOT_IMPLEMENTED)."""
    field = "update_type" if "update_type" in data else "type"
    wanted = data.get(field)
    if wanted is None:
        raise NkError(Code.MISSING_FIELD, "update_type")
    cmd = UPDATES.get(wanted) if isinstance(wanted, str) else None
    if cmd is None:
        raise NkError(Code.NOT_IMPLEMENTED)
    rest = {name: value for name, value in data.items() if name != field}
    if wanted == "session_type" and "session_type" in rest:
        rest["type"] = rest.pop("session_type")
    elif wanted == "listen_switch":
        rest["type"] = "listen"
    elif wanted == "mcu_layout":
        rest["action"] = "layout"
    return cmd, rest


def _read(kind: type[Command], data: dict[str, Any]) -> tuple[Command, list[str]]:
    fields, required = _fields(kind)
    values: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in data.items():
        field = fields.get(name)
        if field is None:
            unknown.append(name)
        elif name == field.encode_name or field.encode_name not in data:
            values[field.name] = _convert(value, field.type, name)
    for field in required:
        if field.name not in values:
            raise NkError(Code.MISSING_FIELD, field.encode_name)
    return kind(**values), [] if kind is Login else unknown


@functools.cache
def _fields(
    kind: type[Command],
) -> tuple[dict[str, msgspec.structs.FieldInfo], tuple[msgspec.structs.FieldInfo, ...]]:
    """Fields by each of their spellings, and those that are required: evaluating annotations takes its time."""
    fields = msgspec.structs.fields(kind)
    spellings = {
        spelling: field for field in fields for spelling in _SPELLINGS.get(field.encode_name, (field.encode_name,))
    }
    return spellings, tuple(field for field in fields if field.required)


def _convert(value: Any, wanted: Any, field: str) -> Any:
    """Digits are numbers where these are wanted, `"true"` is true, and a number is its decimal text."""
    try:
        return msgspec.convert(value, wanted, strict=False)
    except (msgspec.ValidationError, RecursionError):
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return msgspec.convert(str(value), wanted)
            except msgspec.ValidationError:
                pass
        raise NkError(Code.SYNTAX_ERROR, field[:64]) from None
