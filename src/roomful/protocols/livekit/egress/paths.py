"""Where files may go. A path in a request is a name below the folder of recordings, never a place on the machine."""

from pathlib import Path

from roomful.media.ports.recorder.naming import BadTemplate, check_template
from roomful.protocols.livekit.egress.errors import invalid

MAX_PATH = 1024
"""Bytes of a template."""


def below(path: str, directory: Path) -> str:
    """Return the template of a path below the folder.

    LiveKit's own egress takes absolute paths of its container, and requests are full of them (`/out/{room_name}`):
    they are taken as relative, and where they name the folder itself, as what is below it. Raises TwirpError for a path
    that leads out of the folder.
    """
    if len(path.encode()) > MAX_PATH:
        raise invalid(f"a path exceeds limits: max length {MAX_PATH}")
    try:
        check_template(path)
    except BadTemplate:
        raise invalid("a path must not lead out of the folder of recordings") from None
    folder = f"{directory}/"
    return path.removeprefix(folder).lstrip("/") if path.startswith(folder) else path.lstrip("/")


def beside(name: str, prefix: str) -> str:
    """Return the path of a playlist: without a folder of its own it is where its segments are."""
    folder = prefix.rpartition("/")[0]
    return f"{folder}/{name}" if folder and name and "/" not in name else name
