"""Where values come from, and which wins: flags over environment over file over defaults."""

import os
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from roomful.config.errors import ConfigError, Notice
from roomful.config.reader import Document, Tree, build, keys, parse, plain, remarks
from roomful.config.schema import Config
from roomful.config.sections import Sections, sections_in
from roomful.config.values import decode

ALIASES = {"NODE_IP": "rtc.node_ip", "UDP_PORT": "rtc.udp_port"}
"""Variables that LiveKit reads under a short name."""


class Loaded(msgspec.Struct, frozen=True):
    """A configuration, and what its owner should know about it."""

    config: Config
    notices: tuple[Notice, ...]
    sections: Sections
    """Groups of keys that may belong to extensions. `notices` says nothing of them: see `Sections.unread`."""


def load(
    file: Path | None = None,
    *,
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """Read a configuration.

    `file` is `--config`; without it `ROOMFUL_CONFIG` may name a file, or `LIVEKIT_CONFIG` may hold the YAML itself.
    `flags` maps dotted keys to values; a string is read as the environment's are, other types are taken as they are.

    Raises:
        ConfigError: for what cannot be read or has the wrong type.
    """
    environment = os.environ if environment is None else environment
    document = _document(file, environment)
    # Layers as documents of their own, so that an error can say which of them holds the bad value.
    overrides = [_environment(environment), _flags(flags or {})]
    tree = document.tree
    for override in overrides:
        tree = _merged(tree, override.tree)
    config = _with_key_file(build(tree, [*reversed(overrides), document]))
    sections = sections_in(document)
    notices = [notice for notice in remarks(document) if notice.key not in sections]
    return Loaded(config, tuple(notices), Sections(document))


def variables(key: str) -> tuple[str, ...]:
    """The environment variables of a dotted key, the winning one first."""
    name = key.replace(".", "_").upper()
    aliases = tuple(alias for alias, target in ALIASES.items() if target == key)
    return (f"ROOMFUL_{name}", f"LIVEKIT_{name}", *aliases)


def _document(file: Path | None, environment: Mapping[str, str]) -> Document:
    if file is None and (named := environment.get("ROOMFUL_CONFIG")):
        file = Path(named)
    if file is None:
        body = environment.get("LIVEKIT_CONFIG", "")
        return parse(body, "LIVEKIT_CONFIG")
    try:
        return parse(file.read_text("utf-8"), str(file))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration: {error.strerror}", origin=str(file)) from None
    except UnicodeDecodeError:
        raise ConfigError("cannot read the configuration: it is not UTF-8 text", origin=str(file)) from None


def _environment(environment: Mapping[str, str]) -> Document:
    tree: Tree = {}
    for key, field in keys():
        for variable in variables(key):
            if text := environment.get(variable):
                _put(tree, key, _from_text(text, field.type, variable))
                break
    return Document("environment", tree, {})


def _flags(flags: Mapping[str, Any]) -> Document:
    types = {key: field.type for key, field in keys()}
    tree: Tree = {}
    for key, value in flags.items():
        if key not in types:
            raise ConfigError("no such key; all keys are in docs/reference/configuration.md", origin=f"--{key}")
        _put(tree, key, _from_text(value, types[key], f"--{key}") if isinstance(value, str) else value)
    return Document("command line", tree, {})


def _from_text(text: str, expected: Any, origin: str) -> Any:
    """A value written where there is only text. Lists may be separated by commas; mappings are YAML."""
    bare = typing.get_args(expected)[0] if typing.get_origin(expected) is typing.Annotated else expected
    container = typing.get_origin(bare)
    if container is list and not text.lstrip().startswith(("[", "-")):
        return [item.strip() for item in text.split(",") if item.strip()]
    if container in (list, dict):
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError:
            raise ConfigError("not valid YAML", origin=origin) from None
    try:
        msgspec.convert(text, expected, strict=False, dec_hook=decode)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{plain(str(error))}: `{text}`", origin=origin) from None
    # Durations and port ranges stay text: the schema reads them from text as well.
    return msgspec.convert(text, bare, strict=False) if bare in (int, bool, float) else text


def _with_key_file(config: Config) -> Config:
    if not config.key_file:
        return config
    path = Path(config.key_file)
    try:
        if path.stat().st_mode & 0o007:
            raise ConfigError("others can read it", key="key_file", origin=str(path), hint=f"chmod 600 {path}")
        entries = parse(path.read_text("utf-8"), str(path)).tree
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read it: {error}", key="key_file") from None
    if not all(isinstance(secret, str) for secret in entries.values()):
        raise ConfigError("expected lines of the form `key: secret`", key="key_file", origin=str(path))
    return msgspec.structs.replace(config, keys={**config.keys, **entries})


def _put(tree: Tree, key: str, value: Any) -> None:
    *groups, name = key.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
    tree[name] = value


def _merged(below: Tree, above: Tree) -> Tree:
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        # Only groups are merged; a mapping that is a value (`keys`) is replaced as a whole.
        is_group = name in _GROUPS and isinstance(under, dict) and isinstance(value, dict)
        merged[name] = _merged(typing.cast(Tree, under), typing.cast(Tree, value)) if is_group else value
    return merged


_GROUPS: frozenset[str] = frozenset(part for key, _ in keys() for part in key.split(".")[:-1])
