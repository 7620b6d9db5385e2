"""What the tracks of a client's offer are, for protocols whose clients say it by the offer alone."""

from collections.abc import Collection, Sequence

import msgspec

from roomful._native import PendingTrack
from roomful.media.descriptions import Description, Section
from roomful.rooms.model import AudioFeature, TrackKind, TrackSource, VideoQuality
from roomful.rooms.tracks import Layer, TrackSpec

_SOURCES = {
    TrackKind.AUDIO: (TrackSource.MICROPHONE, TrackSource.SCREEN_SHARE_AUDIO),
    TrackKind.VIDEO: (TrackSource.CAMERA, TrackSource.SCREEN_SHARE),
}
"""Nobody says what a section shows; most clients have one of each kind."""
_SCREEN = {
    TrackKind.AUDIO: (TrackSource.SCREEN_SHARE_AUDIO,),
    TrackKind.VIDEO: (TrackSource.SCREEN_SHARE,),
}

_RID_ORDER = {"q": 0, "h": 1, "f": 2, "2": 0, "1": 1, "0": 2}
"""Of the numeric names, 2 is the lowest layer."""

_QUALITIES = {
    0: (),
    1: (VideoQuality.HIGH,),
    2: (VideoQuality.LOW, VideoQuality.HIGH),
    3: (VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH),
}
_MAX_LAYERS = 3


class OfferedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """One section in which the client sends."""

    spec: TrackSpec
    mid: str
    cid: str
    """Its track id in the description."""

    def pending(self, sid: str) -> PendingTrack:
        """For the engine, when the room has given the track a sid."""
        spec = self.spec
        features = spec.audio_features
        return PendingTrack(
            sid=sid,
            cid=self.cid,
            kind=spec.kind.value,
            mime=spec.mime,
            dtx=AudioFeature.NO_DTX not in features,
            stereo=AudioFeature.STEREO in features,
        )


def offered_tracks(
    offer: Description, codecs: Collection[str], *, screen: bool = False, stream: str = ""
) -> list[OfferedTrack]:
    """The tracks of an offer, in its order. `codecs`: MIME types in lower case that may be published; empty means all.

    `screen`: it is a shared one.
    """
    tracks: list[OfferedTrack] = []
    count = dict.fromkeys(TrackKind, 0)
    for section in offer.sections:
        kind = section.kind
        if kind is None or not section.sends:
            continue
        sources = (_SCREEN if screen else _SOURCES)[kind]
        source = sources[count[kind]] if count[kind] < len(sources) else TrackSource.UNKNOWN
        count[kind] += 1
        spec = _spec(section, kind, source, codecs, stream)
        tracks.append(OfferedTrack(spec=spec, mid="".join(section.values("mid")[:1]), cid=section.track_id or ""))
    return tracks


def _spec(section: Section, kind: TrackKind, source: TrackSource, codecs: Collection[str], stream: str) -> TrackSpec:
    stereo = section.opus_parameter("stereo") or section.opus_parameter("sprop-stereo")
    features = {AudioFeature.STEREO: stereo, AudioFeature.NO_DTX: not section.opus_parameter("usedtx")}
    layers = _layers(section.rids)
    return TrackSpec(
        kind=kind,
        source=source,
        mime=next((codec for codec in section.codecs if codec in codecs), "") if codecs else "",
        simulcast=len(layers) > 1,
        layers=layers or (Layer(),) * (kind is TrackKind.VIDEO),
        stream=stream,
        audio_features=frozenset(feature for feature, on in features.items() if on and kind is TrackKind.AUDIO),
    )


def _layers(rids: Sequence[str]) -> tuple[Layer, ...]:
    """The simulcast layers, lowest first; those beyond the third are the engine's to ignore."""
    ordered = sorted(rids, key=lambda rid: _RID_ORDER.get(rid, rids.index(rid)))[:_MAX_LAYERS]
    return tuple(
        Layer(quality=quality, rid=rid, spatial=place)
        for place, (rid, quality) in enumerate(zip(ordered, _QUALITIES[len(ordered)], strict=True))
    )
