"""A media session that publishes: the tracks of its offer become tracks of the room. specs/nkmedia.md §9.4."""

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from roomful.media.api import Event, PendingTrack
from roomful.media.descriptions import Description
from roomful.media.layers import with_ssrcs
from roomful.media.offered import offered_tracks
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp
from roomful.protocols.nkmedia.media_session import MediaSession
from roomful.protocols.nkmedia.room_session import RoomSession
from roomful.protocols.nkmedia.room_settings import limit_in, settings_of_room
from roomful.protocols.nkmedia.services import Services
from roomful.rooms.events import RoomEvent, TrackMuted, TrackUnpublished, TrackWithdrawn
from roomful.rooms.model import TrackKind, UnpublishReason
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track


class Publisher(RoomSession):
    """See the module."""

    type = "publish"

    def __init__(
        self,
        services: Services,
        room: Room,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        on_stopped: Callable[[MediaSession, float], None],
        now: float,
    ) -> None:
        """Raises RoomError."""
        permission = Permission(can_subscribe=False)
        super().__init__(services, room, caller, command, session_id, permission, on_stopped, now)
        settings = settings_of_room(room)
        self._codecs: Collection[str] = services.settings.codecs if settings is None else settings.codecs
        self._own: dict[str, TrackKind] = {}
        """Sids of its tracks."""
        self._pending: list[PendingTrack] = []
        self._sending: set[str] = set()
        """Sids of those that media has come of."""
        self._request = 0
        self._offer = Description((), ())

    def details(self) -> dict[str, Any]:
        return {"room_id": self.room.name}

    def begin(self, given: Sdp, offer: Description, now: float) -> None:
        """Take the offer. Raises RoomError, MediaError."""
        self._offer = offer
        self.set_description("offer", given.sdp)
        if given.trickle_ice and self.command.no_offer_trickle_ice:
            self.gather(now)
        else:
            self._negotiate(offer, now)

    def gathered(self, now: float) -> None:
        self._negotiate(self.with_candidates(self._offer), now)

    def mute(self, *, audio: bool | None, video: bool | None, now: float) -> None:
        wanted = {TrackKind.AUDIO: audio, TrackKind.VIDEO: video}
        for sid, kind in list(self._own.items()):
            muted = wanted[kind]
            if muted is not None:
                self.room.mute(sid, muted, self.participant.sid, now)

    def limit(self, bitrate: int) -> None:
        self._media.limit_peer(self.peer, limit_in(self.room, bitrate) or None)

    def on_media_event(self, event: Event, now: float) -> None:
        match event:
            case Event.TrackBound():
                self._on_bound(event, now)
            case Event.Answered() if event.request == self._request:
                if not any(self.room.tracks[sid].published for sid in self._own):
                    raise NkError(Code.INCOMPATIBLE_SESSION)
                self.answered(event.sdp)
            case Event.TrackLayers():
                track = self.room.tracks.get(event.track)
                if track is not None:
                    self._sends(track)
                    self.room.set_layers(track.sid, with_ssrcs(track.layers, event.layers), now)
            case Event.TrackUnbound():
                self.room.unpublish(event.track, now)
            case _:
                pass

    def answered(self, sdp: str) -> None:
        """The engine has taken the offer."""
        self.set_description("answer", sdp)
        self.limit(self.command.bitrate)

    def _sends(self, track: Track) -> None:
        """Its first packet has come."""
        if track.sid not in self._sending:
            self._sending.add(track.sid)
            self.tell("status", {"class": "media", "media": track.kind.value, "status": "up"})

    def on_room_event(self, event: RoomEvent) -> None:
        match event:
            case TrackMuted() if event.sid in self._own:
                self._media.set_track_muted(event.sid, event.muted)
            case TrackUnpublished() | TrackWithdrawn() if event.sid in self._own:
                del self._own[event.sid]
                if event.reason is not UnpublishReason.PUBLISHER_LEFT:
                    self._media.unpublish(event.sid)
            case _:
                pass

    def _negotiate(self, offer: Description, now: float) -> None:
        offer = offer.with_track_ids()
        command = self.command
        muted = {
            TrackKind.AUDIO: command.mute_audio or not command.use_audio,
            TrackKind.VIDEO: command.mute_video or not command.use_video,
        }
        for one in offered_tracks(offer, self._codecs, stream="nkmedia"):
            spec = msgspec.structs.replace(one.spec, muted=muted[one.spec.kind])
            track = self.room.publish(self.participant.sid, spec, now)
            self._own[track.sid] = spec.kind
            self._pending.append(one.pending(track.sid))
        self._request = self._media.next_request()
        self._media.accept_offer(self.peer, self._request, offer.text(), self._pending)

    def _on_bound(self, event: Event.TrackBound, now: float) -> None:
        track = self.room.tracks.get(event.track)
        if track is None:
            self._media.unpublish(event.track)
        elif not event.mime or (self._codecs and event.mime.lower() not in self._codecs):
            self.room.unpublish(event.track, now)
        else:
            self.room.bind(event.track, event.mime, event.mid, now)
            if track.muted:
                self._media.set_track_muted(track.sid, muted=True)
