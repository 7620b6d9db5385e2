"""Who is kept out of which room. A ban is about a room's name: it outlives the room, as do revoked tokens."""

from collections.abc import Callable, Iterable

import msgspec


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is not let in. Times are unix seconds."""

    user_id: str
    until: float | None
    """None is for ever."""
    reason: str
    by: str
    """User id, or `system`."""
    created_at: float

    def holds(self, now: float) -> bool:
        return self.until is None or now < self.until


class Bans:
    """All bans of a server, by the name of the room and the user."""

    def __init__(self) -> None:
        self._by_room: dict[str, dict[str, Ban]] = {}
        self.on_change: list[Callable[[str, str, Ban | None], None]] = []
        """Called with room name, user id and the ban, or None when it is lifted or over."""
        self._revoked: dict[tuple[str, str], float] = {}
        """By room name and user id: unix seconds from which on tokens are good again."""
        self.on_revocation: list[Callable[[str, str, float], None]] = []
        """Called with room name, user id and that time."""

    def restore(self, bans: Iterable[tuple[str, Ban]]) -> None:
        """Take what was stored, without telling anybody."""
        for room_name, ban in bans:
            self._by_room.setdefault(room_name, {})[ban.user_id] = ban

    def put(self, room_name: str, ban: Ban) -> None:
        """Ban somebody, in place of an earlier ban."""
        self._by_room.setdefault(room_name, {})[ban.user_id] = ban
        self._tell(room_name, ban.user_id, ban)

    def lift(self, room_name: str, user_id: str) -> bool:
        """Return whether there was a ban."""
        bans = self._by_room.get(room_name)
        if bans is None or bans.pop(user_id, None) is None:
            return False
        if not bans:
            del self._by_room[room_name]
        self._tell(room_name, user_id, None)
        return True

    def find(self, room_name: str, user_id: str, now: float) -> Ban | None:
        """Return the ban that keeps this user out now."""
        bans = self._by_room.get(room_name)
        ban = bans.get(user_id) if bans is not None else None
        if ban is not None and not ban.holds(now):
            self.lift(room_name, user_id)
            return None
        return ban

    def of_room(self, room_name: str, now: float) -> list[Ban]:
        """Return the bans that hold now, oldest first."""
        names = list(self._by_room.get(room_name, ()))
        return [ban for user_id in names if (ban := self.find(room_name, user_id, now)) is not None]

    def restore_revocations(self, revocations: Iterable[tuple[str, str, float]]) -> None:
        """Take what was stored, without telling anybody."""
        for room_name, user_id, before in revocations:
            self._revoked[room_name, user_id] = before

    def revoke(self, room_name: str, user_id: str, before: float) -> None:
        """Let in nobody any more with a token of this user that is good from a time before this one on."""
        if before <= self._revoked.get((room_name, user_id), 0.0):
            return
        self._revoked[room_name, user_id] = before
        for revoked in self.on_revocation:
            revoked(room_name, user_id, before)

    def is_revoked(self, room_name: str, user_id: str, not_before: float) -> bool:
        """Say whether a token that is good from this time on (unix seconds; 0: it does not say) is revoked."""
        return not_before < self._revoked.get((room_name, user_id), 0.0)

    def _tell(self, room_name: str, user_id: str, ban: Ban | None) -> None:
        for changed in self.on_change:
            changed(room_name, user_id, ban)
