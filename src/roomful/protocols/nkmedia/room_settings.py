"""What this API keeps with a room, and the backends and classes there are. specs/nkmedia.md §5, §8.2."""

import functools
from collections.abc import Sequence
from typing import Any

import msgspec

from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.rooms.room import Room

ATTACHMENT = "nkmedia"
"""Name of the room's attachment."""
BACKEND = "roomful"
FS = "nkmedia_fs"
JANUS = "nkmedia_janus"
KMS = "nkmedia_kms"
"""There for sessions of type `play` alone."""
ENGINES = {BACKEND: "builtin", FS: "builtin", JANUS: "janus", KMS: "builtin"}
"""Backend → what carries it."""
CLASS = "sfu"
MCU = "mcu"

_CLASSES_OF = {
    BACKEND: frozenset({CLASS}),
    JANUS: frozenset({CLASS}),
    FS: frozenset({MCU}),
    KMS: frozenset({CLASS}),
    "p2p": frozenset[str](),
}
"""Backend → classes of rooms that it has. Which of them are there: `Settings.backends`."""
_SESSIONS_OF = {
    BACKEND: frozenset({"publish", "listen"}),
    JANUS: frozenset({"echo", "proxy", "bridge", "publish", "listen"}),
    FS: frozenset({"park", "echo", "bridge", "mcu"}),
    KMS: frozenset({"park", "echo", "bridge", "publish", "listen", "play"}),
    "p2p": frozenset({"p2p"}),
}
"""Backend → types of sessions."""


class RoomSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a room was made by this API; a room that came otherwise has the defaults, and lets every codec in."""

    audio_codec: str = "opus"
    video_codec: str = "vp8"
    bitrate: int = 0
    """Most bits per second of each publisher's video; 0 is no limit."""
    timeout: int = 0
    """Seconds."""
    backend: str = BACKEND
    layout: str = ""
    """Of a room of class `mcu`; empty is the configured one."""
    on_the_spot: bool = False
    """A session made it, and it ends with its last member."""

    @property
    def class_name(self) -> str:
        return MCU if self.backend == FS else CLASS

    @property
    def codecs(self) -> frozenset[str]:
        """MIME types in lower case."""
        return frozenset({f"audio/{self.audio_codec}", f"video/{self.video_codec}"})

    def as_attachment(self) -> dict[str, bytes]:
        return {ATTACHMENT: msgspec.json.encode(self)}


def settings_of_room(room: Room) -> RoomSettings | None:
    """None for a room that this API did not make."""
    kept = room.options.attachments.get(ATTACHMENT)
    return None if kept is None else _decoded(kept)


@functools.lru_cache(maxsize=256)
def _decoded(kept: bytes) -> RoomSettings:
    """Most rooms of a back end are made alike, and every list asks each of them for its class."""
    return msgspec.json.decode(kept, type=RoomSettings)


def backend_of(room: Room) -> str:
    """Who carries the media sessions of this API there."""
    settings = settings_of_room(room)
    return BACKEND if settings is None else settings.backend


def class_of(room: Room) -> str:
    settings = settings_of_room(room)
    return CLASS if settings is None else settings.class_name


def limit_in(room: Room, bitrate: int) -> int:
    """The lesser of a session's limit and its room's, in bits per second; 0 is any number."""
    settings = settings_of_room(room)
    return min((limit for limit in (bitrate, settings.bitrate if settings is not None else 0) if limit), default=0)


def started_body(room: Room) -> dict[str, Any]:
    """Of the event `started`."""
    settings = settings_of_room(room) or RoomSettings()
    return {
        "class": settings.class_name,
        "backend": settings.backend,
        "audio_codec": settings.audio_codec,
        "video_codec": settings.video_codec,
        "bitrate": settings.bitrate,
    }


def check_class(class_name: str, backend: str) -> None:
    """Raises NkError: NOT_IMPLEMENTED, UNKNOWN_BACKEND."""
    if class_name not in (CLASS, MCU):
        raise NkError(Code.NOT_IMPLEMENTED)
    if backend and class_name not in _known(_CLASSES_OF, backend):
        raise NkError(Code.NOT_IMPLEMENTED)


def check_type(session_type: str, backend: str, there: Sequence[str]) -> None:
    """`there`: backends that are configured, the default one first.

    Raises NkError: NOT_IMPLEMENTED, UNKNOWN_BACKEND, NO_MEDIASERVER.
    """
    chosen = backend or there[0]
    if session_type not in _known(_SESSIONS_OF, chosen):
        raise NkError(Code.NOT_IMPLEMENTED)
    check_there(chosen, there)


def check_there(backend: str, there: Sequence[str]) -> None:
    """Raises NkError (NO_MEDIASERVER) for a backend that is known, and not configured."""
    if backend not in there:
        raise NkError(Code.NO_MEDIASERVER)


def _known(table: dict[str, frozenset[str]], backend: str) -> frozenset[str]:
    found = table.get(backend)
    if found is None:
        raise NkError(Code.UNKNOWN_BACKEND)
    return found
