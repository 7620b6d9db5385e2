"""docs/reference/configuration.md, written from the schema.

`python -m roomful.config.reference docs/reference/configuration.md` writes the page; a test holds it current.
"""

import sys
import typing
from pathlib import Path
from typing import Any

import msgspec

from roomful.config.livekit_keys import WITHOUT_EFFECT
from roomful.config.reader import subsection
from roomful.config.schema import Config, Section
from roomful.config.sources import variables
from roomful.config.values import Duration, PortRange

_HEAD = """\
# Configuration

<!-- Written by `python -m roomful.config.reference`. Edit the schema instead: src/roomful/config/schema.py -->

A key is set, the last one winning, by

1. its default,
2. a YAML file: `roomful serve --config FILE`, or `ROOMFUL_CONFIG=FILE`, or the YAML itself in `LIVEKIT_CONFIG`,
3. an environment variable: `ROOMFUL_` or `LIVEKIT_`, and the key in capitals with `_` for every dot,
4. a flag: `--set rtc.tcp_port=7881`, or `--rtc.tcp_port 7881`.

LiveKit's configuration files work as they are. Keys that have no effect are named when the server starts.
Durations are seconds, or text like `500ms`, `20s`, `1h30m`.
"""


def page() -> str:
    """The whole page, Markdown."""
    parts = [_HEAD]
    parts += _section("General", Config, "")
    parts.append("## LiveKit keys without effect\n")
    parts.append("| key | remark |\n|---|---|")
    parts += [f"| `{key}` | {remark} |" for key, remark in WITHOUT_EFFECT.items()]
    return "\n".join(parts) + "\n"


def _section(title: str, section: type[Section], prefix: str) -> list[str]:
    lines = [f"## {title}\n", f"{section.__doc__}\n", "| key | type | default | meaning |", "|---|---|---|---|"]
    inner: list[str] = []
    for field in msgspec.structs.fields(section):
        key = prefix + field.encode_name
        if (below := subsection(field.type)) is None:
            lines.append(f"| `{key}` | {_type(field.type)} | {_default(field)} | {_meaning(key, field)} |")
        elif any(subsection(deeper.type) is None and not _is_filter(below) for deeper in msgspec.structs.fields(below)):
            inner += ["", *_section(key, below, f"{key}.")]
        else:
            lines += _filter_rows(key, field, below)
    return [*lines, *inner, ""] if not prefix else [*lines, *inner]


def _is_filter(section: type[Section]) -> bool:
    return {field.name for field in msgspec.structs.fields(section)} == {"includes", "excludes"}


def _filter_rows(key: str, field: msgspec.structs.FieldInfo, section: type[Section]) -> list[str]:
    return [
        f"| `{key}.{deeper.encode_name}` | {_type(deeper.type)} | {_default(deeper)} | "
        f"{_description(field)} {_meaning(f'{key}.{deeper.encode_name}', deeper)} |"
        for deeper in msgspec.structs.fields(section)
    ]


def _meaning(key: str, field: msgspec.structs.FieldInfo) -> str:
    aliases = [f"`{variable}`" for variable in variables(key)[2:]]
    example = _examples(field)
    parts = [
        _description(field),
        f"Example: `{example[0]}`." if example else "",
        f"Also the variable {', '.join(aliases)}." if aliases else "",
    ]
    return " ".join(part for part in parts if part).replace("|", "\\|")


def _meta(field: msgspec.structs.FieldInfo) -> list[msgspec.Meta]:
    if typing.get_origin(field.type) is not typing.Annotated:
        return []
    return [part for part in typing.get_args(field.type)[1:] if isinstance(part, msgspec.Meta)]


def _description(field: msgspec.structs.FieldInfo) -> str:
    return next((meta.description for meta in _meta(field) if meta.description), "")


def _examples(field: msgspec.structs.FieldInfo) -> list[Any]:
    return next((meta.examples for meta in _meta(field) if meta.examples), list[Any]())


def _type(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is typing.Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return "mapping"
    if arguments:
        return _type(next(argument for argument in arguments if argument is not type(None)))
    names = {
        int: "integer",
        float: "number",
        str: "text",
        bool: "true, false",
        Duration: "duration",
        PortRange: "port or range",
    }
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return "{" + ", ".join(field.encode_name for field in msgspec.structs.fields(annotation)) + "}"
    return names[annotation]


def _default(field: msgspec.structs.FieldInfo) -> str:
    default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if default is None:
        return "not set"
    if default in ([], {}, ""):
        return "none"
    if isinstance(default, list):
        return ", ".join(f"`{one}`" for one in typing.cast(list[object], default))
    if isinstance(default, bool):
        return str(default).lower()
    return str(default)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
