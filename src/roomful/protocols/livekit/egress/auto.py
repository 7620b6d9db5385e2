"""Egresses that a room brings with it, from CreateRoom, a token or a preset. specs/livekit.md §6.2."""

import logging
from collections.abc import Callable

from google.protobuf.message import DecodeError
from livekit.protocol import egress as messages
from livekit.protocol import room as room_messages

from roomful.protocols.livekit.egress.egresses import Egresses
from roomful.protocols.livekit.egress.order import Request
from roomful.protocols.livekit.egress.planner import Planner
from roomful.protocols.livekit.room_service.errors import TwirpError
from roomful.protocols.livekit.room_service.room_options import EGRESS
from roomful.rooms.errors import RoomError
from roomful.rooms.events import ParticipantLeft, RoomEvent, TrackPublished
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

log = logging.getLogger(__name__)


class AutoEgress:
    """Told of each room that opens. A launch that fails is an egress that failed; its room goes on."""

    def __init__(self, planner: Planner, egresses: Egresses) -> None:
        self._planner = planner
        self._egresses = egresses

    def on_opened(self, room: Room) -> None:
        kept = room.options.attachments.get(EGRESS)
        if not kept:
            return
        try:
            wanted = room_messages.RoomEgress.FromString(kept)
        except DecodeError:
            log.error("the egress of a room cannot be read", extra={"room": room.name})
            return
        if wanted.HasField("room"):
            request = messages.RoomCompositeEgressRequest()
            request.CopyFrom(wanted.room)
            request.room_name = room.name
            self._start(request, room)
        if wanted.HasField("tracks") or wanted.HasField("participant"):
            room.observers.add(_Follower(self._start, room, wanted).on_event)

    def _start(self, request: Request, room: Room) -> None:
        try:
            self._egresses.start(self._planner.order(request, until_empty=False))
        except (TwirpError, RoomError) as error:
            log.warning("an egress of a room does not start", extra={"room": room.name, "reason": str(error)})
            self._egresses.refuse(request, room, str(error), tuple(request.webhooks))


class _Follower:
    """Starts the egresses of tracks and participants of one room."""

    def __init__(self, start: Callable[[Request, Room], None], room: Room, wanted: room_messages.RoomEgress) -> None:
        self._start = start
        self._room = room
        self._wanted = wanted
        self._recorded: set[str] = set()
        """Identities of participants that have an egress until they leave."""

    def on_event(self, event: RoomEvent) -> None:
        match event:
            case TrackPublished():
                track = self._room.tracks.get(event.sid)
                publisher = self._room.participants.get(event.publisher)
                if track is not None and publisher is not None and not publisher.is_recorder:
                    self._on_track(track, publisher)
            case ParticipantLeft() if not event.replaced:
                self._recorded.discard(event.identity)
            case _:
                pass

    def _on_track(self, track: Track, publisher: Participant) -> None:
        if self._wanted.HasField("tracks"):
            self._start(track_request(self._wanted.tracks, self._room.name, track.sid), self._room)
        if self._wanted.HasField("participant") and publisher.identity not in self._recorded:
            self._recorded.add(publisher.identity)
            request = participant_request(self._wanted.participant, self._room.name, publisher.identity)
            self._start(request, self._room)


def track_request(auto: messages.AutoTrackEgress, room_name: str, track: str) -> messages.TrackEgressRequest:
    """The egress of one track. Its path has `{track_id}` in any case: before the first dot, if it was not said."""
    path = auto.filepath or "{track_id}-{time}"
    if "{track_id}" not in path:
        folder, slash, name = path.rpartition("/")
        stem, dot, extension = name.partition(".")
        path = f"{folder}{slash}{stem}-{{track_id}}{dot}{extension}" if name else f"{path}{{track_id}}-{{time}}"
    output = messages.DirectFileOutput(filepath=path, disable_manifest=auto.disable_manifest)
    for field in ("s3", "gcp", "azure", "aliOSS"):
        if auto.HasField(field):  # pyright: ignore[reportArgumentType]  # these four are its oneof
            getattr(output, field).CopyFrom(getattr(auto, field))
    return messages.TrackEgressRequest(room_name=room_name, track_id=track, file=output)


def participant_request(
    auto: messages.AutoParticipantEgress, room_name: str, identity: str
) -> messages.ParticipantEgressRequest:
    request = messages.ParticipantEgressRequest(
        room_name=room_name,
        identity=identity,
        file_outputs=auto.file_outputs,
        segment_outputs=auto.segment_outputs,
    )
    if auto.HasField("advanced"):
        request.advanced.CopyFrom(auto.advanced)
    elif auto.HasField("preset"):
        request.preset = auto.preset
    return request
