"""Who watches a show and who has watched it. specs/monibuca-rooms.md §12, live_viewers."""

import msgspec

from roomful.plugins.live.people import Person


class Visit(msgspec.Struct, kw_only=True):
    """One viewer of one show, however often it came and went. Times are unix milliseconds."""

    id: str
    show_id: str
    room_id: str
    user_id: str
    user_name: str
    joined_at: int
    """The first time."""
    came_at: int
    """The last time."""
    left_at: int | None = None
    """None while it is here."""
    duration: float = 0
    """Seconds, up to the last departure."""
    gift_value: int = 0


class Audience:
    """The viewers of one show: all members but its streamer and robots."""

    def __init__(self, show_id: str, room_id: str) -> None:
        self._show_id = show_id
        self._room_id = room_id
        self._visits: dict[str, Visit] = {}
        self._here: set[str] = set()
        self.peak = 0

    def __len__(self) -> int:
        return len(self._here)

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._here

    @property
    def total(self) -> int:
        """Different viewers so far."""
        return len(self._visits)

    def join(self, person: Person, now: float) -> Visit:
        at = round(now * 1000)
        visit = self._visits.get(person.user_id)
        if visit is None:
            visit = self._visits[person.user_id] = Visit(
                id=f"{self._show_id}/{person.user_id}",
                show_id=self._show_id,
                room_id=self._room_id,
                user_id=person.user_id,
                user_name=person.user_name,
                joined_at=at,
                came_at=at,
            )
        visit.came_at, visit.left_at, visit.user_name = at, None, person.user_name
        self._here.add(person.user_id)
        self.peak = max(self.peak, len(self._here))
        return visit

    def leave(self, user_id: str, now: float) -> Visit | None:
        """None for who is no viewer."""
        if user_id not in self._here:
            return None
        self._here.discard(user_id)
        visit = self._visits[user_id]
        visit.left_at = round(now * 1000)
        visit.duration += (visit.left_at - visit.came_at) / 1000
        return visit

    def gave(self, user_id: str, value: int) -> Visit | None:
        visit = self._visits.get(user_id)
        if visit is not None:
            visit.gift_value += value
        return visit

    def restore(self, visit: Visit, seen_until: int) -> bool:
        """Take up a visit of before a restart. Returns whether it was going on: it ended when the server did."""
        self._visits[visit.user_id] = visit
        if visit.left_at is not None:
            return False
        visit.left_at = max(visit.came_at, seen_until)
        visit.duration += (visit.left_at - visit.came_at) / 1000
        return True

    def empty(self, now: float) -> list[Visit]:
        """The show is over: all leave."""
        return [visit for user_id in list(self._here) if (visit := self.leave(user_id, now)) is not None]
