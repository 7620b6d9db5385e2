"""What becomes of somebody in the room: role, force-mutes, hold, and whether its connection is there."""

from collections.abc import Callable

from roomful.rooms.door import Door
from roomful.rooms.errors import RoomError, RoomErrorCode, participant_not_found
from roomful.rooms.events import (
    ForceMuted,
    ParticipantUpdated,
    RoomUpdated,
    SubscriptionsChanged,
    UserAway,
)
from roomful.rooms.model import SERVER, MediaKind, TrackKind
from roomful.rooms.participant import MediaState, Participant
from roomful.rooms.roles import Role


class Standing(Door):
    """The mutators of users that are here; all connections of a user stand alike.

    They return whether that is a change and raise NOT_FOUND if the user is not here.
    """

    __slots__ = ()

    def set_role(self, user_id: str, role: Role, now: float, *, by: str = "") -> bool:
        """Give a user a role, and what goes with it; it keeps it when it leaves and comes back."""
        self._present(user_id)
        if not self._assign_role(user_id, role, now, by):
            return False
        self._govern().remember_role(user_id, role)
        self._commit(now)
        return True

    def transfer(self, user_id: str, now: float, *, by: str = "") -> bool:
        """Make a user the owner and host; the host before becomes cohost."""
        self._present(user_id)
        before = self.rules.owner_id
        if before == user_id:
            return self.set_role(user_id, Role.HOST, now, by=by)
        rules = self._govern()
        rules.owner_id = user_id
        rules.remember_role(user_id, Role.HOST)
        if before:
            rules.remember_role(before, Role.COHOST)
        self._record(RoomUpdated(offset=self.log.next, at=now, changed=frozenset({"owner"}), by=by))
        self._assign_role(before, Role.COHOST, now, by)
        self._assign_role(user_id, Role.HOST, now, by)
        self._commit(now)
        return True

    def force_mute(self, user_id: str, kind: MediaKind, on: bool, now: float, *, by: str = "") -> bool:
        """Drop what a user sends of a kind, tracks to come included, or let through what is not muted otherwise."""
        present = self._present(user_id)
        before = self.rules.force_mutes.get(user_id, frozenset())
        after = before | {kind} if on else before - {kind}
        if after == before:
            return False
        self._govern().remember_force_mute(user_id, after)
        self._record(ForceMuted(offset=self.log.next, at=now, user_id=user_id, kind=kind, on=on, by=by))
        for participant in present:
            self._change(participant, "force_muted", after, now, by)
            for track in participant.tracks.values():
                muted = track.muted_otherwise or track.media_kind in after
                if track.media_kind is kind and track.muted != muted:
                    self._set_muted(track, muted, SERVER, now)
        self._commit(now)
        return True

    def set_media_state(self, sid: str, media: MediaState, now: float) -> bool:
        """Take what a client says that it sends. Raises PERMISSION_DENIED for what a host forces to be off."""
        self._require_open()
        participant = self.participant(sid)
        for kind in participant.force_muted:
            if getattr(media, kind) and not getattr(participant.media, kind):
                raise RoomError(RoomErrorCode.PERMISSION_DENIED, f"a host has muted its {kind}")
        if participant.media == media:
            participant.said_media = media
            return False
        self._change(participant, "said_media", media, now, "", word="media")
        self._commit(now)
        return True

    def set_extra(self, sid: str, extra: dict[str, object], now: float) -> bool:
        """Replace what is known of the user besides."""
        self._require_open()
        participant = self.participant(sid)
        if participant.extra == extra:
            return False
        self._change(participant, "extra", extra, now, "")
        self._commit(now)
        return True

    def set_receiving(self, user_id: str, receiving: bool, now: float, *, by: str = "") -> bool:
        """Let a user get the others' media, or put it on hold."""
        changed = self._each(user_id, lambda one: one.receiving != receiving)
        for participant in changed:
            self._change(participant, "receiving", receiving, now, by)
            tracks = tuple(track for track in self.tracks if track not in participant.tracks)
            self._mention(
                SubscriptionsChanged(
                    offset=self.log.last, at=now, subscriber=participant.sid, tracks=tracks, subscribed=receiving
                )
            )
        self._commit(now)
        return bool(changed)

    def set_hearing(self, listener_id: str, speaker_id: str, hears: bool, now: float) -> bool:
        """Keep a user's voice from another user, or let it be heard though the user is hidden; neither has to be here.

        Raises RESOURCE_EXHAUSTED when that is set for too many.
        """
        self._require_open()
        if not self._govern().remember_hearing(listener_id, speaker_id, hears):
            return False
        voices = tuple(
            track.sid
            for speaker in self.of_user(speaker_id)
            for track in speaker.tracks.values()
            if track.kind is TrackKind.AUDIO
        )
        for listener in self.of_user(listener_id) if voices else ():
            self._mention(
                SubscriptionsChanged(
                    offset=self.log.last, at=now, subscriber=listener.sid, tracks=voices, subscribed=hears
                )
            )
        self._commit(now)
        return True

    def set_away(self, sid: str, away: bool, now: float) -> bool:
        """Its connection is lost, or has come back."""
        self._require_open()
        participant = self.participant(sid)
        if participant.away == away:
            return False
        participant.away = away
        self._record(UserAway(offset=self.log.next, at=now, sid=sid, away=away))
        self._commit(now)
        return True

    def share_streams(self, user_id: str, room_name: str, shared: bool) -> None:
        """Let members of another room subscribe to this user's streams, or no longer."""
        self._require_open()
        shared_with = self._govern().shared_with
        rooms = shared_with.setdefault(user_id, set())
        if shared:
            rooms.add(room_name)
        else:
            rooms.discard(room_name)
        if not rooms:
            del shared_with[user_id]

    def shares_streams(self, user_id: str, room_name: str) -> bool:
        """Say whether members of another room may subscribe to this user's streams."""
        return room_name in self.rules.shared_with.get(user_id, ())

    def _present(self, user_id: str) -> list[Participant]:
        self._require_open()
        present = self.of_user(user_id)
        if not present:
            raise participant_not_found()
        return present

    def _each(self, user_id: str, differs: Callable[[Participant], bool]) -> list[Participant]:
        return [participant for participant in self._present(user_id) if differs(participant)]

    def _change(
        self, participant: Participant, field: str, value: object, now: float, by: str, *, word: str = ""
    ) -> None:
        setattr(participant, field, value)
        participant.version += 1
        changed = frozenset({word or field})
        self._record(ParticipantUpdated(offset=self.log.next, at=now, sid=participant.sid, changed=changed, by=by))
