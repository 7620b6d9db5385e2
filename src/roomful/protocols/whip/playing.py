"""The part of a WHEP client: it gets the tracks of one other participant, also those that come later.

While it is on hold it gets what is announced to it instead.

A WHEP client offers once and is never asked to offer again. When the participant that it follows publishes anew, the
new track goes into the same section: the engine is given the old offer again, and assigns sections anew.
"""

from collections.abc import Sequence

from roomful.media.api import Event, PendingTrack
from roomful.media.descriptions import Description, without_streams
from roomful.protocols.whip.choice import Wish, announcer, followed, tracks_of
from roomful.protocols.whip.session import Session
from roomful.rooms.events import (
    MixerChanged,
    ParticipantLeft,
    ParticipantUpdated,
    RoomEvent,
    SubscriptionPermissionChanged,
    SubscriptionsChanged,
    TrackPublished,
    TrackUnpublished,
)
from roomful.rooms.model import TrackKind
from roomful.rooms.subscriptions import desires
from roomful.rooms.tracks import Track

MAX_SPATIAL = 2


class Player:
    """See the module."""

    def __init__(self, session: Session, wish: Wish) -> None:
        self._session = session
        self._wish = wish
        self._followed = ""
        self._kinds: frozenset[TrackKind] = frozenset()
        """What the client wants to receive."""
        self._playing: dict[TrackKind, str] = {}
        """Sids of the tracks subscribed to."""
        self._refused: set[str] = set()
        """Tracks that the client cannot decode."""

    def begin(self, offer: Description, now: float) -> None:
        self._kinds = frozenset(
            section.kind for section in offer.sections if section.kind is not None and section.receives
        )
        self._choose()

    def pending(self) -> Sequence[PendingTrack]:
        return ()

    def finish(self, answer: str) -> str:
        return without_streams(answer)

    def end(self, now: float) -> None:
        pass

    def on_media_event(self, event: Event, now: float) -> None:
        if isinstance(event, Event.SubscriptionFailed):
            self._refused.add(event.track)
            self._playing = {kind: sid for kind, sid in self._playing.items() if sid != event.track}
            self._follow()

    def on_room_event(self, event: RoomEvent) -> None:
        match event:
            case TrackPublished() | TrackUnpublished() if self._concerns(event.publisher):
                self._follow()
            case ParticipantLeft() if event.identity == self._followed:
                self._follow()
            case ParticipantUpdated() if not event.changed.isdisjoint(("permission", "visibility")):
                self._follow()
            case SubscriptionPermissionChanged() | MixerChanged():
                self._follow()
            case SubscriptionsChanged() if event.subscriber == self._session.participant.sid:
                self._follow()
            case _:
                pass

    def _concerns(self, publisher: str) -> bool:
        participant = self._session.room.participants.get(publisher)
        if not self._followed or participant is None:
            return not self._followed
        return participant.identity == self._followed or participant.announces

    def _follow(self) -> None:
        if self._choose():
            self._session.renegotiate()

    def _choose(self) -> bool:
        """Subscribe to what there is now; returns whether there is something new to be sent."""
        room, media, peer = self._session.room, self._session.media, self._session.peer
        self._followed = followed(room, self._wish, self._followed, self._can_have)
        wish = Wish() if room.mixer else self._wish
        publisher = room.find(self._followed)
        announcing = announcer(room, self._session.participant, self._can_have)
        if announcing is not None:
            publisher, wish = announcing, Wish()
        wanted = tracks_of(publisher, wish, self._can_have)
        stand_in = room.participants.get(room.stand_ins.get(publisher.sid, "")) if publisher is not None else None
        if stand_in is not None and TrackKind.AUDIO not in wanted and wish.hears_voice:
            wanted |= tracks_of(stand_in, Wish(), self._can_have)
        changed = False
        for kind in self._kinds:
            before, track = self._playing.get(kind), wanted.get(kind)
            if before == (track.sid if track is not None else None):
                continue
            if before is not None:
                media.unsubscribe(peer, self._playing.pop(kind))
            if track is not None:
                self._playing[kind] = track.sid
                media.subscribe(peer, track.sid, f"{track.publisher}|{track.sid}")
                media.set_subscription(peer, track.sid, enabled=True, max_spatial=MAX_SPATIAL)
                changed = True
        return changed

    def _can_have(self, track: Track) -> bool:
        wanted = desires(self._session.room, self._session.participant, track)
        return wanted and track.kind in self._kinds and track.sid not in self._refused
