"""One room as its members are told about it: each event is encoded and framed once for all of them.

specs/monibuca-rooms.md §3.5.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from roomful.extensions.announcements import announcements
from roomful.extensions.follower import closed_word
from roomful.protocols.monibuca import encode
from roomful.protocols.monibuca.data import custom_fields
from roomful.protocols.monibuca.presence import Presence
from roomful.protocols.monibuca.services import Services
from roomful.rooms import events
from roomful.rooms.extension.api import SYSTEM
from roomful.rooms.model import LeaveReason
from roomful.rooms.roles import HOSTS
from roomful.rooms.room import Room
from roomful.sockets import Audience, text_frame

if TYPE_CHECKING:
    from roomful.protocols.monibuca.session import Session
    from roomful.protocols.monibuca.waiter import Waiter


class Feed:
    """Observes one room and tells the sessions in it."""

    def __init__(self, room: Room, services: Services, on_closed: Callable[["Feed"], None]) -> None:
        """`on_closed` is called when the room has closed."""
        self.room = room
        self.services = services
        self.sessions: dict[str, Session] = {}
        """By participant sid."""
        self.waiters: dict[str, Waiter] = {}
        """By the sid of the wait."""
        self.audience = Audience()
        """The sockets of all sessions that are connected."""
        self.presence = Presence(self)
        self._on_closed = on_closed
        room.observers.add(self.on_event)

    def broadcast(self, action: str, at: float, fields: Mapping[str, Any], *, but: str = "") -> None:
        """Tell all members, or all but the one with this sid."""
        session = self.sessions.get(but)
        frame = encode.frame(action, self.room.name, at, fields)
        self.audience.send_frame(frame, but=None if session is None else session.socket)

    def tell(self, sessions: Iterable["Session"], action: str, at: float, fields: Mapping[str, Any]) -> None:
        """Tell some members."""
        frame = encode.frame(action, self.room.name, at, fields)
        for session in sessions:
            session.send_frame(frame)

    def hosts(self) -> list["Session"]:
        return [session for session in self.sessions.values() if session.participant.role in HOSTS]

    def of_user(self, user_id: str) -> list["Session"]:
        """Also of one that is out already and has not heard it yet."""
        return [session for session in self.sessions.values() if session.user_id == user_id]

    def on_event(self, event: events.RoomEvent) -> None:
        """Translate one event of the room."""
        self.presence.heed(event)
        match event:
            case events.ChatSent():
                self._tell(event.recipients, "chat", event.at, encode.chat_fields(event.message))
            case events.PluginMessage():
                self._on_plugin_message(event)
            case events.DataReceived():
                self._on_data(event)
            case events.RoomClosing():
                self._on_closing(event)
            case events.RoomClosed():
                self.room.observers.discard(self.on_event)
                self._on_closed(self)
            case events.RoomUpdated() | events.TargetRecording() | events.ForceMuted() | events.LobbyEntered():
                self._announce(event)
            case events.BanAdded() | events.BanRemoved() | events.ChatMuteAdded() | events.ChatMuteRemoved():
                self._announce(event)
            case events.LobbyLeft():
                self._announce(event)
                self._on_lobby_left(event)
            case _:
                self.presence.on_event(event)

    def _tell(self, recipients: Collection[str] | None, action: str, at: float, fields: Mapping[str, Any]) -> None:
        """Tell everybody, or some by their sids."""
        if recipients is None:
            self.broadcast(action, at, fields)
        else:
            self.tell([session for sid in recipients if (session := self.sessions.get(sid))], action, at, fields)

    def _on_plugin_message(self, event: events.PluginMessage) -> None:
        frame = text_frame(event.json)
        if event.recipients is None:
            self.audience.send_frame(frame)
            return
        for sid in event.recipients:
            receiver = self.sessions.get(sid) or self.waiters.get(sid)
            if receiver is not None:
                receiver.send_frame(frame)

    def _on_data(self, event: events.DataReceived) -> None:
        fields = custom_fields(event)
        if fields is not None:
            but = "" if event.recipients is not None else event.sender
            sids = event.recipients
            if sids is None:
                self.broadcast("custom", event.at, fields, but=but)
            else:
                self._tell(sids, "custom", event.at, fields)

    def _announce(self, event: events.RoomEvent) -> None:
        for one in announcements(event, self.services.extensions.view(self.room)):
            if one.hosts_only:
                told = {*self.hosts(), *self.of_user(one.about)} if one.about else self.hosts()
                self.tell(told, one.action, event.at, one.fields)
            else:
                self.broadcast(one.action, event.at, one.fields)

    def _on_lobby_left(self, event: events.LobbyLeft) -> None:
        waiter = self.waiters.pop(event.waiting.sid, None)
        if waiter is not None:
            waiter.on_outcome(event.outcome, event.note, event.at)

    def _on_closing(self, event: events.RoomClosing) -> None:
        shutdown = event.reason is LeaveReason.SERVER_SHUTDOWN
        by = event.departure.by if event.departure is not None else SYSTEM
        fields = {"reason": closed_word(event), "by": by}
        self.broadcast("room_closed", event.at, fields)
        for session in list(self.sessions.values()):
            session.on_room_closed(shutdown=shutdown)
        for waiter in list(self.waiters.values()):
            waiter.send("room_closed", event.at, fields)
            waiter.on_room_closed(shutdown=shutdown)
