"""Paths of recordings from templates with LiveKit's placeholders, and files that are never written over.

`{room_name}` `{room_id}` `{time}` `{publisher_identity}` `{track_id}` `{track_type}` `{track_source}` are replaced; the
last three only where a file is of one track. A template that is empty or ends with `/` gets a generated name, as in
LiveKit's egress. What is put in is data: it stays within one component of the path.
"""

import datetime
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from roomful.media.ports.recorder.plan import Container, Grouping

MAX_COMPONENT = 200
"""Bytes of one component of a path; file systems allow 255, and number and extension come on top."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_EXTENSIONS = frozenset(f".{name}" for name in (*Container, "m3u8", "ts", "mp3", "jpeg", "ivf"))

_GENERATED = {Grouping.TRACK: "{track_id}-{time}", Grouping.PARTICIPANT: "{publisher_identity}-{time}"}
_DISTINCT = {Grouping.TRACK: "track_id", Grouping.PARTICIPANT: "publisher_identity"}


class BadTemplate(ValueError):
    """The template of a path leads out of the folder, or nowhere."""


def check_template(template: str) -> None:
    """Refuse a template before there is anything to record.

    Raises:
        BadTemplate: it has a `..` component or a NUL.
    """
    if ".." in PurePosixPath(template.replace("\\", "/")).parts or "\0" in template:
        raise BadTemplate(f"the path template {template!r} leads out of the folder of recordings")


def stem(
    template: str, grouping: Grouping, values: Mapping[str, str], *, suffix: str = "", distinct: bool = False
) -> PurePosixPath:
    """Return the path below the folder, without number and extension, and with `suffix`.

    A placeholder without a value stays as it is. `distinct` is for the second of several tracks or participants that
    the template does not tell apart: `-{track_id}` or `-{publisher_identity}` is put before the extension.

    Raises:
        BadTemplate: see `check_template`.
    """
    if distinct and not _is_folder(template) and f"{{{_DISTINCT[grouping]}}}" not in template:
        suffix = f"-{{{_DISTINCT[grouping]}}}{suffix}"
    return expand(template, values, generated=_GENERATED[grouping], suffix=suffix)


def expand(template: str, values: Mapping[str, str], *, generated: str, suffix: str = "") -> PurePosixPath:
    """Return the path of a template without extension; `generated` is the name where the template has none.

    Raises:
        BadTemplate: see `check_template`.
    """
    check_template(template)
    folder, _, name = template.rpartition("/")
    name = _without_extension(name) or generated
    parts = [part for part in (*folder.split("/"), name + suffix) if part not in {"", "."}]
    return PurePosixPath(*(_component(_PLACEHOLDER.sub(lambda match: _value(match, values), part)) for part in parts))


def format_time(wall_ns: int) -> str:
    """Return the value of `{time}`, in UTC: `2006-01-02T150405`."""
    return datetime.datetime.fromtimestamp(wall_ns // 1_000_000_000, datetime.UTC).strftime("%Y-%m-%dT%H%M%S")


def claim(folder: Path, name: PurePosixPath, extension: str, number: int = 1) -> tuple[Path, int]:
    """Make a new, empty file and return its path and the number in its name: `-2`, `-3` … from the second on.

    Numbers that are taken are passed over.

    Raises:
        OSError: the file cannot be made.
    """
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    while True:
        path = target.with_name(target.name + (f"-{number}" if number > 1 else "") + extension)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640))
        except FileExistsError:
            number += 1
        else:
            return path, number


def _is_folder(template: str) -> bool:
    """Whether the template leaves the name to us."""
    return not _without_extension(template.rpartition("/")[2])


def _without_extension(name: str) -> str:
    base, dot, ending = name.rpartition(".")
    return base if dot and f".{ending}" in _EXTENSIONS else name


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    return _UNSAFE.sub("_", values.get(match[1], match[0]))


def _component(text: str) -> str:
    """One component: no leading dot, which hides it or leads up, nothing that a file system refuses."""
    text = _UNSAFE.sub("_", text).strip()
    if text.startswith("."):
        text = "_" + text[1:]
    # Cutting may halve a character; what is left of it goes.
    return text.encode("utf-8", "replace")[:MAX_COMPONENT].decode("utf-8", "ignore") or "_"
