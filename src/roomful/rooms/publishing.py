"""Tracks come, change and go. specs/livekit.md §3.12, §3.26."""

from collections.abc import Iterable, Mapping

from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import (
    SpeakersChanged,
    TrackMuted,
    TrackPublished,
    TrackUnpublished,
    TrackUpdated,
    TrackWithdrawn,
)
from roomful.rooms.ids import new_track_sid
from roomful.rooms.limits import check_length
from roomful.rooms.model import SERVER, AudioFeature, UnpublishReason
from roomful.rooms.state import RoomState
from roomful.rooms.tracks import Layer, Track, TrackSpec


class Publishing(RoomState):
    """The mutators of tracks."""

    __slots__ = ()

    def publish(self, participant_sid: str, spec: TrackSpec, now: float, *, sid: str = "") -> Track:
        """Announce a track: it has its final sid at once, and others learn of it when it is bound.

        `sid` is that of a track that comes from another room; others get a new one.
        Raises NOT_FOUND (participant), PERMISSION_DENIED, INVALID_ARGUMENT, RESOURCE_EXHAUSTED (too many tracks),
        ALREADY_EXISTS (a track of that sid).
        """
        self._require_open()
        participant = self.participant(participant_sid)
        if sid in self.tracks:
            raise RoomError(RoomErrorCode.ALREADY_EXISTS, "a track of this sid is in the room already")
        if not participant.permission.allows(spec.source):
            raise RoomError(RoomErrorCode.PERMISSION_DENIED, f"does not have permission to publish {spec.source}")
        check_length("track name", spec.name, self.limits.track_name)
        check_length("stream name", spec.stream, self.limits.track_name)
        if len(participant.tracks) >= self.limits.tracks_per_participant:
            raise RoomError(
                RoomErrorCode.RESOURCE_EXHAUSTED,
                f"too many tracks: a participant may publish {self.limits.tracks_per_participant}",
            )
        track = Track(
            sid=sid or new_track_sid(spec.kind, spec.source),
            publisher=participant_sid,
            muted_by=participant_sid if spec.muted else None,
            muted_otherwise=spec.muted,
            updated_at=now,
            **{name: getattr(spec, name) for name in TrackSpec.__struct_fields__},
        )
        if track.media_kind in participant.force_muted and not track.muted:
            track.muted, track.muted_by = True, SERVER
        self.tracks[track.sid] = participant.tracks[track.sid] = track
        self._commit(now)
        return track

    def bind(self, track_sid: str, mime: str, mid: str, now: float, *, layers: Iterable[Layer] | None = None) -> Track:
        """The track got its media line: it is published. Binding it again tells only what changed.

        `layers` replaces the announced ones. Raises NOT_FOUND.
        """
        self._require_open()
        track = self.track(track_sid)
        new = {"mime": mime, "mid": mid, "layers": track.layers if layers is None else tuple(layers)}
        if track.published:
            self._update(track, new, now)
        else:
            publisher = self.participants[track.publisher]
            self._count(publisher, now, entering=False)
            _assign(track, new)
            track.published = True
            self._count(publisher, now, entering=True)
            self._touch(track, now)
            self._record(TrackPublished(offset=self.log.next, at=now, sid=track_sid, publisher=track.publisher))
        self._commit(now)
        return track

    def set_layers(self, track_sid: str, layers: Iterable[Layer], now: float) -> bool:
        """Replace the layers, for instance at their first packets. Returns whether they differ. Raises NOT_FOUND."""
        return bool(self.update_track(track_sid, now, layers=tuple(layers)))

    def update_track(
        self,
        track_sid: str,
        now: float,
        *,
        width: int | None = None,
        height: int | None = None,
        simulcast: bool | None = None,
        layers: tuple[Layer, ...] | None = None,
        audio_features: frozenset[AudioFeature] | None = None,
        announcement: object | None = None,
    ) -> frozenset[str]:
        """Change what the publisher says of its track; None leaves as is. Returns the names of what differs.

        Raises NOT_FOUND.
        """
        self._require_open()
        track = self.track(track_sid)
        new: dict[str, object] = {
            "width": width,
            "height": height,
            "simulcast": simulcast,
            "layers": layers,
            "audio_features": audio_features,
            "announcement": announcement,
        }
        changed = self._update(track, {name: value for name, value in new.items() if value is not None}, now)
        self._commit(now)
        return changed

    def mute(self, track_sid: str, muted: bool, by: str, now: float) -> bool:
        """Mute or unmute; `by` is the sid of who did it, or SERVER. Returns whether anything changed.

        Raises NOT_FOUND, FAILED_PRECONDITION if SERVER unmutes without `enable_remote_unmute`, and PERMISSION_DENIED if
        a host forces it to be muted.
        """
        self._require_open()
        track = self.track(track_sid)
        if by == SERVER and not muted and not self.defaults.enable_remote_unmute:
            raise RoomError(RoomErrorCode.FAILED_PRECONDITION, "remote unmute not enabled")
        if not muted and track.media_kind in self.participants[track.publisher].force_muted:
            raise RoomError(RoomErrorCode.PERMISSION_DENIED, f"a host has muted its {track.media_kind}")
        track.muted_otherwise = muted
        if track.muted == muted:
            return False
        self._set_muted(track, muted, by, now)
        self._commit(now)
        return True

    def _set_muted(self, track: Track, muted: bool, by: str, now: float) -> None:
        track.muted = muted
        track.muted_by = by if muted else None
        self._touch(track, now)
        if track.published or by == SERVER:
            self._record(
                TrackMuted(offset=self.log.next, at=now, sid=track.sid, publisher=track.publisher, muted=muted, by=by)
            )
        if muted:
            self._hush(track, now)

    def unpublish(self, track_sid: str, now: float, *, reason: UnpublishReason = UnpublishReason.BY_PUBLISHER) -> bool:
        """Take a track away, published or announced. Returns False if there is none."""
        track = self.tracks.get(track_sid)
        if track is None:
            return False
        self._drop_track(track, reason, now)
        self._commit(now)
        return True

    def _drop_track(self, track: Track, reason: UnpublishReason, now: float) -> None:
        publisher = self.participants[track.publisher]
        self._count(publisher, now, entering=False)
        del self.tracks[track.sid], publisher.tracks[track.sid]
        self._count(publisher, now, entering=True)
        self.wishes.forget_track(track.sid)
        if not track.published:
            self._record(
                TrackWithdrawn(offset=self.log.next, at=now, sid=track.sid, publisher=track.publisher, reason=reason)
            )
            return
        publisher.version += 1
        self._record(
            TrackUnpublished(
                offset=self.log.next,
                at=now,
                sid=track.sid,
                publisher=track.publisher,
                reason=reason,
                track=track.snapshot(),
            )
        )
        self._hush(track, now)

    def _update(self, track: Track, new: Mapping[str, object], now: float) -> frozenset[str]:
        changed = frozenset(name for name, value in new.items() if getattr(track, name) != value)
        if changed:
            _assign(track, new)
            self._touch(track, now)
            if track.published:
                self._record(
                    TrackUpdated(
                        offset=self.log.next, at=now, sid=track.sid, publisher=track.publisher, changed=changed
                    )
                )
        return changed

    def _touch(self, track: Track, now: float) -> None:
        track.touch(now)
        if track.published:
            self.participants[track.publisher].version += 1

    def _hush(self, track: Track, now: float) -> None:
        if self._speakers is not None:
            self._speakers.hush(track.sid)
            self._tell_speakers(now)

    def _tell_speakers(self, now: float) -> None:
        changes = self._speakers.changes() if self._speakers is not None else ()
        if changes:
            self._mention(SpeakersChanged(offset=self.log.last, at=now, speakers=changes))


def _assign(track: Track, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(track, name, value)
