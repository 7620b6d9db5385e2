"""What happens in rooms, as webhooks. specs/livekit.md §4.2."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

from livekit.protocol import models
from livekit.protocol.webhook import WebhookEvent

from roomful.protocols.livekit import encode
from roomful.rooms import events
from roomful.rooms.model import LeaveReason
from roomful.rooms.room import Room

Send: TypeAlias = Callable[[WebhookEvent, str], None]


class RoomEvents:
    """Follows rooms and sends an event for each fact that has one. Metadata, mutes and data have none."""

    def __init__(self, send: Send, keeps: Callable[[Room], bool], codecs: Iterable[str]) -> None:
        """`keeps` says of a room whether it will be there again after a restart; `codecs` that rooms accept."""
        self._send = send
        self._keeps = keeps
        self._codecs = tuple(codecs)

    def opened(self, room: Room) -> None:
        """A room is new."""
        self.follow(room)
        self._send(WebhookEvent(event="room_started", room=self._room(room)), room.name)

    def follow(self, room: Room) -> None:
        """Tell of this room from now on; one that was kept over a restart has not just started."""
        room.observers.add(partial(self._on_event, room, {}))

    def _on_event(self, room: Room, identities: dict[str, str], event: events.RoomEvent) -> None:
        """`identities` of the participants by sid, as the events so far tell: the room may be ahead of them."""
        match event:
            case events.ParticipantJoined():
                identities[event.sid] = event.identity
            case events.ParticipantActive():
                participant = room.participants.get(event.sid)
                info = (
                    models.ParticipantInfo(sid=event.sid, identity=event.identity, state="ACTIVE")
                    if participant is None
                    else encode.participant_info(participant)
                )
                self._tell(room, "participant_joined", participant=info)
            case events.ParticipantLeft():
                identities.pop(event.sid, None)
                was_active = event.participant.active_at is not None
                self._tell(
                    room,
                    "participant_left" if was_active else "participant_connection_aborted",
                    participant=encode.departed_info(event.participant, event.reason),
                )
            case events.TrackPublished():
                track = room.tracks.get(event.sid)
                info = models.TrackInfo(sid=event.sid) if track is None else encode.track_info(track)
                self._tell_track(room, "track_published", event.publisher, identities, info)
            case events.TrackUnpublished():
                info = encode.track_info(event.track)
                self._tell_track(room, "track_unpublished", event.publisher, identities, info)
            case events.RoomClosed():
                if event.reason is not LeaveReason.SERVER_SHUTDOWN or not self._keeps(room):
                    finished = WebhookEvent(
                        event="room_finished", room=self._room(room), room_end_reason=_END_REASON.get(event.reason)
                    )
                    self._send(finished, room.name)
            case _:
                pass

    def _tell(self, room: Room, name: str, *, participant: models.ParticipantInfo) -> None:
        self._send(WebhookEvent(event=name, room=self._room(room), participant=participant), room.name)

    def _tell_track(
        self, room: Room, name: str, publisher: str, identities: dict[str, str], track: models.TrackInfo
    ) -> None:
        event = WebhookEvent(
            event=name,
            room=models.Room(sid=room.sid, name=room.name),
            participant=models.ParticipantInfo(sid=publisher, identity=identities.get(publisher, "")),
            track=track,
        )
        self._send(event, room.name)

    def _room(self, room: Room) -> models.Room:
        return encode.room_info(room, self._codecs)


_END_REASON = {
    LeaveReason.ROOM_DELETED: models.RoomEndReason.ROOM_END_API_DELETE,
    LeaveReason.ROOM_CLOSED: models.RoomEndReason.ROOM_END_IDLE_TIMEOUT,
    LeaveReason.SERVER_SHUTDOWN: models.RoomEndReason.ROOM_END_SERVER_SHUTDOWN,
}
