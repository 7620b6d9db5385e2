"""One time somebody sends into an ingress, from the join to the departure of its participant."""

from collections.abc import Callable

from livekit.protocol.ingress import IngressInfo, IngressState

from roomful.protocols.livekit import encode
from roomful.rooms.events import ParticipantLeft, RoomEvent, TrackPublished, TrackUnpublished, TrackUpdated
from roomful.rooms.model import TrackKind
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room

Status = IngressState.Status
NANOSECONDS = 1_000_000_000


class IngressSession:
    """Follows the participant and keeps the state of the ingress up to date."""

    def __init__(
        self, info: IngressInfo, room: Room, participant: Participant, now: float, on_end: Callable[[float], None]
    ) -> None:
        """`now` is unix seconds; `on_end` is called with the time of the end."""
        self.room = room
        self.participant = participant
        self._info = info
        self._on_end = on_end
        state = IngressState(
            status=Status.ENDPOINT_BUFFERING,
            room_id=room.sid,
            started_at=_nanoseconds(now),
            resource_id=participant.sid,
        )
        info.state.CopyFrom(state)
        self._update(now)
        room.observers.add(self._on_event)

    def _on_event(self, event: RoomEvent) -> None:
        match event:
            case TrackPublished() | TrackUpdated() | TrackUnpublished() if event.publisher == self.participant.sid:
                self._update(event.at)
            case ParticipantLeft() if event.sid == self.participant.sid:
                self.room.observers.discard(self._on_event)
                state = self._info.state
                state.ended_at = state.updated_at = _nanoseconds(event.at)
                state.status = Status.ENDPOINT_INACTIVE if self._info.reusable else Status.ENDPOINT_COMPLETE
                self._on_end(event.at)
            case _:
                pass

    def _update(self, now: float) -> None:
        state = self._info.state
        published = [track for track in self.participant.tracks.values() if track.published]
        del state.tracks[:]
        state.tracks.extend(encode.track_info(track) for track in published)
        state.updated_at = _nanoseconds(now)
        if published:
            state.status = Status.ENDPOINT_PUBLISHING
        for track in published:
            if track.kind is TrackKind.AUDIO:
                state.audio.mime_type = track.mime
                state.audio.channels = 2 if track.stereo else 1
            else:
                state.video.mime_type, state.video.width, state.video.height = track.mime, track.width, track.height


def _nanoseconds(seconds: float) -> int:
    return int(seconds * NANOSECONDS)
