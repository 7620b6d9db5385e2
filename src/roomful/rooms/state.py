"""What a room holds, and how a change to it becomes known. The mutators are in the classes built on this one."""

from typing import Protocol

from roomful.rooms.bans import Bans
from roomful.rooms.census import Census, Counts
from roomful.rooms.chat import Chat
from roomful.rooms.data import Nonces, RecentData
from roomful.rooms.errors import RoomError, RoomErrorCode, participant_not_found, track_not_found
from roomful.rooms.event_log import EventLog
from roomful.rooms.events import (
    Fact,
    MixerChanged,
    ParticipantQuality,
    RoomUpdated,
    SubscriptionPermissionChanged,
    Transient,
)
from roomful.rooms.house_rules import NO_RULES, HouseRules
from roomful.rooms.limits import Limits
from roomful.rooms.lobby import Lobby
from roomful.rooms.model import RoomPhase
from roomful.rooms.observers import Observers
from roomful.rooms.options import RoomDefaults, RoomOptions
from roomful.rooms.participant import Participant
from roomful.rooms.room_type import RoomType
from roomful.rooms.speakers import Speakers
from roomful.rooms.subscriptions import AllowList, Wishes
from roomful.rooms.tracks import Track
from roomful.rooms.transcripts import Transcription

_NO_TRANSCRIPTION = Transcription()

COUNTS_INTERVAL = 5.0
"""Seconds between two announcements of changed counts: in large rooms everybody would be told of everybody."""


class Host(Protocol):
    """Who keeps the room: calls `tick` in time and forgets it when it closes."""

    def wake(self, room_sid: str, at: float) -> None:
        """The room wants a `tick` at this time or before; said after every change, mostly in vain."""
        ...

    def retire(self, room_sid: str) -> None:
        """The room has begun to close; its name is free."""
        ...


class RoomState:
    """Everything a room knows. Readable by all, changed by mutators only.

    Mutators take `now` in unix seconds, which must not go backwards, as their last positional argument. They raise
    `RoomError` and have then changed nothing, or they change the room, log what happened and tell the observers.
    """

    __slots__ = (
        "_aliases",
        "_announced",
        "_announced_at",
        "_awaited",
        "_bans",
        "_census",
        "_chat",
        "_host",
        "_identities",
        "_lobby",
        "_nonces",
        "_occupied_once",
        "_qualities",
        "_recent_data",
        "_rules",
        "_speakers",
        "_vacant_since",
        "allow_lists",
        "created_at",
        "defaults",
        "limits",
        "log",
        "metadata",
        "mixer",
        "name",
        "observers",
        "options",
        "participants",
        "phase",
        "sid",
        "stand_ins",
        "tracks",
        "transcription",
        "type",
        "wishes",
    )

    def __init__(
        self,
        name: str,
        sid: str,
        options: RoomOptions,
        now: float,
        *,
        defaults: RoomDefaults,
        limits: Limits,
        host: Host | None,
        type: RoomType,  # noqa: A002 - what it is called everywhere
        bans: Bans,
    ) -> None:
        self.name = name
        self.sid = sid
        self.options = options
        self.type = type
        self.metadata = options.metadata
        self.created_at = now
        self.defaults = defaults
        self.limits = limits
        self.phase = RoomPhase.OPEN
        self.participants: dict[str, Participant] = {}
        """By sid, in the order of joining."""
        self.tracks: dict[str, Track] = {}
        """By sid, announced ones included."""
        self.wishes = Wishes()
        self.allow_lists: dict[str, AllowList] = {}
        """Publisher sid → who may subscribe; a publisher without one lets everybody."""
        self.mixer = ""
        """Sid of the participant whose tracks are all that the others receive; empty: everybody receives everybody."""
        self.stand_ins: dict[str, str] = {}
        """Publisher sid → sid of who is heard in its place."""
        self.transcription = _NO_TRANSCRIPTION
        self.log = EventLog(defaults.log_length)
        self.observers = Observers()
        self._host = host
        self._identities: dict[str, Participant] = {}
        self._awaited: dict[str, float] = {}
        """Participant sid → when it must be active, earliest first."""
        self._aliases: dict[str, list[Participant]] | None = None
        """User id → its participants that have another identity than that."""
        self._rules: HouseRules | None = None
        self._lobby: Lobby | None = None
        self._chat: Chat | None = None
        self._bans = bans
        self._census = Census()
        self._announced = Counts(0, 0, False)
        self._announced_at = float("-inf")
        self._occupied_once = False
        self._vacant_since = now
        self._speakers: Speakers | None = None
        self._qualities: dict[str, ParticipantQuality] | None = None
        self._recent_data: RecentData | None = None
        self._nonces: Nonces | None = None

    @property
    def counts(self) -> Counts:
        """How many are here now."""
        return self._census.counts()

    @property
    def users(self) -> int:
        """How many places are taken, robots and the service's staff not counted. specs/monibuca-rooms.md §5.2."""
        return self._census.users

    @property
    def max_users(self) -> int:
        """How many places there are; 0 is no limit."""
        limits = [limit for limit in (self.options.max_participants, self.type.max_users) if limit]
        return min(limits, default=0)

    @property
    def rules(self) -> HouseRules:
        """What its hosts decided. To be read, never changed."""
        return NO_RULES if self._rules is None else self._rules

    @property
    def is_open(self) -> bool:
        return self.phase is RoomPhase.OPEN

    def find(self, identity: str) -> Participant | None:
        """Return the participant with this identity, if it is here."""
        return self._identities.get(identity)

    def of_user(self, user_id: str) -> list[Participant]:
        """Return the participants that are this user: none, one, or one for each of its connections."""
        own = self._identities.get(user_id)
        found = [own] if own is not None and own.user_id == user_id else []
        return found + self._aliases.get(user_id, []) if self._aliases else found

    def with_identity(self, identity: str) -> Participant:
        """Return the participant with this identity; raise NOT_FOUND."""
        participant = self._identities.get(identity)
        if participant is None:
            raise participant_not_found()
        return participant

    def participant(self, sid: str) -> Participant:
        """Return the participant with this sid; raise NOT_FOUND."""
        participant = self.participants.get(sid)
        if participant is None:
            raise participant_not_found()
        return participant

    def track(self, sid: str) -> Track:
        """Return the track, published or announced; raise NOT_FOUND."""
        track = self.tracks.get(sid)
        if track is None:
            raise track_not_found()
        return track

    def track_of(self, participant_sid: str, track_sid: str) -> Track:
        """Return the track if that participant publishes it; raise NOT_FOUND."""
        track = self.track(track_sid)
        if track.publisher != participant_sid:
            raise track_not_found()
        return track

    def others(self, sid: str) -> list[Participant]:
        """Return everybody that the participant can see: all but itself and the hidden ones."""
        return [other for other in self.participants.values() if other.sid != sid and not other.hidden]

    def deadline(self) -> float | None:
        """When `tick` has something to do; None if only a mutation can change that."""
        if not self.is_open:
            return None
        times = [self.wishes.deadline(), self._closes_at()]
        for awaited_until in self._awaited.values():
            times.append(awaited_until)
            break
        if self._recent_data is not None:
            times.append(self._recent_data.deadline())
        if self._lobby is not None:
            times.append(next((one.since + self.defaults.lobby_timeout for one in self._lobby.waiting.values()), None))
        if self._census.counts() != self._announced:
            times.append(self._announced_at + COUNTS_INTERVAL)
        return min((time for time in times if time is not None), default=None)

    def linger(self, now: float) -> None:
        """Stay open as if the last one had left just now. Where somebody is in the room, this says nothing new."""
        self._vacant_since = max(self._vacant_since, now)

    def _closes_at(self) -> float | None:
        awaited = self._lobby is not None and self._lobby.waiting
        if self._census.counted or awaited or self.type.manages_own_sessions:
            return None
        timeout = self.options.departure_timeout if self._occupied_once else self.options.empty_timeout
        return self._vacant_since + timeout

    def _govern(self) -> HouseRules:
        """Return the rules to change them."""
        if self._rules is None:
            self._rules = HouseRules()
        return self._rules

    def _require_open(self) -> None:
        if not self.is_open:
            raise RoomError(RoomErrorCode.FAILED_PRECONDITION, "room is closed")

    def _record(self, fact: Fact) -> None:
        self.log.append(fact)
        self.observers.enqueue(fact)

    def _mention(self, event: Transient) -> None:
        self.observers.enqueue(event)

    def _count(self, participant: Participant, now: float, *, entering: bool) -> None:
        """Keep the census; `entering` is False before a change to the participant and True after it."""
        occupied = self._census.counted > 0
        if entering:
            self._census.enter(participant)
        else:
            self._census.strike(participant)
        if self._census.counted:
            self._occupied_once = True
        elif occupied:
            self._vacant_since = now

    def _commit(self, now: float) -> None:
        """End a mutation: announce counts if it is time, see that `tick` comes in time, tell the observers."""
        if self.is_open:
            self._announce_counts(now)
            deadline = self.deadline()
            if self._host is not None and deadline is not None:
                self._host.wake(self.sid, deadline)
        self.observers.deliver()

    def _announce_counts(self, now: float) -> None:
        counts = self._census.counts()
        if counts == self._announced or now < self._announced_at + COUNTS_INTERVAL:
            return
        told = self._announced._asdict()
        changed = frozenset(name for name, value in counts._asdict().items() if told[name] != value)
        self._announced = counts
        self._announced_at = now
        self._record(RoomUpdated(offset=self.log.next, at=now, changed=changed))

    def _change_stand_in(self, publisher: str, stand_in: str, now: float) -> None:
        if stand_in:
            self.stand_ins[publisher] = stand_in
        else:
            del self.stand_ins[publisher]
        self._record(SubscriptionPermissionChanged(offset=self.log.next, at=now, publisher=publisher))

    def _change_mixer(self, sid: str, now: float) -> None:
        self.mixer = sid
        self._record(MixerChanged(offset=self.log.next, at=now, mixer=sid))
