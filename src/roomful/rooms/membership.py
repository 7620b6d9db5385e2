"""Participants enter, change and leave. specs/livekit.md §1.3 UpdateParticipant, §1.4, §3.27, §3.28."""

from collections.abc import Mapping

from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import ParticipantActive, ParticipantJoined, ParticipantLeft, ParticipantUpdated
from roomful.rooms.ids import new_participant_sid
from roomful.rooms.limits import check_attributes, check_length, check_metadata
from roomful.rooms.model import LeaveReason, ParticipantState, UnpublishReason
from roomful.rooms.participant import JoinRequest, Participant, is_dependent
from roomful.rooms.permissions import Permission
from roomful.rooms.publishing import Publishing


class Membership(Publishing):
    """The mutators of participants."""

    __slots__ = ()

    def join(self, request: JoinRequest, now: float) -> Participant:
        """Let somebody in; who has the same identity leaves first, with DUPLICATE_IDENTITY.

        Raises INVALID_ARGUMENT, RESOURCE_EXHAUSTED (room full), FAILED_PRECONDITION (room closed).
        """
        self._require_open()
        attributes = {key: value for key, value in request.attributes.items() if value}
        self._check_join(request, attributes)
        previous = self._identities.get(request.identity)
        if self._is_full_for(request, previous):
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, "room is full: maximum number of participants reached")
        if previous is not None:
            self._remove(previous, LeaveReason.DUPLICATE_IDENTITY, now, replaced=True)
        participant = Participant(
            sid=new_participant_sid(),
            identity=request.identity,
            user_id=request.user_id or request.identity,
            name=request.name,
            metadata=request.metadata,
            attributes=attributes,
            permission=request.permission,
            kind=request.kind,
            protocol=request.protocol,
            region=request.region,
            client=request.client,
            auto_subscribe=request.auto_subscribe,
            joined_at=now,
        )
        self.participants[participant.sid] = self._identities[participant.identity] = participant
        self._awaited[participant.sid] = now + self.defaults.join_timeout
        self._count(participant, now, entering=True)
        self._record(
            ParticipantJoined(
                offset=self.log.next,
                at=now,
                sid=participant.sid,
                identity=participant.identity,
                name=participant.name,
                kind=participant.kind,
                protocol=participant.protocol,
                hidden=participant.hidden,
            )
        )
        self._commit(now)
        return participant

    def confirm_join(self, sid: str) -> None:
        """The participant's connection has been told what is in the room: JOINED. Nobody else needs to know.

        Raises NOT_FOUND.
        """
        participant = self.participant(sid)
        if participant.state is ParticipantState.JOINING:
            participant.state = ParticipantState.JOINED

    def activate(self, sid: str, now: float) -> bool:
        """The participant's media transport is up: ACTIVE. Returns False if it has been before. Raises NOT_FOUND."""
        self._require_open()
        participant = self.participant(sid)
        if participant.state is ParticipantState.ACTIVE:
            return False
        del self._awaited[sid]
        participant.state = ParticipantState.ACTIVE
        participant.active_at = now
        participant.version += 1
        self._record(
            ParticipantActive(
                offset=self.log.next, at=now, sid=sid, identity=participant.identity, hidden=participant.hidden
            )
        )
        self._commit(now)
        return True

    def leave(self, sid: str, reason: LeaveReason, now: float) -> bool:
        """Take a participant and its tracks out. Returns False if it is not here (any more)."""
        participant = self.participants.get(sid)
        if participant is None:
            return False
        self._remove(participant, reason, now)
        self._commit(now)
        return True

    def update_participant(
        self,
        sid: str,
        now: float,
        *,
        name: str | None = None,
        metadata: str | None = None,
        attributes: Mapping[str, str] | None = None,
        permission: Permission | None = None,
        by_itself: bool = False,
    ) -> frozenset[str]:
        """Change a participant; None leaves as is. Returns what differs, as in `ParticipantUpdated.changed`.

        `attributes` are merged by key, an empty value deletes the key. `permission` replaces the whole set; tracks that
        it no longer allows are unpublished. `by_itself` requires can_update_metadata.
        Raises NOT_FOUND, INVALID_ARGUMENT, PERMISSION_DENIED.
        """
        self._require_open()
        participant = self.participant(sid)
        if by_itself and not participant.permission.can_update_metadata:
            raise RoomError(RoomErrorCode.PERMISSION_DENIED, "does not have permission to update own metadata")
        new = self._checked_changes(participant, name, metadata, attributes, permission)
        changed = {field for field, value in new.items() if getattr(participant, field) != value}
        if not changed:
            return frozenset()
        if permission is not None and permission.hidden != participant.hidden:
            changed.add("visibility")
        self._count(participant, now, entering=False)
        for field in new:
            setattr(participant, field, new[field])
        self._count(participant, now, entering=True)
        participant.version += 1
        self._record(ParticipantUpdated(offset=self.log.next, at=now, sid=sid, changed=frozenset(changed)))
        self._enforce_permission(participant, now)
        self._commit(now)
        return frozenset(changed)

    def _check_join(self, request: JoinRequest, attributes: Mapping[str, str]) -> None:
        if not request.identity:
            raise RoomError(RoomErrorCode.INVALID_ARGUMENT, "identity cannot be empty")
        check_length("participant identity", request.identity, self.limits.identity)
        check_length("user id", request.user_id, self.limits.identity)
        check_length("participant name", request.name, self.limits.participant_name)
        check_metadata(request.metadata, self.limits)
        check_attributes(attributes, self.limits)

    def _is_full_for(self, request: JoinRequest, previous: Participant | None) -> bool:
        if not self.options.max_participants or is_dependent(request.kind, request.permission):
            return False
        freed = 1 if previous is not None and not previous.dependent else 0
        return self._census.counted - freed >= self.options.max_participants

    def _checked_changes(
        self,
        participant: Participant,
        name: str | None,
        metadata: str | None,
        attributes: Mapping[str, str] | None,
        permission: Permission | None,
    ) -> dict[str, object]:
        new: dict[str, object] = {}
        if name is not None:
            check_length("participant name", name, self.limits.participant_name)
            new["name"] = name
        if metadata is not None:
            check_metadata(metadata, self.limits)
            new["metadata"] = metadata
        if attributes is not None:
            merged = {key: value for key, value in {**participant.attributes, **attributes}.items() if value}
            check_attributes(merged, self.limits)
            new["attributes"] = merged
        if permission is not None:
            new["permission"] = permission
        return new

    def _enforce_permission(self, participant: Participant, now: float) -> None:
        if participant.hidden and self._speakers is not None:  # first, so that losing its tracks tells of no speaker
            self._speakers.forget(participant.sid)
        for track in list(participant.tracks.values()):
            if not participant.permission.allows(track.source):
                self._drop_track(track, UnpublishReason.PERMISSION_LOST, now)

    def _remove(self, participant: Participant, reason: LeaveReason, now: float, *, replaced: bool = False) -> None:
        for track in list(participant.tracks.values()):
            self._drop_track(track, UnpublishReason.PUBLISHER_LEFT, now)
        sid = participant.sid
        self._count(participant, now, entering=False)
        del self.participants[sid], self._identities[participant.identity]
        self._awaited.pop(sid, None)
        self.wishes.forget_subscriber(sid)
        self.allow_lists.pop(sid, None)
        if self._qualities is not None:
            self._qualities.pop(sid, None)
        participant.state = ParticipantState.DISCONNECTED
        participant.version += 1
        self._record(
            ParticipantLeft(
                offset=self.log.next,
                at=now,
                sid=sid,
                identity=participant.identity,
                reason=reason,
                replaced=replaced,
                participant=participant.snapshot(),
            )
        )
