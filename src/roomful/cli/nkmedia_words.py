"""What is typed at the NkMEDIA console, as requests: `room create class=sfu room_id=r1`. specs/nkmedia.md §2.1."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from roomful.cli.output import CommandError
from roomful.protocols.nkmedia.commands import COMMANDS

HINT = "as: room create class=sfu room_id=r1 · media session list · `help` lists the commands"


def request_of(words: Sequence[str]) -> dict[str, Any]:
    """The request without its `tid`: `[class] subclass cmd [field=value]…`.

    A value is JSON, or else text; `@FILE` is what is in a file, and `offer.sdp` the field `sdp` of the object `offer`.
    Raises CommandError.
    """
    words = list(words)
    names = [word for word in words if "=" not in word]
    if words[: len(names)] != names or not 2 <= len(names) <= 3:
        raise CommandError("that is no command", hint=HINT, status=2)
    class_name = names[0] if len(names) == 3 else class_of(*names)
    data: dict[str, Any] = {}
    for word in words[len(names) :]:
        path, _, text = word.partition("=")
        _put(data, path, _value(text))
    return {"class": class_name, "subclass": names[-2], "cmd": names[-1], "data": data}


def class_of(subclass: str, cmd: str) -> str:
    """The class in which a command of that name is; `media` before `core`. Raises CommandError."""
    known = [name for name in ("media", "core") if cmd in COMMANDS[name].get(subclass, {})]
    if cmd == "update" and subclass == "session":
        return "media"
    if not known:
        raise CommandError(
            f"there is no command `{subclass} {cmd}`", hint="name its class, too, to send it anyway", status=2
        )
    return known[0]


def split(line: str) -> list[str]:
    """The words of a line, as a shell has them. Raises CommandError."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise CommandError(f"that is no line: {error}", status=2) from None


def commands() -> list[str]:
    """All that there are, with their fields; those that may be left out in brackets."""
    lines: list[str] = []
    for class_name, subclasses in COMMANDS.items():
        for subclass, kinds in subclasses.items():
            for cmd, kind in kinds.items():
                fields = [
                    one.encode_name if one.required else f"[{one.encode_name}]" for one in msgspec.structs.fields(kind)
                ]
                lines.append(" ".join((class_name, subclass, cmd, *fields)))
    return lines


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        below = data.setdefault(parent, {})
        if not isinstance(below, dict):
            raise CommandError(f"`{parent}` is given twice", status=2)
        data = cast(dict[str, Any], below)
    data[name] = value


def _value(text: str) -> Any:
    if text.startswith("@"):
        try:
            return Path(text[1:]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"cannot read {text[1:]}: {error}", status=2) from None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
