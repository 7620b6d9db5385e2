"""Who may read what somebody said: those who may hear it."""

from roomful.rooms.events import ParticipantLeft, RoomEvent, SubscriptionPermissionChanged
from roomful.rooms.room import Room
from roomful.rooms.subscriptions import AllowList

REMEMBERED = 1000
"""Allow lists of those who left: texts may come later than that."""


class Audience:
    """Remembers whom publishers locked out, for texts that come when they have left."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._departed: dict[str, AllowList] = {}
        self._lists = dict(room.allow_lists)
        """By sid of the publisher."""

    def on_event(self, event: RoomEvent) -> None:
        """Must be told all events of the room."""
        match event:
            case SubscriptionPermissionChanged(publisher=publisher):
                allowed = self._room.allow_lists.get(publisher)
                if allowed is not None:
                    self._lists[publisher] = allowed
                elif publisher in self._room.participants:
                    self._lists.pop(publisher, None)
            case ParticipantLeft(sid=sid) if sid in self._lists:
                self._departed[sid] = self._lists.pop(sid)
                if len(self._departed) > REMEMBERED:
                    del self._departed[next(iter(self._departed))]
            case _:
                pass

    def hearers(self, track: str, publisher: str) -> frozenset[str] | None:
        """Return the sids of those who may hear the track; `None` if it is everybody."""
        allowed = self._lists.get(publisher) or self._departed.get(publisher)
        everybody = self._room.participants.values()
        hearers = frozenset(
            one.sid
            for one in everybody
            if one.sid == publisher
            or (one.permission.can_subscribe and (allowed is None or one.is_recorder or allowed.allows(one, track)))
        )
        return None if len(hearers) == len(everybody) else hearers
