"""Who should receive which track.

Three parties decide: the participant (by default everything, or what it asked for), the publisher (an allow list), and
the house: the participant's permission, whether it is on hold, and whose voice is kept from it. In a room with a mixer,
everybody but the mixer and recorders receives only what the mixer publishes. From all that `desired` follows at any
time; nothing is stored that could go stale.
specs/livekit.md §3.18, §3.20.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from roomful.rooms.model import TrackKind

if TYPE_CHECKING:
    from roomful.rooms.participant import Participant
    from roomful.rooms.state import RoomState
    from roomful.rooms.tracks import Track

UNRESOLVED_TIMEOUT = 60.0
"""Seconds a wish for an unknown track is kept."""


class TrackGrant(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an allow list: a participant, by sid or identity, and its tracks."""

    participant_sid: str = ""
    identity: str = ""
    all_tracks: bool = False
    track_sids: frozenset[str] = frozenset()

    def covers(self, track_sid: str) -> bool:
        return self.all_tracks or track_sid in self.track_sids


class SubscriptionPermission(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher lets others subscribe to: everything to everybody, or only what the grants say."""

    all_participants: bool = True
    grants: tuple[TrackGrant, ...] = ()


class AllowList:
    """The grants of one publisher, looked up by participant."""

    __slots__ = ("_by_identity", "_by_sid")

    def __init__(self, grants: Iterable[TrackGrant]) -> None:
        self._by_sid: dict[str, list[TrackGrant]] = {}
        self._by_identity: dict[str, list[TrackGrant]] = {}
        for grant in grants:
            if grant.participant_sid:
                self._by_sid.setdefault(grant.participant_sid, []).append(grant)
            elif grant.identity:
                self._by_identity.setdefault(grant.identity, []).append(grant)

    def allows(self, subscriber: Participant, track_sid: str) -> bool:
        grants = (*self._by_sid.get(subscriber.sid, ()), *self._by_identity.get(subscriber.identity, ()))
        return any(grant.covers(track_sid) for grant in grants)


class Wishes:
    """Explicit subscribes (True) and unsubscribes (False), by subscriber and track sid."""

    __slots__ = ("_by_subscriber", "_unresolved")

    def __init__(self) -> None:
        self._by_subscriber: dict[str, dict[str, bool]] = {}
        self._unresolved: dict[tuple[str, str], float] = {}
        """(subscriber, unknown track) → when it was asked for, oldest first."""

    def get(self, subscriber: str, track: str) -> bool | None:
        wishes = self._by_subscriber.get(subscriber)
        return wishes.get(track) if wishes else None

    def count(self, subscriber: str) -> int:
        return len(self._by_subscriber.get(subscriber, ()))

    def set(self, subscriber: str, track: str, wanted: bool) -> None:
        self._by_subscriber.setdefault(subscriber, {})[track] = wanted

    def await_track(self, subscriber: str, track: str, now: float) -> None:
        """Note that the track is unknown; asking again does not prolong the wait."""
        self._unresolved.setdefault((subscriber, track), now)

    def forget(self, subscriber: str, track: str) -> None:
        wishes = self._by_subscriber.get(subscriber)
        if wishes is not None:
            wishes.pop(track, None)
            if not wishes:
                del self._by_subscriber[subscriber]
        self._unresolved.pop((subscriber, track), None)

    def forget_track(self, track: str) -> None:
        for subscriber in [sid for sid, wishes in self._by_subscriber.items() if track in wishes]:
            self.forget(subscriber, track)

    def forget_subscriber(self, subscriber: str) -> None:
        for track in self._by_subscriber.pop(subscriber, ()):
            self._unresolved.pop((subscriber, track), None)

    def deadline(self) -> float | None:
        """When the oldest wait for an unknown track ends."""
        for since in self._unresolved.values():
            return since + UNRESOLVED_TIMEOUT
        return None

    def take_overdue(self, now: float) -> Iterator[tuple[str, str]]:
        """Yield (subscriber, track) of every wait that is over; the wait is ended, the wish is not."""
        for key in [key for key, since in self._unresolved.items() if since + UNRESOLVED_TIMEOUT <= now]:
            del self._unresolved[key]
            yield key


def permitted(room: RoomState, subscriber: Participant, track: Track) -> bool:
    """Say whether the track's publisher lets the participant subscribe, and the room's mixer, if it has one.

    Recorders cannot be locked out.
    """
    if not track.is_for(subscriber.sid):
        return False
    if subscriber.is_recorder:
        return True
    if room.mixer and room.mixer not in (track.publisher, subscriber.sid):
        return False
    allowed = room.allow_lists.get(track.publisher)
    return allowed is None or allowed.allows(subscriber, track.sid)


def desires(room: RoomState, subscriber: Participant, track: Track) -> bool:
    """Say whether the participant should receive the track now."""
    if not track.published or track.publisher == subscriber.sid or not subscriber.permission.can_subscribe:
        return False
    publisher = room.participants[track.publisher]
    if not subscriber.receiving and not (publisher.announces and publisher.sid not in room.stand_ins.values()):
        return False
    is_voice = track.kind is TrackKind.AUDIO
    heard = room.rules.hears(subscriber.user_id, publisher.user_id) if is_voice else None
    if heard is False or (is_voice and _is_replaced(room, subscriber, track)):
        return False
    wish = room.wishes.get(subscriber.sid, track.sid)
    if wish is None:  # hidden publishers are not announced: only who knows the track and asks for it, or shall hear it
        wish = subscriber.auto_subscribe and (not publisher.hidden or heard is True)
    return wish and permitted(room, subscriber, track)


def _is_replaced(room: RoomState, subscriber: Participant, track: Track) -> bool:
    """Say whether somebody else is heard in the publisher's place, by all but recorders and whoever that is."""
    stand_in = room.stand_ins.get(track.publisher, subscriber.sid)
    return stand_in != subscriber.sid and not subscriber.is_recorder


def desired(room: RoomState, subscriber: Participant) -> set[str]:
    """Return the sids of all tracks that the participant should receive now."""
    return {track.sid for track in room.tracks.values() if desires(room, subscriber, track)}
