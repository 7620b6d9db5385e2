"""From the events of a room to the callbacks of its extension."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from roomful.extensions.views import left_user_view, streams_of, transcript_view, user_view
from roomful.rooms import events
from roomful.rooms.extension import RoomCallbacks, RoomView, UserView
from roomful.rooms.lobby import LobbyOutcome
from roomful.rooms.model import LeaveReason
from roomful.rooms.room import Room

if TYPE_CHECKING:
    from roomful.extensions.extensions import Extensions

_LEFT = {
    LeaveReason.CLIENT_INITIATED: "leave",
    LeaveReason.DUPLICATE_IDENTITY: "replaced",
    LeaveReason.PARTICIPANT_REMOVED: "kicked",
    LeaveReason.ROOM_DELETED: "room_closed",
    LeaveReason.ROOM_CLOSED: "room_closed",
    LeaveReason.SERVER_SHUTDOWN: "room_closed",
    LeaveReason.MIGRATION: "moved",
}
_CLOSED = {
    LeaveReason.ROOM_DELETED: "admin",
    LeaveReason.ROOM_CLOSED: "empty",
    LeaveReason.SERVER_SHUTDOWN: "shutdown",
}
_LOBBY = {
    LobbyOutcome.ADMITTED: "admitted",
    LobbyOutcome.REJECTED: "rejected",
    LobbyOutcome.TIMEOUT: "rejected",
    LobbyOutcome.LEFT: "left",
}


def left_word(event: events.ParticipantLeft) -> str:
    """Why somebody left, as clients of the room service are told. specs/monibuca-rooms.md §3.5."""
    return event.departure.word if event.departure is not None else _LEFT.get(event.reason, "disconnect")


def closed_word(event: events.RoomClosing | events.RoomClosed) -> str:
    """Why a room closed, as they are told."""
    return event.departure.word if event.departure is not None else _CLOSED.get(event.reason, "ended")


class Follower:
    """Observes one room and has its extension called, later and in order."""

    def __init__(self, extensions: "Extensions", room: Room, on_closed: Callable[[], object]) -> None:
        self._extensions = extensions
        self._room = room
        self._on_closed = on_closed
        self._members: set[str] = {one.user_id for one in room.participants.values() if one.is_member}
        """User ids of whom the extension was told."""
        self._streams: dict[str, tuple[str, ...]] = {}

    def opened(self) -> None:
        self._later("on_room_created", lambda one, view: one.on_room_created(view))

    async def leave(self, user_id: str, word: str) -> None:
        """Call `on_user_leave` while the user is here; the event of its leaving is then no news."""
        if user_id not in self._members or not self._room.of_user(user_id):
            return
        self._members.discard(user_id)
        if not self._extensions.overrides(self._room, "on_user_leave"):
            return
        user = self._user(user_id)
        await self._extensions.turns.in_turn(
            self._room.sid,
            lambda: self._extensions.call(
                self._room, "on_user_leave", lambda one, view: one.on_user_leave(view, user, word)
            ),
        )

    def on_event(self, event: events.RoomEvent) -> None:
        match event:
            case events.ParticipantJoined():
                self._joined(event)
            case events.ParticipantLeft():
                self._left(event)
            case events.UserAway():
                self._away(event)
            case events.ParticipantUpdated() if "media" in event.changed:
                self._media(event.sid)
            case events.TrackPublished() | events.TrackUnpublished():
                self._media(event.publisher)
                self._stream(event.publisher)
            case events.TrackMuted():
                self._media(event.publisher)
            case events.LobbyEntered():
                self._lobby(event.waiting.user_id, "waiting")
            case events.LobbyLeft():
                self._lobby(event.waiting.user_id, _LOBBY[event.outcome])
            case events.Transcribed() | events.TranscribedSoFar():
                self._transcribed(event)
            case events.TranscriptionChanged(transcription=now):
                self._later("on_transcription", lambda one, view: one.on_transcription(view, now.running, now.trouble))
            case events.RoomUpdated() if "recording" in event.changed:
                recording, error = self._room.rules.recording, event.note
                self._later("on_recording", lambda one, view: one.on_recording(view, recording, error))
            case events.RoomClosed():
                self._closed(closed_word(event))
            case _:
                pass

    def _joined(self, event: events.ParticipantJoined) -> None:
        participant = self._room.participants.get(event.sid)
        if participant is None or not participant.is_member or participant.user_id in self._members:
            return
        self._members.add(participant.user_id)
        user = self._user(participant.user_id)
        self._later("on_user_join", lambda one, view: one.on_user_join(view, user))

    def _left(self, event: events.ParticipantLeft) -> None:
        user_id = event.participant.user_id
        if event.replaced or user_id not in self._members or self._room.of_user(user_id):
            return
        self._members.discard(user_id)
        self._streams.pop(user_id, None)
        user = left_user_view(event.participant)
        word = left_word(event)
        self._later("on_user_leave", lambda one, view: one.on_user_leave(view, user, word))

    def _away(self, event: events.UserAway) -> None:
        participant = self._room.participants.get(event.sid)
        if participant is not None and participant.is_member:
            user, away = self._user(participant.user_id), event.away
            self._later("on_user_away", lambda one, view: one.on_user_away(view, user, away))

    def _media(self, sid: str) -> None:
        participant = self._room.participants.get(sid)
        if participant is not None and participant.is_member and self._wants("on_media_state"):
            user = self._user(participant.user_id)
            self._later("on_media_state", lambda one, view: one.on_media_state(view, user, user.media))

    def _stream(self, sid: str) -> None:
        participant = self._room.participants.get(sid)
        if participant is None or not participant.is_member or not self._wants("on_stream"):
            return
        user_id = participant.user_id
        before = self._streams.get(user_id, ())
        after = self._streams[user_id] = streams_of(self._room, self._room.of_user(user_id))
        user = self._user(user_id)
        for path in sorted(set(before) ^ set(after)):
            published = path in after
            self._later(
                "on_stream",
                lambda one, view, path=path, published=published: one.on_stream(view, user, path, published),
            )

    def _lobby(self, user_id: str, state: str) -> None:
        self._later("on_lobby", lambda one, view: one.on_lobby(view, user_id, state))

    def _transcribed(self, event: events.Transcribed | events.TranscribedSoFar) -> None:
        segment, final = transcript_view(self._room, event.segment), isinstance(event, events.Transcribed)
        self._later("on_transcript", lambda one, view: one.on_transcript(view, segment, final))

    def _closed(self, word: str) -> None:
        self._later("on_room_closed", lambda one, view: one.on_room_closed(view, word))
        self._on_closed()

    def _wants(self, name: str) -> bool:
        return self._extensions.overrides(self._room, name)

    def _later(self, name: str, call: Callable[[RoomCallbacks, RoomView], Awaitable[Any]]) -> None:
        if self._wants(name):
            self._extensions.turns.later(self._room.sid, lambda: self._extensions.call(self._room, name, call))

    def _user(self, user_id: str) -> UserView:
        return user_view(self._room, self._room.of_user(user_id), self._extensions.clock())
