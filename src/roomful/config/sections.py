"""Groups of keys that belong to extensions: what is right in them, only the extension knows."""

import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from roomful.config.errors import ConfigError, Notice
from roomful.config.livekit_keys import without_effect
from roomful.config.reader import Document, Tree, plain, unknown
from roomful.config.schema import Config
from roomful.config.values import decode

SettingsT = TypeVar("SettingsT", bound=msgspec.Struct)


class Sections:
    """The groups of a configuration file that the server itself does not know."""

    def __init__(self, document: Document | None = None) -> None:
        self._document = document or Document("", {}, {})
        self._asked: set[str] = set()

    def read(self, name: str, settings_type: type[SettingsT]) -> tuple[SettingsT, list[Notice]]:
        """Return the group called `name` (also with `-` in place of `_`), and what in it has no effect.

        Raises:
            ConfigError: with key and line, for what does not fit.
        """
        written = next((one for one in spellings(name) if one in self._document.tree), name)
        self._asked.update(spellings(name))
        tree: Any = self._document.tree.get(written, {})
        try:
            settings = msgspec.convert(tree, settings_type, dec_hook=decode)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            key = f"{written}{path.rstrip('`')}"
            line = self._document.lines.get(key)
            raise ConfigError(plain(message), key=key, origin=self._document.origin, line=line) from None
        foreign = _foreign(tree, settings_type, f"{written}.")
        return settings, [self._notice(key, "this extension knows no such key") for key in foreign]

    def unread(self) -> list[Notice]:
        """The groups that no extension asked for."""
        return [self._notice(name, unknown(name)) for name in sections_in(self._document) if name not in self._asked]

    def _notice(self, key: str, message: str) -> Notice:
        return Notice(key=key, message=message, line=self._document.lines.get(key))


def spellings(name: str) -> tuple[str, ...]:
    """`customer_service` may be written `customer-service`."""
    return tuple(dict.fromkeys((name, name.replace("_", "-"), name.replace("-", "_"))))


def sections_in(document: Document) -> list[str]:
    """The groups of a document that may belong to extensions."""
    own = {field.encode_name for field in msgspec.structs.fields(Config)}
    return [
        name
        for name, value in document.tree.items()
        if isinstance(value, dict) and name not in own and without_effect(name) is None
    ]


def _foreign(tree: Any, struct: type[msgspec.Struct], prefix: str) -> Iterator[str]:
    if not isinstance(tree, Mapping):
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, value in typing.cast(Tree, tree).items():
        if name not in fields:
            yield f"{prefix}{name}"
            continue
        inner = fields[name].type
        bare = typing.get_args(inner)[0] if typing.get_origin(inner) is typing.Annotated else inner
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            yield from _foreign(value, bare, f"{prefix}{name}.")
