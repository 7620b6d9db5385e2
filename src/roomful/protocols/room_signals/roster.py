"""Who is in a room, in the eyes of its sessions: themselves, others, the owner, and the list that all are told.

specs/room-signals.md §3.1, §4.3, §5, §6.4.
"""

from collections.abc import Generator
from contextlib import contextmanager

import msgspec

from roomful.protocols.room_signals import encode
from roomful.protocols.room_signals.channels import Channel
from roomful.protocols.room_signals.entries import (
    Entry,
    SignalRole,
    entry_of_foreigner,
    entry_of_session,
    is_foreign_member,
)
from roomful.protocols.room_signals.participant_list import ParticipantList
from roomful.protocols.room_signals.services import Services
from roomful.protocols.room_signals.session import Session
from roomful.protocols.room_signals.signals import Category, EngineName, Target, To
from roomful.rooms.participant import Participant
from roomful.rooms.room import Room


class Roster:
    """The part of a `SignalRoom` that knows; the mutators of what they may do are there."""

    def __init__(
        self, room: Room, channel: Channel, engine: EngineName, services: Services, *, creator_id: str = ""
    ) -> None:
        """`creator_id` is the user whose JOIN made the room; empty: another protocol did."""
        self.room = room
        self.channel = channel
        self.engine = engine
        self.services = services
        self.creator_id = creator_id
        self.sessions: dict[str, Session] = {}
        """By session id."""
        self.list = ParticipantList()
        self.heartbeat_acks = encode.HeartbeatAcks(room.name)
        self.owner_sid = ""
        """Participant sid; empty: there is none."""
        self.was_paired = False
        """Two sessions have been here at the same time."""
        self._by_sid: dict[str, Session] = {}
        self._by_user: dict[str, dict[str, Session]] = {}
        self._batches = 0
        self._spared: Session | None = None
        """Who is not told of this batch."""
        self.refresh_all()
        self._find_owner()
        self._told = self.list.encoded
        self._told_own: dict[str, bytes] = {}

    @property
    def name(self) -> str:
        return self.room.name

    @property
    def is_our_own(self) -> bool:
        """A JOIN has made it: its ownership follows the rules of this protocol, and it ends with the last one."""
        return bool(self.creator_id)

    @property
    def mixer_sid(self) -> str:
        """Sid of the participant who sends everybody one sound and one picture of all; empty: there is none.

        Then nobody else's media can be received, and the list says of nobody else that there is any.
        """
        return self.room.mixer if self.channel.is_group and self.engine is EngineName.NATIVE else ""

    # Who is here

    def at(self, participant: Participant) -> Session | None:
        """The session behind a participant; None for somebody who speaks another protocol."""
        return self._by_sid.get(participant.sid)

    def session_at(self, sid: str) -> Session | None:
        """The same by sid, also for a participant that is gone."""
        return self._by_sid.get(sid)

    def sessions_of(self, user_id: str) -> list[Session]:
        return list(self._by_user.get(user_id, {}).values())

    @property
    def owner(self) -> Session | None:
        """The session that owns the room; None if there is none, or the owner speaks another protocol."""
        return self._by_sid.get(self.owner_sid)

    def role_of(self, session: Session) -> SignalRole:
        if not session.publishes:
            return SignalRole.VIEWER
        return SignalRole.ADMIN if session.participant.sid == self.owner_sid else SignalRole.PUBLISHER

    def peer_of(self, session: Session) -> Session | None:
        """The other session of a `p2p` call."""
        return next((other for other in self.sessions.values() if other is not session), None)

    def targets(self, to: To) -> list[Participant]:
        """Whom `to` means: participants of any protocol that our clients may know of."""
        if isinstance(to, Target) and to.session_id is not None:
            one = self.room.find(to.session_id)
            named = [] if one is None or to.user_id not in (None, self.user_id_of(one)) else [one]
        else:
            user_id = to if isinstance(to, str) else to.user_id or ""
            ours = [session.participant for session in self.sessions_of(user_id)]
            named = ours + [one for one in self.room.of_user(user_id) if one.sid not in self._by_sid]
        return [one for one in named if one.sid in self._by_sid or is_foreign_member(one)]

    def publishers_of(self, to: To) -> list[Participant]:
        """Whose media `to` means: members, or the mix."""
        mixer = self.room.participants.get(self.mixer_sid)
        names = (to,) if isinstance(to, str) else (to.user_id, to.session_id)
        if mixer is not None and all(name in (None, mixer.identity) for name in names):
            return [mixer]
        return self.targets(to)

    def sends_to(self, session: Session, publisher: Participant) -> bool:
        """Whether there is media of a publisher for a session. In a mix each has a sound of its own, a moment later."""
        entry = self.list.entry(publisher.sid)
        if entry is None or not entry.publish or publisher.sid == session.participant.sid:
            return False
        if publisher.sid != self.mixer_sid:
            return True
        return any(one.published and one.only_for == session.participant.sid for one in publisher.tracks.values())

    def user_id_of(self, participant: Participant) -> str:
        session = self.at(participant)
        return participant.user_id if session is None else session.user_id

    def publishing_users(self) -> set[str]:
        """Users that hold a publisher session, and others who send media."""
        participants = self.room.participants
        return {
            entry.user_id
            for sid, entry in self.list.publishers()
            if sid in self._by_sid or (sid != self.mixer_sid and sid in participants and participants[sid].is_publisher)
        }

    def has_place_for(self, user_ids: set[str]) -> bool:
        """Whether so many users more may publish."""
        users = self.publishing_users()
        return len(users | user_ids) <= max(len(users), self.services.settings.publishers(self.channel))

    def reading(self) -> list[tuple[str, Session]]:
        """Sids and sessions of those that asked for chat."""
        return [(sid, session) for sid, session in self._by_sid.items() if session.chat is not None]

    def viewers(self) -> int:
        return sum(not session.publishes for session in self.sessions.values())

    # What all are told

    @contextmanager
    def batch(self) -> Generator[None]:
        """Tell of everything that changes inside at once, at the end."""
        self._batches += 1
        try:
            yield
        finally:
            self._batches -= 1
            if not self._batches:
                self._find_owner()
                self._announce()
                self._spared = None

    def spare(self, session: Session) -> None:
        """Do not tell a session of this batch: an ack tells it."""
        self._spared = session

    def refresh(self, participant: Participant) -> None:
        """Renew an entry. To be called in a batch."""
        entry = self._entry(participant)
        if entry is not None and entry.publish and self.mixer_sid not in ("", participant.sid):
            self.list.put(participant.sid, msgspec.structs.replace(entry, publish=False), own=entry)
        else:
            self.list.put(participant.sid, entry)

    def refresh_all(self) -> None:
        """Renew all entries. To be called in a batch."""
        for participant in self.room.participants.values():
            self.refresh(participant)

    def _entry(self, participant: Participant) -> Entry | None:
        session, is_mixer = self.at(participant), participant.sid == self.mixer_sid
        if session is not None:
            role = self.role_of(session)
            listed = role is not SignalRole.VIEWER or self.services.settings.pps_include_viewers
            return entry_of_session(session, role) if listed else None
        if is_mixer or (is_foreign_member(participant) and participant.permission.can_publish):
            role = SignalRole.ADMIN if participant.sid == self.owner_sid else SignalRole.PUBLISHER
            return entry_of_foreigner(participant, role, has_pictures=self.channel is not Channel.A2M)
        return None

    def broadcast(self, frame: bytes, but: Session | None = None) -> None:
        for session in list(self.sessions.values()):
            if session is not but:
                session.send(frame)

    def set_publishing(self, session: Session, sending: bool, now: float) -> None:
        """Media that is no track of the room comes, or ceases."""
        del now
        with self.batch():
            session.sending = sending
            self.refresh(session.participant)

    def _announce(self) -> None:
        if not self.sessions:  # a room of another protocol goes on without us
            return
        encoded = self.list.encoded
        changed = encoded is not self._told and bytes(encoded) != bytes(self._told)
        own_before, self._told_own = self._told_own, dict(self.list.own)
        self._told = encoded
        if own_before or self._told_own:
            for session in list(self.sessions.values()):
                sid = session.participant.sid
                if session is not self._spared and (changed or own_before.get(sid) != self._told_own.get(sid)):
                    self.tell_list(session)
        elif changed:
            self.broadcast(encode.list_changed(encoded, self.name), but=self._spared)

    def tell_list(self, session: Session, *, silent: str = "") -> None:
        """Tell one session of the list as it is; with `silent`, as if that participant sent nothing."""
        session.send(encode.list_changed(self.list.encoded_for(session.participant.sid, silent=silent), self.name))

    # Who owns it

    def heir(self) -> str:
        """The sid of the oldest publisher of ours, a camera before a screen; empty: there is none.

        Somebody who speaks another protocol could not be asked: then nobody has to be.
        """
        return _oldest([(sid, entry) for sid, entry in self.list.publishers() if sid in self._by_sid])

    def _find_owner(self) -> None:
        """See who of the owner's sessions owns the room: the one that did, else the oldest."""
        owner_id = self.room.rules.owner_id
        entry = self.list.entry(self.owner_sid)
        still_owns = entry is not None and entry.user_id == owner_id and entry.role is not SignalRole.VIEWER
        if not still_owns and (owner_id or self.owner_sid):
            self._set_owner(_oldest([one for one in self.list.publishers() if one[1].user_id == owner_id]))

    def _set_owner(self, heir: str) -> None:
        if heir == self.owner_sid:
            return
        before, self.owner_sid = self.owner_sid, heir
        for sid in (before, heir):
            participant = self.room.participants.get(sid)
            if participant is not None and sid in self.list:
                self.refresh(participant)
        if heir:
            self._on_new_owner()

    def _on_new_owner(self) -> None:
        """There is another owner than before."""

    # Coming and going

    def add(self, session: Session) -> None:
        """A session of a participant that has just joined. To be called in a batch."""
        self.sessions[session.session_id] = self._by_sid[session.participant.sid] = session
        self._by_user.setdefault(session.user_id, {})[session.session_id] = session
        self.was_paired = self.was_paired or len(self.sessions) > 1
        self.refresh(session.participant)
        self.services.wheel.set(session, session.alive_at + self.services.settings.heartbeat_limit)

    def discard(self, session: Session) -> None:
        """The session is not here any more. To be called in a batch; the participant is the caller's to remove."""
        self.sessions.pop(session.session_id, None)
        self._by_sid.pop(session.participant.sid, None)
        of_user = self._by_user.get(session.user_id, {})
        of_user.pop(session.session_id, None)
        if not of_user:
            self._by_user.pop(session.user_id, None)
        self.list.put(session.participant.sid, None)
        session.end()

    def change_participant(self, session: Session, participant: Participant) -> None:
        """The session is another participant from now on."""
        self._by_sid.pop(session.participant.sid, None)
        self.list.replace(session.participant.sid, participant.sid)
        if self.owner_sid == session.participant.sid:
            self.owner_sid = participant.sid
        session.participant = participant
        self._by_sid[participant.sid] = session
        self.refresh(participant)


def _oldest(publishers: list[tuple[str, Entry]]) -> str:
    cameras = [sid for sid, entry in publishers if entry.category == Category.STREAM]
    return next(iter([*cameras, *(sid for sid, _ in publishers)]), "")
