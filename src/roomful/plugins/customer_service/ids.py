"""Names and times as the HTTP API writes them."""

import re
import secrets
from datetime import UTC, datetime

from roomful.rooms.extension.codes import bad_field

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def new_id(prefix: str) -> str:
    """`cs` → `cs_9f…`."""
    return f"{prefix}_{secrets.token_hex(8)}"


def checked_id(text: str) -> str:
    """Raises RoomApiError (BAD_FIELD)."""
    if not _ID.fullmatch(text):
        raise bad_field("id", "an id has 1 to 64 of A-Z a-z 0-9 _ - . :")
    return text


def iso(at: float | None) -> str | None:
    """Unix seconds as ISO 8601 in UTC."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def from_iso(field: str, text: str) -> float:
    """Unix seconds; a time without zone is UTC. Raises RoomApiError (BAD_FIELD)."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise bad_field(field, f"{field} is a time as in 2024-01-15T10:30:00Z") from None
