"""One meeting: all that is known of it, and what may become of it. specs/monibuca-rooms.md §7.1.

Kept as a document. `now` is unix seconds; times in fields are unix milliseconds unless they say otherwise.
"""

from typing import Any

import msgspec

from roomful.plugins.meeting.agenda import Agenda, shown
from roomful.plugins.meeting.attendance import Visit
from roomful.plugins.meeting.breakouts import Breakouts
from roomful.plugins.meeting.hands import Hands
from roomful.plugins.meeting.repeats import Repeats
from roomful.plugins.meeting.status import TRANSITIONS, UNDER_WAY, Status, bad_state
from roomful.plugins.meeting.timers import MeetingTimer, Ring, SpeakerTimer


class ScreenShare(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str
    stream_path: str
    seen: bool = False
    """It has been sent; when it is not any more, it is over."""


class Meeting(msgspec.Struct, kw_only=True):
    """See the module."""

    key: str
    """In the archive: room id and number of the sitting."""
    meeting_id: str
    """The room's id; a room can have one meeting after another."""
    sitting: int
    title: str = ""
    host_id: str = ""
    status: Status = Status.SCHEDULED
    planned: bool = False
    """Made over HTTP, and not by who came first."""
    invitees: list[str] = []
    password_hash: str = ""
    scheduled_at: int | None = None
    created_at: int
    started_at: int | None = None
    ended_at: int | None = None
    end_reason: str = ""
    room_opened_at: int = 0
    """Which life of the room this belongs to."""
    lobby: bool = False
    """At the opening of the room; then the room knows."""
    recordings: list[str] = []
    """What is recorded while the meeting is going on: `room`, or user ids."""
    transcribe: bool = False
    """Transcribe while the meeting is going on."""
    language: str = ""
    timer: MeetingTimer
    empty_timeout: float = 300.0
    empty_since: float | None = None
    """Unix seconds."""
    speaker: SpeakerTimer | None = None
    agenda: Agenda = msgspec.field(default_factory=Agenda)
    hands: Hands = msgspec.field(default_factory=Hands)
    screen: ScreenShare | None = None
    breakouts: Breakouts | None = None
    openings: int = 0
    """How often breakout rooms were opened."""
    parent: str = ""
    """Of a breakout room: the room it belongs to."""
    repeats: Repeats = msgspec.field(default_factory=Repeats)
    here: dict[str, Visit] = {}
    """By user id; kept by themselves."""
    visits: int = 0
    segments: int = 0
    """How many there were."""
    results_key: str = ""
    """Whoever has it may read over HTTP what is left of the meeting; made when a host first asks for it."""
    saved_at: int = 0

    @property
    def duration(self) -> float:
        """Seconds in which it was going on; of one that is over."""
        return self.timer.counted

    # What becomes of it

    def require(self, *allowed: Status) -> None:
        """Raises BAD_STATE."""
        if self.status not in allowed:
            raise bad_state(self.status)

    def become(self, status: Status, now: float) -> None:
        """Raises BAD_STATE for what cannot follow the present state."""
        if status not in TRANSITIONS[self.status]:
            raise bad_state(self.status, f"a meeting that is {self.status} cannot become {status}")
        self.status = status
        if status is Status.ACTIVE:
            self.timer.run(now)
            if self.started_at is None:
                self.started_at = round(now * 1000)
        else:
            self.timer.stop(now)
        if status is Status.ENDED:
            self.ended_at = round(now * 1000)
            self.speaker = None
            self.screen = None
            self.hands.lower_all()
            if self.agenda.current is not None:
                self.agenda.complete(now, self.elapsed(now))

    def elapsed(self, now: float) -> float:
        """Seconds in which it was going on until now."""
        return self.timer.elapsed(now)

    def offset_ms(self, at: float) -> int:
        """Milliseconds from the meeting's start to a time."""
        return max(0, round(at * 1000) - (self.started_at or self.created_at))

    # Its clock

    def due(self) -> float | None:
        """When `tick` has something to do; None: not before something changes."""
        times = [time for time in (self.timer.due(), self._elapsed_due(), self._end_due()) if time is not None]
        if self.breakouts is not None and self.breakouts.closes_at is not None:
            times.append(self.breakouts.closes_at)
        return min(times, default=None)

    def tick(self, now: float) -> list[dict[str, Any]]:
        """What everybody is to be told now."""
        told: list[dict[str, Any]] = [{"action": _RINGS[ring], **self.time(now)} for ring in self.timer.ring(now)]
        elapsed = self.elapsed(now)
        overdue = self.agenda.ring(elapsed)
        if overdue is not None:
            over = round(elapsed - overdue.began - overdue.duration, 3)
            told.append({"action": "agenda_overtime", "item_id": overdue.item_id, "over": over})
        told += self._ring_speaker(elapsed)
        return told

    @property
    def time_is_over(self) -> bool:
        return self.status in UNDER_WAY and self.timer.expired

    def is_deserted(self, now: float) -> bool:
        """Everybody has been away for too long from a meeting that had begun."""
        due = self._end_due()
        return due is not None and now >= due

    def _elapsed_due(self) -> float | None:
        since = self.timer.since
        marks = [mark for mark in (self.agenda.due(), self.speaker.due() if self.speaker else None) if mark is not None]
        return since + min(marks) - self.timer.counted if since is not None and marks else None

    def _end_due(self) -> float | None:
        if self.empty_since is None or self.status not in UNDER_WAY:
            return None
        return self.empty_since + self.empty_timeout

    def _ring_speaker(self, elapsed: float) -> list[dict[str, Any]]:
        speaker = self.speaker
        ring = None if speaker is None or self.timer.since is None else speaker.ring(elapsed)
        if speaker is None or ring is None:
            return []
        if ring is Ring.EXPIRED:
            self.speaker = None
        return [speaker_timer(speaker, "expired" if ring is Ring.EXPIRED else "warning", elapsed)]

    # What people see of it

    def time(self, now: float) -> dict[str, Any]:
        remaining = self.timer.remaining(now)
        return {
            "elapsed": round(self.elapsed(now), 3),
            "remaining": None if remaining is None else round(remaining, 3),
            "max_duration": self.timer.max_duration,
            "paused": self.timer.since is None,
        }

    def agenda_fields(self) -> dict[str, Any]:
        current = self.agenda.current
        return {"items": shown(self.agenda), "current_id": current.item_id if current else None}

    def describe(self, now: float) -> dict[str, Any]:
        """The part of the room object that is the meeting's. specs/monibuca-rooms.md §7.2."""
        agenda = self.agenda_fields()
        elapsed = self.elapsed(now)
        return {
            "status": self.status,
            "title": self.title,
            "sitting": self.sitting,
            "started_at": self.started_at,
            "agenda": agenda["items"],
            "current_agenda_id": agenda["current_id"],
            "timer": self.time(now),
            "speaker_timer": speaker_timer(self.speaker, "running", elapsed) if self.speaker else None,
            "hands": self.hands.raised,
            "screen_share": self.screen,
            "transcription": self.transcribe,
            "recording": bool(self.recordings),
            "breakouts": self.breakouts.describe() if self.breakouts else None,
            "parent_id": self.parent or None,
        }

    def detail(self, now: float) -> dict[str, Any]:
        """What the HTTP API says of it. specs/monibuca-rooms.md §7.8."""
        return {
            "meeting_id": self.meeting_id,
            "host_id": self.host_id,
            "scheduled_at": self.scheduled_at,
            "created_at": self.created_at,
            "ended_at": self.ended_at,
            "end_reason": self.end_reason,
            "duration": round(self.elapsed(now), 3),
            "invitees": self.invitees,
            "has_password": bool(self.password_hash),
            "lobby": self.lobby,
            **self.describe(now),
        }


_RINGS = {Ring.MINUTE: "timer_updated", Ring.WARNING: "timer_warning", Ring.EXPIRED: "timer_expired"}


def speaker_timer(speaker: SpeakerTimer, state: str, elapsed: float) -> dict[str, Any]:
    """The message about a speaker's time."""
    remaining = round(speaker.remaining(elapsed), 3)
    return {
        "action": "speaker_timer",
        "user_id": speaker.user_id,
        "state": state,
        "remaining": remaining,
        "seconds": speaker.seconds,
    }
