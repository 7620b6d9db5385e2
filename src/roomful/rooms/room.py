"""The room: its life from creation to closing. specs/livekit.md §1.4."""

import msgspec

from roomful.rooms.bans import Bans
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import Departure, RoomClosed, RoomClosing, RoomUpdated, SubscriptionExpired
from roomful.rooms.exchange import Exchange
from roomful.rooms.limits import Limits, check_length, check_metadata
from roomful.rooms.model import LeaveReason, RoomPhase
from roomful.rooms.options import RoomDefaults, RoomOptions
from roomful.rooms.room_type import BASIC, RoomType
from roomful.rooms.state import Host

_DEFAULTS = RoomDefaults()
_LIMITS = Limits()


class Room(Exchange):
    """A named meeting place. See `RoomState` for what all mutators have in common."""

    __slots__ = ("__weakref__",)

    def __init__(
        self,
        name: str,
        sid: str,
        options: RoomOptions,
        now: float,
        *,
        defaults: RoomDefaults = _DEFAULTS,
        limits: Limits = _LIMITS,
        host: Host | None = None,
        type: RoomType = BASIC,  # noqa: A002 - what it is called everywhere
        bans: Bans | None = None,
    ) -> None:
        """Open a room. Raises INVALID_ARGUMENT for a name or options that exceed the limits."""
        check_room_name(name, limits)
        options.check(limits)
        super().__init__(
            name,
            sid,
            defaults.fill(options),
            now,
            defaults=defaults,
            limits=limits,
            host=host,
            type=type,
            bans=bans or Bans(),
        )
        self._commit(now)

    def set_metadata(self, metadata: str, now: float) -> bool:
        """Replace the room's metadata; empty clears it. Returns whether it differs. Raises INVALID_ARGUMENT."""
        self._require_open()
        check_metadata(metadata, self.limits)
        if metadata == self.metadata:
            return False
        self.metadata = metadata
        self._record(RoomUpdated(offset=self.log.next, at=now, changed=frozenset({"metadata"})))
        self._commit(now)
        return True

    def attach(self, key: str, value: bytes) -> None:
        """Keep a part of another package with the room, in place of what there was under this key."""
        self._require_open()
        attachments = {**self.options.attachments, key: value}
        self.options = msgspec.structs.replace(self.options, attachments=attachments)

    def close(self, reason: LeaveReason, now: float, *, departure: Departure | None = None) -> bool:
        """Close the room for good: everybody leaves with this reason. Returns False if it is closed or closing.

        Sessions are told first, by `RoomClosing`, so that they are not told of every single departure.
        """
        if not self.is_open:
            return False
        self.phase = RoomPhase.CLOSING
        if self._host is not None:
            self._host.retire(self.sid)
        self._record(RoomClosing(offset=self.log.next, at=now, reason=reason, departure=departure))
        self.observers.deliver()
        while self.participants:
            self._remove(next(iter(self.participants.values())), reason, now)
        self.phase = RoomPhase.CLOSED
        self._record(RoomClosed(offset=self.log.next, at=now, reason=reason, departure=departure))
        self.observers.deliver()
        return True

    def tick(self, now: float) -> None:
        """Do what time brings: late joiners out, hopeless wishes forgotten, counts told, an abandoned room closed."""
        if not self.is_open:
            return
        for sid in [sid for sid, until in self._awaited.items() if until <= now]:
            self._remove(self.participants[sid], LeaveReason.JOIN_FAILURE, now)
        for subscriber, track in self.wishes.take_overdue(now):
            if track not in self.tracks:
                self.wishes.forget(subscriber, track)
                self._mention(SubscriptionExpired(offset=self.log.last, at=now, subscriber=subscriber, track=track))
        if self._recent_data is not None:
            self._recent_data.expire(now)
        self._end_long_waits(now)
        closes_at = self._closes_at()
        if closes_at is not None and closes_at <= now:
            self.close(LeaveReason.ROOM_CLOSED, now)
        else:
            self._commit(now)


def check_room_name(name: str, limits: Limits) -> None:
    """Raise INVALID_ARGUMENT for a name that no room can have."""
    if not name:
        raise RoomError(RoomErrorCode.INVALID_ARGUMENT, "room name cannot be empty")
    check_length("room name", name, limits.room_name)
