"""The part of a WHIP client: the tracks of its offer become tracks of the room. RFC 9725 §4.2."""

from collections.abc import Collection, Sequence
from http import HTTPStatus

from roomful.media.api import Event, PendingTrack
from roomful.media.descriptions import Description
from roomful.media.layers import with_ssrcs
from roomful.media.offered import offered_tracks
from roomful.protocols.whip.problems import Problem
from roomful.protocols.whip.session import Session
from roomful.rooms.events import RoomEvent, TrackMuted, TrackUnpublished, TrackWithdrawn
from roomful.rooms.model import UnpublishReason


class Publisher:
    """See the module."""

    def __init__(self, session: Session, codecs: Collection[str], *, screen: bool = False) -> None:
        """`codecs`: MIME types in lower case that may be published; empty means all. `screen`: it is a shared one."""
        self._session = session
        self._codecs = codecs
        self._screen = screen
        self._own: set[str] = set()
        """Sids of the tracks that come by this session; the participant may have others."""
        self._pending: list[PendingTrack] = []

    def begin(self, offer: Description, now: float) -> None:
        for one in offered_tracks(offer, self._codecs, screen=self._screen, stream="whip"):
            track = self._session.room.publish(self._session.participant.sid, one.spec, now)
            self._own.add(track.sid)
            self._pending.append(one.pending(track.sid))

    def pending(self) -> Sequence[PendingTrack]:
        return self._pending

    def finish(self, answer: str) -> str:
        if not any(track.published and sid in self._own for sid, track in self._session.room.tracks.items()):
            raise Problem(HTTPStatus.NOT_ACCEPTABLE, "no codec of the offer can be published here")
        return answer

    def on_media_event(self, event: Event, now: float) -> None:
        match event:
            case Event.TrackBound():
                self._on_bound(event, now)
            case Event.TrackLayers():
                self._on_layers(event, now)
            case Event.TrackUnbound():
                self._session.room.unpublish(event.track, now)
            case _:
                pass

    def on_room_event(self, event: RoomEvent) -> None:
        match event:
            case TrackMuted() if event.sid in self._own:
                self._session.media.set_track_muted(event.sid, event.muted)
            case TrackUnpublished() | TrackWithdrawn() if event.sid in self._own:
                self._own.discard(event.sid)
                if event.reason is not UnpublishReason.PUBLISHER_LEFT:
                    self._session.media.unpublish(event.sid)
            case _:
                pass

    def end(self, now: float) -> None:
        for sid in list(self._own):
            self._session.room.unpublish(sid, now)

    def _on_bound(self, event: Event.TrackBound, now: float) -> None:
        self._pending = [track for track in self._pending if track.sid != event.track]
        track = self._session.room.tracks.get(event.track)
        if track is None:
            self._session.media.unpublish(event.track)
        elif not event.mime or (self._codecs and event.mime.lower() not in self._codecs):
            self._session.room.unpublish(event.track, now)
        else:
            self._session.room.bind(event.track, event.mime, event.mid, now)
            if track.muted:
                self._session.media.set_track_muted(track.sid, muted=True)

    def _on_layers(self, event: Event.TrackLayers, now: float) -> None:
        track = self._session.room.tracks.get(event.track)
        if track is not None:
            self._session.room.set_layers(track.sid, with_ssrcs(track.layers, event.layers), now)
