"""What one participant publishes: from announcement to media. specs/livekit.md §3.12."""

from collections import deque
from collections.abc import Iterable, Sequence

from livekit.protocol import models, rtc

from roomful.media.api import Event, PendingTrack
from roomful.media.layers import with_ssrcs
from roomful.protocols.livekit import encode
from roomful.protocols.livekit.announcement import Announcement, Codec, announcement_of
from roomful.protocols.livekit.layers import with_rids
from roomful.protocols.livekit.links import Links
from roomful.protocols.livekit.responses import Reason, refusal_of, response_to
from roomful.protocols.livekit.vocabulary import ENCRYPTION, SOURCE, TRACK_KIND, VIDEO_QUALITY
from roomful.rooms.errors import RoomError
from roomful.rooms.model import AudioFeature, Encryption, TrackKind, TrackSource, VideoQuality
from roomful.rooms.tracks import Layer, Track, TrackSpec

MAX_QUEUED = 16
"""Announcements that wait for an earlier track of the same client id to go."""
MAX_LAYERS = 8
MAX_CODECS = 8

Mode = models.VideoLayer.Mode
_MULTI_LAYER_CODECS = frozenset({"video/vp9", "video/av1"})
REDUNDANT = "audio/red"
_FALLBACK = {TrackKind.AUDIO: "audio/opus", TrackKind.VIDEO: "video/VP8"}
_STREAM = {
    TrackSource.CAMERA: "camera",
    TrackSource.MICROPHONE: "camera",
    TrackSource.SCREEN_SHARE: "screen",
    TrackSource.SCREEN_SHARE_AUDIO: "screen",
    TrackSource.UNKNOWN: "unknown",
}


class Publications:
    """The tracks of one participant, and the announcements that still wait."""

    def __init__(self, links: Links, codecs: Iterable[str]) -> None:
        """`codecs`: MIME types that may be published."""
        self._links = links
        self._codecs = {mime.lower(): mime for mime in codecs}
        self._queued: deque[rtc.AddTrackRequest] = deque()

    def announce(self, request: rtc.AddTrackRequest, now: float) -> None:
        """The client is going to publish: answer at once with the track's sid, or say why not."""
        echo = rtc.SignalRequest(add_track=request)
        if request.sid:
            self._links.send(self._additional_codec(request, echo))
        elif request.type not in TRACK_KIND:
            self._links.send(response_to(echo, Reason.UNSUPPORTED_TYPE, "a track is audio or video"))
        elif self._has(request.cid):
            self._queue(request, echo)
        else:
            self._publish(request, echo, now)

    def pending(self) -> Sequence[PendingTrack]:
        """The announced tracks that no media line belongs to yet, in the order of their announcement."""
        return [
            PendingTrack(
                sid=track.sid,
                cid=_first_codec(track).cid,
                kind=track.kind.value,
                mime=track.mime,
                dtx=track.dtx,
                stereo=track.stereo,
                red=track.red and REDUNDANT in self._codecs,
            )
            for track in self._links.participant.tracks.values()
            if not track.published
        ]

    def on_bound(self, event: Event.TrackBound, now: float) -> None:
        """A media line carries the track: others may know it."""
        room = self._links.room
        track = self._links.participant.tracks.get(event.track)
        if track is None:  # its permission was lost, or it was withdrawn, a moment before
            self._links.media.unpublish(event.track)
            return
        announcement = announcement_of(track.announcement)
        if announcement is not None:
            bound = announcement.bound(mime=event.mime, mid=event.mid, cid=event.cid, sdp_cid=event.sdp_cid)
            room.update_track(track.sid, now, announcement=bound)
        room.bind(track.sid, event.mime, event.mid, now, layers=with_rids(track.layers, event.rids))
        if track.muted:
            self._links.media.set_track_muted(track.sid, muted=True)

    def on_layers(self, event: Event.TrackLayers, now: float) -> None:
        """Layers have begun to send."""
        track = self._links.participant.tracks.get(event.track)
        if track is not None:
            self._links.room.set_layers(track.sid, with_ssrcs(track.layers, event.layers), now)

    def on_unbound(self, event: Event.TrackUnbound, now: float) -> None:
        """The client took the track out of its offer."""
        if event.track in self._links.participant.tracks:
            self._links.room.unpublish(event.track, now)

    def on_gone(self, now: float) -> None:
        """A track of this participant is gone: an announcement may have waited for its client id."""
        for _ in range(len(self._queued)):
            request = self._queued.popleft()
            if self._has(request.cid):
                self._queued.append(request)
            else:
                self._publish(request, rtc.SignalRequest(add_track=request), now)

    def mute(self, request: rtc.MuteTrackRequest, now: float) -> None:
        """The client mutes or unmutes one of its tracks; others' and unknown ones are ignored.

        Raises RoomError for what a host forces to be muted, and tells the client so, which believes to be heard.
        """
        participant = self._links.participant
        if request.sid not in participant.tracks:
            return
        try:
            self._links.room.mute(request.sid, request.muted, participant.sid, now)
        except RoomError:
            self._links.send(rtc.SignalResponse(mute=rtc.MuteTrackRequest(sid=request.sid, muted=True)))
            raise

    def set_audio_features(self, request: rtc.UpdateLocalAudioTrack, now: float) -> None:
        features = encode.audio_features(request.features)
        self._update(request.track_sid, now, audio_features=features)

    def set_video_size(self, request: rtc.UpdateLocalVideoTrack, now: float) -> None:
        self._update(request.track_sid, now, width=request.width, height=request.height)

    def _update(
        self,
        track_sid: str,
        now: float,
        *,
        width: int | None = None,
        height: int | None = None,
        audio_features: frozenset[AudioFeature] | None = None,
    ) -> None:
        if track_sid in self._links.participant.tracks:
            self._links.room.update_track(track_sid, now, width=width, height=height, audio_features=audio_features)

    def _has(self, cid: str) -> bool:
        return bool(cid) and any(
            announcement is not None and cid in announcement.cids
            for track in self._links.participant.tracks.values()
            for announcement in (announcement_of(track.announcement),)
        )

    def _queue(self, request: rtc.AddTrackRequest, echo: rtc.SignalRequest) -> None:
        if len(self._queued) >= MAX_QUEUED:
            self._links.send(response_to(echo, Reason.LIMIT_EXCEEDED, "too many tracks wait for the same client id"))
            return
        self._queued.append(request)
        self._links.send(response_to(echo, Reason.QUEUED))

    def _publish(self, request: rtc.AddTrackRequest, echo: rtc.SignalRequest, now: float) -> None:
        try:
            track = self._links.room.publish(self._links.participant.sid, self._spec(request), now)
        except RoomError as error:
            self._links.send(refusal_of(echo, error))
            return
        response = rtc.TrackPublishedResponse(cid=request.cid, track=encode.track_info(track))
        self._links.send(rtc.SignalResponse(track_published=response))

    def _additional_codec(self, request: rtc.AddTrackRequest, echo: rtc.SignalRequest) -> rtc.SignalResponse:
        if request.sid not in self._links.participant.tracks:
            return response_to(echo, Reason.NOT_FOUND, "track is not found")
        return response_to(echo, Reason.UNSUPPORTED_TYPE, "a track has one codec")

    def _spec(self, request: rtc.AddTrackRequest) -> TrackSpec:
        kind = TRACK_KIND[request.type]
        source = SOURCE.get(request.source, TrackSource.UNKNOWN)
        codecs = self._announced_codecs(request, kind)
        return TrackSpec(
            kind=kind,
            source=source,
            name=request.name,
            mime=codecs[0].mime,
            width=request.width,
            height=request.height,
            muted=request.muted,
            simulcast=codecs[0].mode == Mode.ONE_SPATIAL_LAYER_PER_STREAM and len(codecs[0].layers) > 1,
            layers=codecs[0].layers,
            stream=request.stream or _STREAM[source],
            encryption=ENCRYPTION.get(request.encryption, Encryption.CUSTOM),
            audio_features=_features(request),
            red=not request.disable_red,
            announcement=Announcement(
                codecs=codecs,
                backup_codec_policy=_backup_policy(request, kind),
                packet_trailer_features=tuple(request.packet_trailer_features),
            ),
        )

    def _announced_codecs(self, request: rtc.AddTrackRequest, kind: TrackKind) -> tuple[Codec, ...]:
        layers = _layers(request.layers)
        if not request.simulcast_codecs:
            return (Codec(cid=request.cid, mode=Mode.ONE_SPATIAL_LAYER_PER_STREAM, layers=layers),)
        announced: list[Codec] = []
        for codec in request.simulcast_codecs[:MAX_CODECS]:
            mime = self._enabled(codec.codec, kind)
            announced.append(
                Codec(
                    mime=mime,
                    cid=codec.cid,
                    mode=codec.video_layer_mode or _default_mode(mime),
                    layers=_layers(codec.layers) or layers,
                )
            )
        return tuple(announced)

    def _enabled(self, name: str, kind: TrackKind) -> str:
        """The announced codec as `video/vp8`; one that is not enabled is replaced."""
        mime = name.lower() if "/" in name else f"{kind.value}/{name.lower()}"
        return mime if mime in self._codecs else _FALLBACK[kind].lower()


def _first_codec(track: Track) -> Codec:
    announcement = announcement_of(track.announcement)
    return announcement.codecs[0] if announcement is not None else Codec()


def _default_mode(mime: str) -> models.VideoLayer.Mode:
    if mime in _MULTI_LAYER_CODECS:
        return Mode.MULTIPLE_SPATIAL_LAYERS_PER_STREAM
    return Mode.ONE_SPATIAL_LAYER_PER_STREAM


def _features(request: rtc.AddTrackRequest) -> frozenset[AudioFeature]:
    """The features, with those that older clients say by a boolean."""
    features = set(encode.audio_features(request.audio_features))
    if request.stereo:
        features.add(AudioFeature.STEREO)
    if request.disable_dtx:
        features.add(AudioFeature.NO_DTX)
    return frozenset(features)


def _backup_policy(request: rtc.AddTrackRequest, kind: TrackKind) -> models.BackupCodecPolicy:
    policy = models.BackupCodecPolicy
    if kind is TrackKind.VIDEO or request.backup_codec_policy == policy.REGRESSION:
        return request.backup_codec_policy
    return policy.SIMULCAST


def _layers(announced: Sequence[models.VideoLayer]) -> tuple[Layer, ...]:
    """The announced layers, lowest first."""
    ordered = sorted(announced[:MAX_LAYERS], key=lambda layer: layer.quality)
    return tuple(
        Layer(
            quality=VIDEO_QUALITY.get(layer.quality, VideoQuality.HIGH),
            width=layer.width,
            height=layer.height,
            bitrate=layer.bitrate,
            ssrc=layer.ssrc,
            spatial=place,
            rid=layer.rid,
        )
        for place, layer in enumerate(ordered)
    )
