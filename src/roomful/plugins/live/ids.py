"""Names for what is made here."""

import hashlib
import re
import secrets

from roomful.rooms.extension.codes import bad_field

_ROOM_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def new_id(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(8)}"


def same_id(prefix: str, *parts: str) -> str:
    """The same name for the same parts, also after a restart."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return f"{prefix}-{hashlib.sha256(text).hexdigest()[:24]}"


def checked_room_id(room_id: str) -> str:
    """Raises RoomApiError (BAD_FIELD). specs/monibuca-rooms.md §1.1."""
    if not _ROOM_ID.fullmatch(room_id):
        raise bad_field("room_id", "a room id has 1 to 64 of A-Z a-z 0-9 _ - . :")
    return room_id
