"""From a request to an order: everything that can be wrong with it is found here, before anything starts.

Files of one participant, or of tracks of one, are written as they are encoded, unless the request says how to encode;
everything else is composed.
"""

from typing import Any

from livekit.protocol import egress as messages

from roomful.media.ports.compositor import CompositionPlan
from roomful.media.ports.pcm_stream import PcmStreamPlan
from roomful.media.ports.recorder import Grouping, Plan
from roomful.media.ports.recording import Everything, OneParticipant, Selection, Tracks, is_readable
from roomful.protocols.livekit.egress.encoding import asks_to_encode, encoding_of
from roomful.protocols.livekit.egress.errors import invalid, missing, unsupported
from roomful.protocols.livekit.egress.layouts import checked_layout
from roomful.protocols.livekit.egress.media_source import MediaSelection, require_track, selection_of
from roomful.protocols.livekit.egress.order import EgressPlan, EgressSettings, Order, Request
from roomful.protocols.livekit.egress.outputs import (
    Outputs,
    checked_websocket_url,
    composed,
    container_of,
    needs_encoding,
    outputs_of,
)
from roomful.protocols.livekit.egress.paths import below
from roomful.protocols.livekit.egress.uploads import upload_of
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.model import TrackKind
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room


class Planner:
    """Makes orders. All methods raise TwirpError, and RoomError for what is not there."""

    def __init__(self, rooms: Rooms, settings: EgressSettings) -> None:
        self._rooms = rooms
        self._settings = settings

    def order(self, request: Request, *, until_empty: bool = True) -> Order:
        """`until_empty`: a composition of the room ends when nobody is left in it, not only when it closes."""
        if not request.room_name:
            raise missing("room_name")
        room = self._rooms.with_name(request.room_name)
        match request:
            case messages.RoomCompositeEgressRequest():
                return self._room_composite(request, room, until_empty=until_empty)
            case messages.ParticipantEgressRequest():
                return self._participant(request, room)
            case messages.TrackCompositeEgressRequest():
                return self._track_composite(request, room)
            case messages.TrackEgressRequest():
                return self._track(request, room)
            case messages.StartEgressRequest():
                return self._unified(request, room)

    def _room_composite(self, request: messages.RoomCompositeEgressRequest, room: Room, *, until_empty: bool) -> Order:
        if request.custom_base_url:
            raise unsupported("custom_base_url needs a browser; the layouts are grid, speaker and single-speaker")
        if request.audio_mixing != messages.AudioMixing.DEFAULT_MIXING:
            raise unsupported("audio is mixed for everybody alike; other audio_mixing is not supported")
        _check_kinds(audio_only=request.audio_only, video_only=request.video_only)
        outputs = outputs_of(request)
        selection = Everything(audio=not request.video_only, video=not request.audio_only, until_empty=until_empty)
        plan = self._composition(
            request,
            room,
            outputs,
            layout=checked_layout(request.layout),
            audio_only=request.audio_only,
            video_only=request.video_only,
        )
        return self._ordered(request, room, selection, plan, manifest=outputs.manifest)

    def _participant(self, request: messages.ParticipantEgressRequest, room: Room) -> Order:
        if not request.identity:
            raise missing("identity")
        participant = room.with_identity(request.identity)
        selection = OneParticipant(participant.identity, request.screen_share)
        outputs = outputs_of(request)
        plan = self._recording(request, room, outputs) or self._composition(request, room, outputs, names=False)
        return self._ordered(request, room, selection, plan, manifest=outputs.manifest)

    def _track_composite(self, request: messages.TrackCompositeEgressRequest, room: Room) -> Order:
        audio, video = request.audio_track_id, request.video_track_id
        if not (audio or video):
            raise missing("audio_track_id or video_track_id")
        tracks = [
            require_track(room, sid, kind) for sid, kind in ((audio, TrackKind.AUDIO), (video, TrackKind.VIDEO)) if sid
        ]
        for track in tracks:
            _require_readable(room, track.sid)
        outputs = outputs_of(request)
        plan = self._recording(request, room, outputs) if len({track.publisher for track in tracks}) == 1 else None
        if plan is None:
            plan = self._composition(request, room, outputs, names=False, audio_only=not video, video_only=not audio)
        selection = Tracks(frozenset(track.sid for track in tracks))
        return self._ordered(request, room, selection, plan, manifest=outputs.manifest)

    def _track(self, request: messages.TrackEgressRequest, room: Room) -> Order:
        if not request.track_id:
            raise missing("track_id")
        _require_readable(room, request.track_id)
        match request.WhichOneof("output"):
            case "file":
                file = request.file
            case "websocket_url":
                return self._track_over_websocket(request, room)
            case _:
                raise missing("output")
        plan = self._plan(
            room, grouping=Grouping.TRACK, path=below(file.filepath, self._settings.directory), upload=upload_of(file)
        )
        selection = Tracks(frozenset({request.track_id}))
        return self._ordered(request, room, selection, plan, manifest=not file.disable_manifest)

    def _track_over_websocket(self, request: messages.TrackEgressRequest, room: Room) -> Order:
        track = require_track(room, request.track_id)
        if track.kind is not TrackKind.AUDIO:
            raise invalid(f"{track.sid} is no audio track: only sound is sent over WebSockets, record a file")
        plan = PcmStreamPlan(
            url=checked_websocket_url(request.websocket_url), allow=self._settings.allow, deny=self._settings.deny
        )
        return self._ordered(request, room, Tracks(frozenset({track.sid})), plan, manifest=False)

    def _unified(self, request: messages.StartEgressRequest, room: Room) -> Order:
        outputs = outputs_of(request)
        match request.WhichOneof("source"):
            case "template":
                template = request.template
                if template.custom_base_url:
                    raise unsupported("custom_base_url needs a browser")
                _check_kinds(audio_only=template.audio_only, video_only=template.video_only)
                selection = Everything(audio=not template.video_only, video=not template.audio_only)
                plan = self._composition(
                    request,
                    room,
                    outputs,
                    layout=checked_layout(template.layout),
                    audio_only=template.audio_only,
                    video_only=template.video_only,
                )
            case "media":
                media = selection_of(request.media, room)
                for sid in media.tracks:
                    _require_readable(room, sid)
                selection, plan = media, None
                if _is_of_one(media, room):
                    plan = self._recording(request, room, outputs)
                if plan is None:
                    audio_only, video_only = _only(request.media)
                    plan = self._composition(
                        request, room, outputs, names=False, audio_only=audio_only, video_only=video_only
                    )
            case "web":
                raise unsupported(WEB)
            case _:
                raise missing("source")
        return self._ordered(request, room, selection, plan, manifest=outputs.manifest)

    def _recording(
        self,
        request: messages.ParticipantEgressRequest | messages.TrackCompositeEgressRequest | messages.StartEgressRequest,
        room: Room,
        outputs: Outputs,
    ) -> Plan | None:
        """The plan of a file without encoding; `None` if that will not do."""
        file = outputs.one_file
        if file is None or needs_encoding(file) or asks_to_encode(request):
            return None
        path = below(file.filepath, self._settings.directory)
        return self._plan(room, path=path, container=container_of(file), upload=outputs.upload())

    def _plan(self, room: Room, **fields: Any) -> Plan:
        return Plan(
            directory=str(self._settings.directory),
            room_name=room.name,
            room_id=room.sid,
            min_free_bytes=self._settings.min_free_bytes,
            **fields,
        )

    def _composition(
        self,
        request: messages.RoomCompositeEgressRequest
        | messages.ParticipantEgressRequest
        | messages.TrackCompositeEgressRequest
        | messages.StartEgressRequest,
        room: Room,
        outputs: Outputs,
        *,
        audio_only: bool = False,
        video_only: bool = False,
        **fields: Any,
    ) -> CompositionPlan:
        return CompositionPlan(
            room_name=room.name,
            room_id=room.sid,
            outputs=composed(outputs, self._settings.directory, audio_only=audio_only),
            upload=outputs.upload(),
            min_free_bytes=self._settings.min_free_bytes,
            audio_only=audio_only,
            video_only=video_only,
            **encoding_of(request),
            **fields,
        )

    def _ordered(
        self, request: Request, room: Room, selection: Selection, plan: EgressPlan, *, manifest: bool
    ) -> Order:
        return Order(
            request=request,
            room=room,
            selection=selection,
            plan=plan,
            manifest=manifest,
            webhooks=tuple(request.webhooks),
        )


WEB = "web egress needs a browser, which this server has not: record the room, a participant or tracks"


def _check_kinds(*, audio_only: bool, video_only: bool) -> None:
    if audio_only and video_only:
        raise invalid("audio_only and video_only exclude each other")


def _require_readable(room: Room, sid: str) -> None:
    if not is_readable(require_track(room, sid)):
        raise RoomError(RoomErrorCode.FAILED_PRECONDITION, f"{sid} is end-to-end encrypted and cannot be recorded")


def _is_of_one(media: MediaSelection, room: Room) -> bool:
    """Say whether everything that is selected comes from one participant."""
    if media.all_audio or media.audio_of_kinds:
        return False
    named = {media.video_of, *media.audio_of} - {""}
    return len(named | {room.participants[room.tracks[sid].publisher].identity for sid in media.tracks}) == 1


def _only(source: messages.MediaSource) -> tuple[bool, bool]:
    """Whether a source is of sound alone, or of video alone."""
    audio = source.audio.capture_all or bool(source.audio.routes)
    return source.WhichOneof("video") is None, not audio
