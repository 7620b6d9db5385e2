"""The methods about the participants of one room. specs/livekit.md §1.3."""

import time

import msgspec
from livekit.protocol import models
from livekit.protocol import room as messages

from roomful.auth import Grant
from roomful.protocols.livekit import encode, vocabulary
from roomful.protocols.livekit.room_service.authorize import require_admin
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.model import SERVER, DataKind, LeaveReason
from roomful.rooms.permissions import Permission
from roomful.rooms.registry import Rooms
from roomful.storage import KeptRooms

REVOKED_AHEAD = 60.0
"""Seconds from now for which new tokens of who is removed are no good either: clocks of their makers differ."""


class ParticipantMethods:
    """Each method takes the caller's grant and the request, and returns the answer."""

    def __init__(self, rooms: Rooms, kept_rooms: KeptRooms) -> None:
        self._rooms = rooms
        self._kept_rooms = kept_rooms

    async def list(self, grant: Grant, request: messages.ListParticipantsRequest) -> messages.ListParticipantsResponse:
        """Hidden participants are listed; a room that is not there has none."""
        require_admin(grant, request.room)
        room = self._rooms.get(request.room)
        participants = room.participants.values() if room else ()
        return messages.ListParticipantsResponse(participants=map(encode.participant_info, participants))

    async def get(self, grant: Grant, request: messages.RoomParticipantIdentity) -> models.ParticipantInfo:
        require_admin(grant, request.room)
        return encode.participant_info(self._rooms.with_name(request.room).with_identity(request.identity))

    async def remove(
        self, grant: Grant, request: messages.RoomParticipantIdentity
    ) -> messages.RemoveParticipantResponse:
        """Returns when the revocation of tokens, if there is one, is saved."""
        require_admin(grant, request.room)
        now = time.time()
        before = float(request.revoke_token_ts)
        if before:  # whoever is not connected at the moment may have a token, too
            self._rooms.bans.revoke(request.room, request.identity, before)
        room = self._rooms.with_name(request.room)
        participant = room.with_identity(request.identity)
        if not before and room.defaults.revoke_removed:
            before = now + REVOKED_AHEAD
        if before:
            room.revoke_tokens(participant.user_id, before)
        room.leave(participant.sid, LeaveReason.PARTICIPANT_REMOVED, now)
        if before:
            await self._kept_rooms.noted()
        return messages.RemoveParticipantResponse()

    async def mute_track(self, grant: Grant, request: messages.MuteRoomTrackRequest) -> messages.MuteRoomTrackResponse:
        require_admin(grant, request.room)
        room = self._rooms.with_name(request.room)
        participant = room.with_identity(request.identity)
        try:
            track = room.track_of(participant.sid, request.track_sid)
        except RoomError:
            raise RoomError(RoomErrorCode.NOT_FOUND, "track is not found") from None
        room.mute(track.sid, request.muted, SERVER, time.time())
        return messages.MuteRoomTrackResponse(track=encode.track_info(track))

    async def update(self, grant: Grant, request: messages.UpdateParticipantRequest) -> models.ParticipantInfo:
        """An empty name or metadata stays as it is; attributes are merged; a permission replaces the whole set."""
        require_admin(grant, request.room)
        room = self._rooms.with_name(request.room)
        participant = room.with_identity(request.identity)
        permission = None
        if request.HasField("permission"):
            # Administering the room is not LiveKit's to give or take here.
            permission = permission_of(request.permission, admin=participant.permission.admin)
        room.update_participant(
            participant.sid,
            time.time(),
            name=request.name or None,
            metadata=request.metadata or None,
            attributes=dict(request.attributes) or None,
            permission=permission,
        )
        return encode.participant_info(participant)

    async def update_subscriptions(
        self, grant: Grant, request: messages.UpdateSubscriptionsRequest
    ) -> messages.UpdateSubscriptionsResponse:
        require_admin(grant, request.room)
        room = self._rooms.with_name(request.room)
        participant = room.with_identity(request.identity)
        tracks = [*request.track_sids, *(sid for tracks in request.participant_tracks for sid in tracks.track_sids)]
        change = room.subscribe if request.subscribe else room.unsubscribe
        change(participant.sid, tracks, time.time())
        return messages.UpdateSubscriptionsResponse()

    async def send_data(self, grant: Grant, request: messages.SendDataRequest) -> messages.SendDataResponse:
        require_admin(grant, request.room)
        reliable = request.kind == models.DataPacket.Kind.RELIABLE
        self._rooms.with_name(request.room).send_data(
            SERVER,
            request.data,
            time.time(),
            kind=DataKind.RELIABLE if reliable else DataKind.LOSSY,
            topic=request.topic,
            identities=request.destination_identities,
            sids=request.destination_sids,
            nonce=request.nonce,
        )
        return messages.SendDataResponse()


def permission_of(info: models.ParticipantPermission, *, admin: bool) -> Permission:
    """The permission that a message describes: what it does not say is not allowed."""
    sources = frozenset(
        source for number in info.can_publish_sources if (source := vocabulary.SOURCE.get(number)) is not None
    )
    permission = Permission(
        can_publish=info.can_publish,
        can_subscribe=info.can_subscribe,
        can_publish_data=info.can_publish_data,
        can_publish_sources=sources,
        can_update_metadata=info.can_update_metadata,
        hidden=info.hidden,
        recorder=info.recorder,
        agent=info.agent,
        can_subscribe_metrics=info.can_subscribe_metrics,
        can_manage_agent_session=info.can_manage_agent_session,
        admin=admin,
    )
    if info.can_publish_sources and not sources:
        # Only sources that this server has never heard of: an empty set would allow all the others.
        return msgspec.structs.replace(permission, can_publish=False)
    return permission
