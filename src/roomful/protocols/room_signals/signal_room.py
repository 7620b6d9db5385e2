"""One room as Room Signals has it: what its sessions may do, and their ends.

The room of the domain holds the facts, for clients of all protocols; this keeps what only Room Signals has (roles of
single sessions, the order of publishers, pending requests), and the two in step. specs/room-signals.md §4, §6.
"""

import contextlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import msgspec

from roomful.protocols.room_signals import encode
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.roster import Roster
from roomful.protocols.room_signals.session import Person, Request, Session
from roomful.protocols.room_signals.signals import Category, Join
from roomful.rooms.errors import RoomError
from roomful.rooms.events import Departure
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import MediaState, Participant
from roomful.rooms.roles import Role

HAND, RAISED = "hand", "raised"
"""Attribute by which clients of other protocols see who wants to publish, and say it themselves."""
LEFT = Departure(word="leave")


class SignalRoom(Roster):
    """See the module. `now` is unix seconds. `feed` tells it what happens in the room."""

    is_changing = False
    """What the room tells just now, this has caused."""

    # Rights

    def enter(self, signal: Join, person: Person, participant: Participant, now: float, *, publishes: bool) -> Session:
        """Make the session of a participant that has just joined. To be called in a batch."""
        session = Session(self, signal.ss, person, participant, self.services.steady())
        session.publishes = publishes
        self.say_media(session, signal.ve, signal.ae)
        self.add(session)
        self.tell_media_if_allowed(session, now)
        self.settle_owner(now)
        return session

    def say_media(self, session: Session, video: bool, audio: bool) -> None:
        """Take `ve` and `ae`."""
        session.video = video and self.channel is not Channel.A2M
        session.audio = audio

    def promote(self, session: Session, now: float, signal: bytes = b"") -> None:
        """Let a session publish; what it said that it wishes to send, it sends. To be called in a batch.

        `signal` is the PUBLISH_ACCEPT of another session; without it the server says so.
        """
        request, session.request = session.request, None
        session.publishes = True
        session.send(signal or self.accept_signal(session))  # before anything that is told of it
        if request is not None:
            self.say_media(session, request.video, request.audio)
        self.settle_rights(session.user_id, now)
        self.lower_hand(session.participant, now)
        self.tell_media_if_allowed(session, now)
        self.refresh(session.participant)
        self.settle_owner(now)

    def settle_rights(self, user_id: str, now: float) -> None:
        """Have the participants of a user's sessions be allowed what these are: roles are a user's, these are not."""
        sessions = [one for one in self.sessions_of(user_id) if one.participant.sid in self.room.participants]
        with self._changing():
            lacks_role = any(one.publishes and one.participant.role is Role.VIEWER for one in sessions)
            if lacks_role and self.is_our_own:  # elsewhere roles are for others to give
                self._set_role(user_id, Role.MEMBER, now)
            for one in sessions:
                permission = one.participant.permission
                if permission.can_publish != one.publishes:
                    permission = msgspec.structs.replace(permission, can_publish=one.publishes)
                    self.room.update_participant(one.participant.sid, now, permission=permission)

    def settle_owner(self, now: float) -> None:
        """Give a room of our own its owner: as long as somebody publishes there is one. To be called in a batch."""
        if self.is_our_own and self.room.is_open:
            self._find_owner()
            if not self.owner_sid:
                self._pass_on(now)

    def _pass_on(self, now: float) -> None:
        """The oldest publisher is the owner from now on, for clients of all protocols."""
        sid = self.heir()
        entry = self.list.entry(sid)
        user_id = "" if entry is None else entry.user_id
        with self._changing():
            self.room.set_owner(user_id, now)
            if user_id:
                self._set_role(user_id, Role.HOST, now)
        self._set_owner(sid)
        if user_id:
            self.settle_rights(user_id, now)
        elif self.services.settings.auto_accept_without_owner:
            self._accept_next(now)

    def _accept_next(self, now: float) -> None:
        """Nobody is left to be asked: who has waited longest publishes, owns the room, and is asked by the others."""
        waiting = (session for session in self.sessions.values() if session.request is not None)
        session = next(waiting, None)
        if session is not None:
            self.promote(session, now)

    def _set_role(self, user_id: str, role: Role, now: float) -> None:
        """Somebody whose SDK has taken over is another user to the room: rights of its own are all it has."""
        if self.room.of_user(user_id):
            self.room.set_role(user_id, role, now)

    @contextmanager
    def _changing(self) -> Generator[None]:
        """What the room tells meanwhile is our own doing."""
        before, self.is_changing = self.is_changing, True
        try:
            yield
        finally:
            self.is_changing = before

    def tell_media_if_allowed(self, session: Session, now: float) -> None:
        """What a host forces off, the list shows as off, whatever the client says."""
        with contextlib.suppress(RoomError):
            self.tell_media(session, now)

    def tell_media(self, session: Session, now: float) -> None:
        """Have others know what a session says that it sends. Raises PERMISSION_DENIED for what a host forces off."""
        shares = session.info.category is Category.SCREENSHARE
        media = MediaState(
            audio=session.publishes and session.audio,
            video=session.publishes and session.video and not shares,
            screen=session.publishes and session.video and shares,
        )
        self.room.set_media_state(session.participant.sid, media, now)

    # Requests to publish

    def raise_hand(self, session: Session, request: Request, now: float) -> None:
        """Remember a wish, and let the owner know. To be called in a batch."""
        session.request = request
        if session.participant.attributes.get(HAND) != RAISED:
            self.room.update_participant(session.participant.sid, now, attributes={HAND: RAISED})
        if self.owner is not None:
            self.owner.send(encode.bare(request.data))

    def lower_hand(self, participant: Participant, now: float) -> None:
        if HAND in participant.attributes and participant.sid in self.room.participants:
            self.room.update_participant(participant.sid, now, attributes={HAND: ""})

    def foreign_request(self, participant: Participant) -> None:
        """Somebody who speaks another protocol has raised a hand: ask the owner."""
        if self.owner is not None and self.channel.is_group:
            identity = participant.identity
            sender = encode.session_object(participant.user_id, identity, Category.STREAM, "Web", identity)
            data = encode.signal("PUBLISH_REQUEST", self.channel, self.name, sender, ve=True, ae=True)
            self.owner.send(encode.bare(data))

    def _on_new_owner(self) -> None:
        """Tell it of the requests that wait."""
        if self.owner is None:
            return
        for session in self.sessions.values():
            if session.request is not None:
                self.owner.send(encode.bare(session.request.data))
        for participant in self.room.participants.values():
            if self.at(participant) is None and is_asking(participant):
                self.foreign_request(participant)

    # The end of a session

    def expire(self, session: Session) -> None:
        """Nobody has heard of a session for too long. Nobody tells it: its next HEARTBEAT does."""
        departure = Departure(word="heartbeat_timeout")
        self.remove(session, LeaveReason.CONNECTION_TIMEOUT, departure, self.services.clock())

    def remove(
        self,
        session: Session,
        reason: LeaveReason,
        departure: Departure,
        now: float,
        signal: dict[str, Any] | None = None,
    ) -> None:
        """Take a session and its participant out. `signal` is its LEAVE, if it sent one."""
        with self.batch():
            self._tell_peer(session, signal)
            self.let_go(session, now)
            self.room.leave(session.participant.sid, reason, now, departure=departure)
        self.close_if_empty(now)

    def removed(self, session: Session, now: float) -> None:
        """Somebody of another protocol has taken a session's participant out. To be called in a batch."""
        self._tell_peer(session, None)
        self.let_go(session, now, farewell=self.kick_signal(session))
        self.settle_owner(now)

    def let_go(self, session: Session, now: float, farewell: bytes = b"") -> None:
        """End a session; its participant goes too, or is gone. To be called in a batch."""
        was_owner = session.participant.sid == self.owner_sid
        is_here = session.participant.sid in self.room.participants
        if farewell:
            session.send(farewell)
        self.discard(session)
        self.services.media.left(session, now)
        if was_owner and self.channel is Channel.P2M:
            self.services.livestreams.ended(self, now)
        if was_owner and is_here and self.is_our_own:  # or else the room itself has passed it on
            self._pass_on(now)

    def _tell_peer(self, session: Session, signal: dict[str, Any] | None) -> None:
        """A call is over: who is left hears it from the one who goes, as it were."""
        peer = self.peer_of(session) if self.channel is Channel.P2P else None
        if peer is not None:
            sender = encode.session_object_of(session.info)
            peer.send(encode.bare(signal or encode.signal("LEAVE", self.channel, self.name, sender)))
            peer.sending = False
            self.refresh(peer.participant)

    def accept_signal(self, session: Session) -> bytes:
        """What a session is told that may publish from now on, if no session said so."""
        to = encode.target(session.user_id, session.session_id)
        return encode.bare(encode.signal("PUBLISH_ACCEPT", self.channel, self.name, encode.SERVER, to=to))

    def reject_signal(self, session: Session) -> bytes:
        """What a session is told whose request somebody of another protocol turns down."""
        to = encode.target(session.user_id, session.session_id)
        return encode.bare(encode.signal("PUBLISH_REJECT", self.channel, self.name, encode.SERVER, to=to))

    def kick_signal(self, session: Session) -> bytes:
        """What a session is told whom somebody of another protocol removes, or whose room closes."""
        to = encode.target(session.user_id, session.session_id)
        return encode.bare(encode.signal("KICK", self.channel, self.name, encode.SERVER, to=to))

    def close_if_empty(self, now: float) -> None:
        """A room of our own ends with its last one."""
        if not (self.is_our_own and self.room.is_open) or self.sessions:
            return
        if not any(one.counted for one in self.room.participants.values()):
            self.room.close(LeaveReason.ROOM_CLOSED, now, departure=Departure(word="empty"))


def is_asking(participant: Participant) -> bool:
    """Whether somebody who may not publish has raised a hand."""
    return not participant.permission.can_publish and participant.attributes.get(HAND) == RAISED
