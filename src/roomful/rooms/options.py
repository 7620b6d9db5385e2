"""How rooms are set up: what the server's configuration says, and what one room asks for."""

from enum import StrEnum, auto

import msgspec

from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.limits import Limits, check_metadata

_NUMBERS = ("empty_timeout", "departure_timeout", "max_participants", "min_playout_delay", "max_playout_delay")


class RoomOptions(msgspec.Struct, frozen=True, kw_only=True):
    """One room's settings. In a request 0 means the server's default; in `Room.options` defaults are filled in."""

    type: str = "basic"
    empty_timeout: int = 0
    """Seconds a room stays open that nobody ever joined."""
    departure_timeout: int = 0
    """Seconds a room stays open after the last one left."""
    max_participants: int = 0
    """0 is unlimited, also as default."""
    metadata: str = ""
    """The first metadata; `Room.metadata` is the current one."""
    tags: dict[str, str] = {}
    min_playout_delay: int = 0
    """Milliseconds."""
    max_playout_delay: int = 0
    """Milliseconds."""
    sync_streams: bool = False
    attachments: dict[str, bytes] = {}
    """Parts of the request that other packages keep with the room (`egress`, `agents`), in their own encoding."""

    def check(self, limits: Limits) -> None:
        """Raise INVALID_ARGUMENT for what no room can have."""
        check_metadata(self.metadata, limits)
        for name in _NUMBERS:
            if getattr(self, name) < 0:
                raise RoomError(RoomErrorCode.INVALID_ARGUMENT, f"{name} cannot be negative")


class DuplicateIdentity(StrEnum):
    """What becomes of somebody who joins with an identity that is in the room, on a connection that is alive."""

    REPLACE = auto()
    """The earlier one has to go."""
    REJECT = auto()
    """The later one is not let in."""
    ALLOW = auto()
    """Both are here; the later one has the identity with `/2`, `/3`, … after it."""


class RoomDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """The server's rules for all rooms. Times are seconds; specs/livekit.md §1.4 and §5.2 (`room`)."""

    auto_create: bool = True
    """A join to a room that is not there makes it."""
    empty_timeout: int = 300
    departure_timeout: int = 20
    max_participants: int = 0
    sync_streams: bool = False
    min_playout_delay: int = 0
    max_playout_delay: int = 0
    enable_remote_unmute: bool = False
    """An administrator may unmute somebody's track."""
    revoke_removed: bool = True
    """Who is removed by an administrator cannot come back with a token it has."""
    duplicate_identity: DuplicateIdentity = DuplicateIdentity.REPLACE
    join_timeout: float = 60.0
    """A participant that is not ACTIVE by then is removed."""
    log_length: int = 256
    """Facts kept per room for late readers."""
    chat_history: int = 50
    """Messages kept per room."""
    lobby_limit: int = 100
    """Most who wait for one room."""
    lobby_timeout: float = 600.0
    """Seconds somebody waits at most."""

    def fill(self, options: RoomOptions) -> RoomOptions:
        """Return `options` with the server's defaults in place of zeros."""
        return msgspec.structs.replace(
            options,
            empty_timeout=options.empty_timeout or self.empty_timeout,
            departure_timeout=options.departure_timeout or self.departure_timeout,
            max_participants=options.max_participants or self.max_participants,
            min_playout_delay=options.min_playout_delay or self.min_playout_delay,
            max_playout_delay=options.max_playout_delay or self.max_playout_delay,
            sync_streams=options.sync_streams or self.sync_streams,
        )
