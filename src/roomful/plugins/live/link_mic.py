"""Who waits for the microphone and who has it. specs/monibuca-rooms.md §6.5.

Of one show: idle → requested | invited → on the mic → idle. No clock, no room: `now` is an argument, and what has
changed is returned for others to tell.
"""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from roomful.plugins.live.people import Person
from roomful.rooms.extension import Code, RoomApiError

QUEUE_LIMIT = 100
"""Requests and invitations that are open at once."""
STREAM_GRACE = 15.0
"""Seconds that a co-host's stream may be lost."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An open request, or an invitation."""

    user: Person
    media: str
    message: str
    invited: bool
    """By the streamer; else the viewer asked."""
    expires_at: float

    def view(self, position: int) -> dict[str, Any]:
        return {
            "user": self.user,
            "media": self.media,
            "message": self.message,
            "state": "invited" if self.invited else "requested",
            "position": position,
            "expires_at": round(self.expires_at * 1000),
        }


@dataclass(slots=True)
class CoHost:
    """A viewer on the mic."""

    user: Person
    media: str
    since: float
    lost_at: float | None = None
    """When its stream went away."""
    grace: float = STREAM_GRACE

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("audio",) if self.media == "audio" else ("audio", "video")

    @property
    def deadline(self) -> float | None:
        return None if self.lost_at is None else self.lost_at + self.grace

    def view(self) -> dict[str, Any]:
        return {
            "user_id": self.user.user_id,
            "user_name": self.user.user_name,
            "media": self.media,
            "since": round(self.since * 1000),
        }


class LinkMic:
    """The queue and the co-hosts of one show."""

    def __init__(self, most: int, timeout: float) -> None:
        self._most = most
        self._timeout = timeout
        self._asked: dict[str, Asked] = {}
        """By user id, in the order of asking, which is that of expiry."""
        self.on_mic: dict[str, CoHost] = {}

    def ask(
        self, user: Person, media: Literal["audio", "video"], message: str, now: float, *, invited: bool
    ) -> tuple[Asked, int]:
        """Open a request or an invitation; returns it with its position, from 1.

        Raises RoomApiError: TARGET_BUSY, LIMIT_REACHED.
        """
        if user.user_id in self._asked or user.user_id in self.on_mic:
            raise RoomApiError(Code.TARGET_BUSY, "asked already, or on the mic")
        if len(self._asked) >= QUEUE_LIMIT:
            raise RoomApiError(Code.LIMIT_REACHED, f"{QUEUE_LIMIT} wait for the mic already")
        asked = Asked(user=user, media=media, message=message, invited=invited, expires_at=now + self._timeout)
        self._asked[user.user_id] = asked
        return asked, len(self._asked)

    def asked(self, user_id: str, *, invited: bool) -> Asked:
        """What is open with this user. Raises RoomApiError (NOT_FOUND)."""
        asked = self._asked.get(user_id)
        if asked is None or asked.invited != invited:
            what = "invitation" if invited else "request"
            raise RoomApiError(Code.NOT_FOUND, f"there is no open {what}")
        return asked

    def invitation(self, user_id: str) -> Asked | None:
        asked = self._asked.get(user_id)
        return asked if asked is not None and asked.invited else None

    def accept(self, user_id: str, now: float, *, invited: bool) -> CoHost:
        """Put on the mic. Raises RoomApiError: NOT_FOUND, LIMIT_REACHED (the request stays open)."""
        asked = self.asked(user_id, invited=invited)
        if len(self.on_mic) >= self._most:
            raise RoomApiError(Code.LIMIT_REACHED, f"there are {self._most} on the mic already")
        del self._asked[user_id]
        co_host = self.on_mic[user_id] = CoHost(user=asked.user, media=asked.media, since=now)
        return co_host

    def withdraw(self, user_id: str, *, invited: bool) -> Asked:
        """Close what is open: rejected, or canceled. Raises RoomApiError (NOT_FOUND)."""
        asked = self.asked(user_id, invited=invited)
        del self._asked[user_id]
        return asked

    def forget(self, user_id: str) -> tuple[Asked | None, CoHost | None]:
        """The user is gone; returns what was open, and whether it was on the mic."""
        return self._asked.pop(user_id, None), self.on_mic.pop(user_id, None)

    def end(self, user_id: str) -> CoHost:
        """Take the mic away. Raises RoomApiError (NOT_FOUND)."""
        co_host = self.on_mic.pop(user_id, None)
        if co_host is None:
            raise RoomApiError(Code.NOT_FOUND, "not on the mic")
        return co_host

    def restore(self, co_host: CoHost) -> None:
        """It was on the mic before a restart."""
        self.on_mic[co_host.user.user_id] = co_host

    def on_stream(self, user_id: str, published: bool, now: float) -> None:
        """A co-host's stream began or was lost."""
        co_host = self.on_mic.get(user_id)
        if co_host is None:
            return
        if published:
            co_host.lost_at = None
        elif co_host.lost_at is None:
            co_host.lost_at, co_host.grace = now, STREAM_GRACE

    def expire(self, now: float) -> tuple[list[Asked], list[CoHost]]:
        """Take out what was open for too long, and whose stream is lost for too long."""
        late = [asked for asked in self._asked.values() if asked.expires_at <= now]
        lost = [one for one in self.on_mic.values() if one.deadline is not None and one.deadline <= now]
        for asked in late:
            del self._asked[asked.user.user_id]
        for co_host in lost:
            del self.on_mic[co_host.user.user_id]
        return late, lost

    def close(self) -> list[CoHost]:
        """The show is over; returns who was on the mic."""
        ended = list(self.on_mic.values())
        self.on_mic.clear()
        self._asked.clear()
        return ended

    def due(self) -> float | None:
        """When `expire` has something to do."""
        times = [one.deadline for one in self.on_mic.values() if one.deadline is not None]
        if self._asked:
            times.append(next(iter(self._asked.values())).expires_at)
        return min(times, default=None)

    def participants(self) -> list[dict[str, Any]]:
        return [co_host.view() for co_host in self.on_mic.values()]

    def requests(self) -> list[dict[str, Any]]:
        """For the streamer."""
        return [asked.view(position) for position, asked in enumerate(self._asked.values(), 1)]
