"""The part of a WHIP client: the tracks of its offer become tracks of the room. RFC 9725 §4.2."""

from collections.abc import Collection, Sequence
from http import HTTPStatus

import msgspec

from roomful.media.api import Event, PendingTrack
from roomful.protocols.whip.descriptions import Description, Section
from roomful.protocols.whip.problems import Problem
from roomful.protocols.whip.session import Session
from roomful.rooms.events import RoomEvent, TrackMuted, TrackUnpublished, TrackWithdrawn
from roomful.rooms.model import AudioFeature, TrackKind, TrackSource, UnpublishReason, VideoQuality
from roomful.rooms.tracks import Layer, TrackSpec

_SOURCES = {
    TrackKind.AUDIO: (TrackSource.MICROPHONE, TrackSource.SCREEN_SHARE_AUDIO),
    TrackKind.VIDEO: (TrackSource.CAMERA, TrackSource.SCREEN_SHARE),
}
"""Nobody says what a section shows; most clients have one of each kind."""

_RID_ORDER = {"q": 0, "h": 1, "f": 2, "2": 0, "1": 1, "0": 2}
"""Of the numeric names, 2 is the lowest layer."""

_QUALITIES = {
    0: (),
    1: (VideoQuality.HIGH,),
    2: (VideoQuality.LOW, VideoQuality.HIGH),
    3: (VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH),
}
_MAX_LAYERS = 3


class Publisher:
    """See the module."""

    def __init__(self, session: Session, codecs: Collection[str]) -> None:
        """`codecs`: MIME types in lower case that may be published; empty means all."""
        self._session = session
        self._codecs = codecs
        self._pending: list[PendingTrack] = []

    def begin(self, offer: Description, now: float) -> None:
        count = dict.fromkeys(TrackKind, 0)
        for section in offer.sections:
            if section.kind is not None and section.sends:
                place = count[section.kind]
                count[section.kind] += 1
                self._announce(section, section.kind, place, now)

    def pending(self) -> Sequence[PendingTrack]:
        return self._pending

    def finish(self, answer: str) -> str:
        if not any(track.published for track in self._session.participant.tracks.values()):
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
            case TrackMuted() if event.publisher == self._session.id:
                self._session.media.set_track_muted(event.sid, event.muted)
            case TrackUnpublished() | TrackWithdrawn() if event.publisher == self._session.id:
                if event.reason is not UnpublishReason.PUBLISHER_LEFT:
                    self._session.media.unpublish(event.sid)
            case _:
                pass

    def _announce(self, section: Section, kind: TrackKind, place: int, now: float) -> None:
        sources = _SOURCES[kind]
        stereo = section.opus_parameter("stereo") or section.opus_parameter("sprop-stereo")
        dtx = section.opus_parameter("usedtx")
        features = {AudioFeature.STEREO: stereo, AudioFeature.NO_DTX: not dtx} if kind is TrackKind.AUDIO else {}
        layers = _layers(section.rids)
        mime = next((codec for codec in section.codecs if codec in self._codecs), "") if self._codecs else ""
        spec = TrackSpec(
            kind=kind,
            source=sources[place] if place < len(sources) else TrackSource.UNKNOWN,
            mime=mime,
            simulcast=len(layers) > 1,
            layers=layers or (Layer(),) * (kind is TrackKind.VIDEO),
            stream="whip",
            audio_features=frozenset(feature for feature, on in features.items() if on),
        )
        track = self._session.room.publish(self._session.id, spec, now)
        self._pending.append(
            PendingTrack(sid=track.sid, cid=section.track_id or "", kind=kind.value, mime=mime, dtx=dtx, stereo=stereo)
        )

    def _on_bound(self, event: Event.TrackBound, now: float) -> None:
        self._pending = [track for track in self._pending if track.sid != event.track]
        track = self._session.participant.tracks.get(event.track)
        if track is None:
            self._session.media.unpublish(event.track)
        elif not event.mime or (self._codecs and event.mime.lower() not in self._codecs):
            self._session.room.unpublish(event.track, now)
        else:
            self._session.room.bind(event.track, event.mime, event.mid, now)

    def _on_layers(self, event: Event.TrackLayers, now: float) -> None:
        track = self._session.participant.tracks.get(event.track)
        if track is None:
            return
        seen = {layer.spatial: layer for layer in event.layers}
        layers = tuple(
            msgspec.structs.replace(layer, ssrc=live.ssrc, repair_ssrc=live.rtx_ssrc)
            if (live := seen.get(layer.spatial)) is not None
            else layer
            for layer in track.layers
        )
        self._session.room.set_layers(track.sid, layers, now)


def _layers(rids: Sequence[str]) -> tuple[Layer, ...]:
    """The simulcast layers, lowest first; those beyond the third are the engine's to ignore."""
    ordered = sorted(rids, key=lambda rid: _RID_ORDER.get(rid, rids.index(rid)))[:_MAX_LAYERS]
    return tuple(
        Layer(quality=quality, rid=rid, spatial=place)
        for place, (rid, quality) in enumerate(zip(ordered, _QUALITIES[len(ordered)], strict=True))
    )
