"""From a YAML text to plain values that know the line they came from, and from plain values to a `Config`."""

import difflib
import re
import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec
import yaml

from roomful.config.errors import ConfigError, Notice
from roomful.config.livekit_keys import WITHOUT_EFFECT, without_effect
from roomful.config.schema import Config, Section
from roomful.config.values import decode

Tree: TypeAlias = dict[str, Any]


class Document(msgspec.Struct, frozen=True):
    """A parsed YAML text. `lines` maps dotted keys to their line, counted from 1."""

    origin: str
    tree: Tree
    lines: dict[str, int]


def parse(text: str, origin: str) -> Document:
    """Raises ConfigError when the text is not YAML or not a mapping. An empty text is an empty configuration."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        tree = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ConfigError(f"not valid YAML: {error.problem}", origin=origin, line=line) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"not valid YAML: {' '.join(str(error).split())}", origin=origin) from None
    if tree is None:
        return Document(origin, {}, {})
    if not isinstance(tree, dict):
        raise ConfigError("expected a mapping of keys to values", origin=origin, line=1)
    return Document(origin, _without_blanks(typing.cast(Tree, tree)), dict(_lines(node, "")))


def build(tree: Tree, documents: typing.Sequence[Document] = ()) -> Config:
    """Check every value of `tree` against the schema. Keys the schema does not know are left to `remarks`.

    Raises:
        ConfigError: with the key, and the line if a document has it.
    """
    try:
        return msgspec.convert(tree, Config, dec_hook=decode)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        if message.startswith("Object missing required field"):
            path += "`"
        key = path.strip("`").lstrip(".")
        if message.startswith("Invalid enum value"):
            message = f"expected one of {', '.join(_choices(key))}"
        for document in documents:
            if (line := _line_of(key, document.lines)) is not None:
                raise ConfigError(plain(message), key=key, origin=document.origin, line=line) from None
        raise ConfigError(plain(message), key=key) from None


def remarks(document: Document) -> list[Notice]:
    """Keys of a document that have no effect: those of LiveKit that roomful does without, and unknown ones."""
    return [
        Notice(key=key, message=without_effect(key) or unknown(key), line=document.lines.get(key))
        for key in _foreign_keys(document.tree, Config, "")
    ]


def keys(section: type[Section] = Config, prefix: str = "") -> Iterator[tuple[str, msgspec.structs.FieldInfo]]:
    """Every dotted key of the schema with its field, groups left out."""
    for field in msgspec.structs.fields(section):
        inner = subsection(field.type)
        if inner is None:
            yield prefix + field.encode_name, field
        else:
            yield from keys(inner, f"{prefix}{field.encode_name}.")


def subsection(annotation: Any) -> type[Section] | None:
    """The section a field holds, if it holds one."""
    bare = _bare(annotation)
    return bare if isinstance(bare, type) and issubclass(bare, Section) else None


def _section_in_list(annotation: Any) -> type[Section] | None:
    bare = _bare(annotation)
    return subsection(typing.get_args(bare)[0]) if typing.get_origin(bare) is list else None


def _bare(annotation: Any) -> Any:
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def _choices(key: str) -> list[str]:
    """The values a key may have that is one of a few words."""
    annotation = next(field.type for name, field in keys() if name == key)
    for part in (annotation, *typing.get_args(annotation)):
        for candidate in (part, *typing.get_args(part)):
            if typing.get_origin(candidate) is typing.Literal:
                return [str(choice) for choice in typing.get_args(candidate)]
    return []


def _without_blanks(tree: Tree) -> Tree:
    """A key with nothing behind it (`keys:`) is one that was not set. Keys are text, whatever they look like."""
    return {
        str(name): _without_blanks(typing.cast(Tree, value)) if isinstance(value, dict) else value
        for name, value in tree.items()
        if value is not None
    }


def _lines(node: Any, prefix: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            key = f"{prefix}{key_node.value}"
            yield key, key_node.start_mark.line + 1
            yield from _lines(value_node, f"{key}.")
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            key = f"{prefix.removesuffix('.')}[{index}]"
            yield key, item.start_mark.line + 1
            yield from _lines(item, f"{key}.")


def _line_of(key: str, lines: Mapping[str, int]) -> int | None:
    """The line of a key or, where msgspec cannot name it (`keys[...]`), of the nearest key around it."""
    while key:
        if key in lines:
            return lines[key]
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return None


def _foreign_keys(tree: Any, section: type[Section], prefix: str) -> Iterator[str]:
    if not isinstance(tree, dict):  # wrong here, and overridden elsewhere
        return
    tree = typing.cast(Tree, tree)
    fields = {field.encode_name: field for field in msgspec.structs.fields(section)}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if name not in fields:
            has_remarks_inside = any(known.startswith(f"{key}.") for known in WITHOUT_EFFECT)
            if has_remarks_inside and isinstance(value, dict):
                yield from (f"{key}.{inner}" for inner in typing.cast(Tree, value))
            else:
                yield key
            continue
        inner = subsection(fields[name].type)
        if inner is not None:
            yield from _foreign_keys(value, inner, f"{key}.")
        elif (item := _section_in_list(fields[name].type)) is not None:
            for index, entry in enumerate(typing.cast(list[Any], value) if isinstance(value, list) else []):
                yield from _foreign_keys(entry, item, f"{key}[{index}].")


def unknown(key: str) -> str:
    """What to say of a key that nobody knows."""
    known = [name for name, _ in keys()]
    leaf = key.rpartition(".")[2]
    misplaced = [name for name in known if name.endswith(f".{leaf}")]
    # In the items of a list there are other keys than the known ones.
    close = [] if "[" in key else misplaced[:1] or difflib.get_close_matches(key, known, n=1, cutoff=0.75)
    return f"not a key of roomful or LiveKit; did you mean {close[0]}?" if close else "not a key of roomful or LiveKit"


_PLAIN = {
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "float": "a number",
    "array": "a list",
    "object": "a group of keys",
}


def plain(message: str) -> str:
    """msgspec's message in the words of somebody who writes YAML."""

    def words(match: re.Match[str]) -> str:
        named = [name for name in match[1].split(" | ") if name != "null"]
        return " or ".join(_PLAIN.get(name, f"`{name}`") for name in named) or "nothing"

    for formal, simple in (("Expected", "expected"), ("Object missing required field", "it lacks")):
        message = message.replace(formal, simple, 1)
    return re.sub(r"`([a-z]+(?: \| [a-z]+)*)`", words, message) if message.startswith("expected") else message
