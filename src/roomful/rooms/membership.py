"""Participants enter, change and leave. specs/livekit.md §1.3 UpdateParticipant, §1.4, §3.27, §3.28."""

import itertools
from collections.abc import Mapping

import msgspec

from roomful.rooms.errors import (
    Banned,
    IdentityTaken,
    LobbyFirst,
    LobbyRejected,
    Revoked,
    RoomError,
    RoomErrorCode,
    RoomFull,
    RoomLocked,
)
from roomful.rooms.events import (
    Departure,
    ParticipantActive,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantUpdated,
    RoomUpdated,
)
from roomful.rooms.governing import Governing
from roomful.rooms.ids import new_participant_sid
from roomful.rooms.limits import check_attributes, check_length, check_metadata
from roomful.rooms.model import LeaveReason, ParticipantKind, ParticipantState, UnpublishReason
from roomful.rooms.options import DuplicateIdentity
from roomful.rooms.participant import JoinRequest, Participant, is_dependent, takes_place
from roomful.rooms.permissions import Permission
from roomful.rooms.roles import HOSTS, Role, as_role


class Membership(Governing):
    """The mutators of participants."""

    __slots__ = ()

    def join(self, request: JoinRequest, now: float) -> Participant:
        """Let somebody in; who has the same identity leaves first, with DUPLICATE_IDENTITY, if `defaults` have it so.

        Raises INVALID_ARGUMENT, FAILED_PRECONDITION (room closed), and what `check_door` raises.
        """
        attributes = {key: value for key, value in request.attributes.items() if value}
        self._check_join(request, attributes)
        self.check_door(request, now)
        user_id = request.user_id or request.identity
        identity = self._identity_for(request)
        previous = self._identities.get(identity)
        role = self.role_of(request)
        force_muted = self.rules.force_mutes.get(user_id, frozenset())
        if previous is not None:
            self._remove(previous, LeaveReason.DUPLICATE_IDENTITY, now, replaced=True)
        participant = Participant(
            sid=new_participant_sid(),
            identity=identity,
            user_id=user_id,
            name=request.name,
            metadata=request.metadata,
            attributes=attributes,
            permission=self._permission_of(request, role, previous),
            kind=request.kind,
            protocol=request.protocol,
            region=request.region,
            client=request.client,
            auto_subscribe=request.auto_subscribe,
            joined_at=now,
            role=role,
            robot=request.robot,
            announces=request.announces,
            extra=request.extra,
            force_muted=force_muted,
        )
        self.participants[participant.sid] = self._identities[participant.identity] = participant
        if participant.user_id != participant.identity:
            self._aliases = self._aliases or {}
            self._aliases.setdefault(participant.user_id, []).append(participant)
        if role is Role.HOST and not self.rules.owner_id:
            self._govern().owner_id = participant.user_id
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

    def check_door(self, request: JoinRequest, now: float) -> None:
        """Say why somebody cannot come in now, in the order of specs/monibuca-rooms.md §3.2.

        Who is here already, is a host, administers the room or serves it passes the lock and the lobby.
        Raises FAILED_PRECONDITION (room closed), Banned, Revoked, IdentityTaken, RoomLocked, RoomFull, LobbyRejected,
        LobbyFirst.
        """
        user_id = request.user_id or request.identity
        ban = self.find_ban(user_id, now)
        if ban is not None:
            raise Banned(ban.until)
        if request.not_before is not None and self._bans.is_revoked(self.name, user_id, request.not_before):
            raise Revoked
        self._require_open()
        if self.defaults.duplicate_identity is DuplicateIdentity.REJECT and self._holds(request.identity):
            raise IdentityTaken
        privileged = (
            request.permission.admin
            or is_dependent(request.kind, request.permission)
            or bool(self.of_user(user_id))
            or self.role_of(request) in HOSTS
        )
        if self.rules.locked and not privileged:
            raise RoomLocked
        if self._is_full_for(request):
            raise RoomFull
        admitted = request.passes_lobby or privileged or self._was_admitted(user_id, now)
        if self.rules.lobby_enabled and not admitted:
            if self._lobby is not None and self._lobby.rejected.get(user_id, 0) > now:
                raise LobbyRejected
            raise LobbyFirst

    def role_of(self, request: JoinRequest) -> Role:
        """What somebody will be: as the request says, as it is here, as somebody made it, or as its type has it."""
        user_id = request.user_id or request.identity
        given = self.rules.roles.get(user_id)
        if request.role is not None and request.role is not Role.MEMBER:
            return request.role
        present = self.of_user(user_id)
        if present:
            return present[0].role
        if given is not None:
            return given
        if user_id == self.rules.owner_id:
            return Role.HOST
        if request.role is not None:
            return request.role
        if request.permission.admin:
            return Role.COHOST
        return self.type.default_role if request.kind is ParticipantKind.STANDARD else Role.MEMBER

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

    def note_connection(self, sid: str, connected: bool) -> None:
        """The participant's connection is alive, or not: then it may be replaced, whatever `duplicate_identity` says.

        Raises NOT_FOUND.
        """
        self.participant(sid).connected = connected

    def leave(self, sid: str, reason: LeaveReason, now: float, *, departure: Departure | None = None) -> bool:
        """Take a participant and its tracks out. Returns False if it is not here (any more)."""
        participant = self.participants.get(sid)
        if participant is None:
            return False
        self._remove(participant, reason, now, departure=departure)
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

    def _permission_of(self, request: JoinRequest, role: Role, previous: Participant | None) -> Permission:
        """Who connects anew in the same role keeps a right to publish that it was given beyond it."""
        permission = as_role(request.permission, role)
        if (
            previous is None
            or previous.role is not role
            or permission.can_publish
            or not request.permission.can_publish
        ):
            return permission
        return msgspec.structs.replace(
            permission,
            can_publish=previous.permission.can_publish,
            can_publish_sources=previous.permission.can_publish_sources,
        )

    def _holds(self, identity: str) -> bool:
        """Say whether somebody with a living connection has this identity."""
        present = self._identities.get(identity)
        return present is not None and present.connected and not present.away

    def _identity_for(self, request: JoinRequest) -> str:
        """The identity of somebody who joins."""
        if self.defaults.duplicate_identity is not DuplicateIdentity.ALLOW or not self._holds(request.identity):
            return request.identity
        numbered = (f"{request.identity}/{number}" for number in itertools.count(2))
        return next(identity for identity in numbered if not self._holds(identity))

    def _check_join(self, request: JoinRequest, attributes: Mapping[str, str]) -> None:
        if not request.identity:
            raise RoomError(RoomErrorCode.INVALID_ARGUMENT, "identity cannot be empty")
        check_length("participant identity", request.identity, self.limits.identity)
        check_length("user id", request.user_id, self.limits.identity)
        check_length("participant name", request.name, self.limits.participant_name)
        check_metadata(request.metadata, self.limits)
        check_attributes(attributes, self.limits)

    def _is_full_for(self, request: JoinRequest) -> bool:
        limit = self.max_users
        if not limit or not takes_place(request.kind, request.permission, self.role_of(request), robot=request.robot):
            return False
        user_id = request.user_id or request.identity
        if self._census.connections(user_id):
            return False
        previous = self._identities.get(request.identity)
        freed = previous is not None and previous.counted and self._census.connections(previous.user_id) == 1
        return self._census.users - freed >= limit

    def _was_admitted(self, user_id: str, now: float) -> bool:
        return self._lobby is not None and self._lobby.admitted.get(user_id, 0) > now

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

    def _remove(
        self,
        participant: Participant,
        reason: LeaveReason,
        now: float,
        *,
        replaced: bool = False,
        departure: Departure | None = None,
    ) -> None:
        for track in list(participant.tracks.values()):
            self._drop_track(track, UnpublishReason.PUBLISHER_LEFT, now)
        sid = participant.sid
        self._count(participant, now, entering=False)
        del self.participants[sid], self._identities[participant.identity]
        if participant.user_id != participant.identity and self._aliases:
            aliases = self._aliases[participant.user_id]
            aliases.remove(participant)
            if not aliases:
                del self._aliases[participant.user_id]
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
                departure=departure,
            )
        )
        if sid == self.mixer:
            self._change_mixer("", now)
        for publisher in [one for one, stand_in in self.stand_ins.items() if sid in (one, stand_in)]:
            self._change_stand_in(publisher, "", now)
        if not replaced and self.is_open and participant.user_id == self.rules.owner_id:
            self._pass_on_ownership(participant.user_id, now)

    def _pass_on_ownership(self, owner_id: str, now: float) -> None:
        """The host is gone: the oldest cohost, else the oldest member, takes over. specs/monibuca-rooms.md §3.2."""
        if self.type.manages_own_sessions or self.of_user(owner_id):
            return
        members = [participant for participant in self.participants.values() if participant.is_member]
        heir = next((one for one in members if one.role is Role.COHOST), members[0] if members else None)
        if heir is None:
            return  # it is host again when it comes back
        rules = self._govern()
        rules.owner_id = heir.user_id
        rules.roles.pop(owner_id, None)
        self._record(RoomUpdated(offset=self.log.next, at=now, changed=frozenset({"owner"})))
        self._assign_role(heir.user_id, Role.HOST, now, "")

    def _assign_role(self, user_id: str, role: Role, now: float, by: str) -> bool:
        """Give a role to all participants of a user, with what it allows. Returns whether that changed anything."""
        some = False
        for participant in self.of_user(user_id):
            if participant.role is role:
                continue
            some = True
            changed = {"role"}
            permission = as_role(participant.permission, role)
            if role is not Role.ADMIN and participant.role is Role.VIEWER and not participant.permission.can_publish:
                permission = msgspec.structs.replace(permission, can_publish=as_role(Permission(), role).can_publish)
            self._count(participant, now, entering=False)
            participant.role = role
            if permission != participant.permission:
                changed.add("permission")
                if permission.hidden != participant.permission.hidden:
                    changed.add("visibility")
                participant.permission = permission
            self._count(participant, now, entering=True)
            participant.version += 1
            self._record(
                ParticipantUpdated(offset=self.log.next, at=now, sid=participant.sid, changed=frozenset(changed), by=by)
            )
            self._enforce_permission(participant, now)
        return some
