"""What happens in a room of the domain, as our sessions have to know it. specs/room-signals.md §5, §6.4, §6.6."""

from collections.abc import Callable

from roomful.protocols.room_signals import chat
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.codes import CloseCode
from roomful.protocols.room_signals.session import Session
from roomful.protocols.room_signals.signal_room import SignalRoom, is_asking
from roomful.rooms import events
from roomful.rooms.errors import RoomError
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import JoinRequest, Participant

PROTOCOL_NAME = "room_signals"


class Feed:
    """Observes one room."""

    def __init__(self, signal_room: SignalRoom, on_closed: Callable[[SignalRoom], None]) -> None:
        self._signals = signal_room
        self._room = signal_room.room
        self._on_closed = on_closed
        self._succeeded: dict[str, Session] = {}
        """Identity → session whose participant goes on with another protocol in a moment."""
        self._hands: set[str] = set()
        """Sids of others who have asked to publish."""
        self._room.observers.add(self.on_event)

    def on_event(self, event: events.RoomEvent) -> None:
        match event:
            case events.RoomClosing():
                self._room.observers.discard(self.on_event)
                self._close(event)
                self._on_closed(self._signals)
            case events.ParticipantJoined() | events.ParticipantLeft() | events.ParticipantUpdated():
                with self._signals.batch():
                    self._on_participant(event)
                if isinstance(event, events.ParticipantLeft):
                    self._signals.close_if_empty(event.at)
            case events.TrackPublished() | events.TrackMuted() | events.TrackUnpublished():
                self._refresh(event.publisher)
                if isinstance(event, events.TrackPublished):
                    self._on_own_mix(event)
            case events.RoomUpdated() if "owner" in event.changed:
                with self._signals.batch():
                    pass  # at its end, the owner is looked up
            case events.MixerChanged():
                with self._signals.batch():
                    self._signals.refresh_all()
            case events.ChatSent():
                chat.deliver(self._signals, event)
            case _:
                pass

    def _on_own_mix(self, event: events.TrackPublished) -> None:
        """A mix begins to send to a session: it may have asked in vain, and the list is as it was."""
        track = self._room.tracks.get(event.sid)
        session = self._signals.session_at(track.only_for) if track is not None else None
        if session is not None and event.publisher == self._signals.mixer_sid:
            self._signals.tell_list(session)

    def _refresh(self, sid: str) -> None:
        participant = self._room.participants.get(sid)
        if participant is not None:
            with self._signals.batch():
                self._signals.refresh(participant)

    def _on_participant(
        self, event: events.ParticipantJoined | events.ParticipantLeft | events.ParticipantUpdated
    ) -> None:
        participant = self._room.participants.get(event.sid)
        match event:
            case events.ParticipantJoined() if event.protocol != PROTOCOL_NAME and participant is not None:
                session = self._succeeded.pop(event.identity, None)
                if session is not None and not session.ended:
                    self._signals.change_participant(session, participant)
                    self._signals.settle_rights(session.user_id, event.at)
                else:
                    self._on_foreigner(participant)
            case events.ParticipantLeft():
                self._on_left(event)
            case events.ParticipantUpdated() if participant is not None:
                session = self._signals.at(participant)
                if session is None:
                    self._on_foreigner(participant)
                else:
                    self._on_own_updated(session, event)
            case _:
                pass

    def _on_foreigner(self, participant: Participant) -> None:
        self._signals.refresh(participant)
        if not is_asking(participant):
            self._hands.discard(participant.sid)
        elif participant.sid not in self._hands:
            self._hands.add(participant.sid)
            self._signals.foreign_request(participant)

    def _on_own_updated(self, session: Session, event: events.ParticipantUpdated) -> None:
        """Somebody may have changed what a session may do, or answered its request."""
        participant, signals = session.participant, self._signals
        if {"permission", "role"} & event.changed and not signals.is_changing:
            may_publish = participant.permission.can_publish
            if may_publish and not session.publishes:
                signals.promote(session, event.at)
            elif session.publishes and not may_publish:
                session.publishes = False
                session.sending = False
        if session.request is not None and "attributes" in event.changed and not is_asking(participant):
            session.request = None
            session.send(signals.reject_signal(session))
        signals.refresh(participant)
        signals.settle_owner(event.at)

    def _on_left(self, event: events.ParticipantLeft) -> None:
        self._hands.discard(event.sid)
        session = self._signals.session_at(event.sid)
        if session is None:
            self._signals.list.put(event.sid, None)
        elif event.replaced:
            self._succeeded[event.identity] = session
        elif event.participant.protocol != PROTOCOL_NAME and event.reason is not LeaveReason.PARTICIPANT_REMOVED:
            self._return(session, event)
        else:
            self._signals.removed(session, event.at)

    def _return(self, session: Session, event: events.ParticipantLeft) -> None:
        """The SDK that had taken over is gone, and the session is not."""
        before = event.participant
        request = JoinRequest(
            identity=before.identity,
            user_id=session.user_id,
            name=session.person.name,
            permission=before.permission,
            protocol=PROTOCOL_NAME,
            auto_subscribe=False,
        )
        try:
            participant = self._room.join(request, event.at)
        except RoomError:  # meanwhile nobody is let in any more
            self._signals.removed(session, event.at)
            return
        self._signals.change_participant(session, participant)
        self._room.activate(participant.sid, event.at)

    def _close(self, event: events.RoomClosing) -> None:
        """Everybody is told at once: what follows are departures that nobody has to hear of."""
        signals = self._signals
        for session in list(signals.sessions.values()):
            connection = session.connection
            if event.reason is LeaveReason.SERVER_SHUTDOWN:
                if connection is not None:
                    connection.close(CloseCode.GOING_AWAY, "the server stops")
            else:
                session.send(signals.kick_signal(session))
            session.end()
            signals.services.media.left(session, event.at)
        signals.sessions.clear()
        if signals.channel is Channel.P2M:
            signals.services.livestreams.ended(signals, event.at)
