"""The eleven methods of RoomService, each in a few lines over the domain. specs/livekit.md §1.3."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from livekit.protocol import models
from livekit.protocol import room as messages

from roomful.auth import Grant, TokenVerifier
from roomful.protocols.livekit import encode
from roomful.protocols.livekit.room_service.agent_wishes import check_wish
from roomful.protocols.livekit.room_service.authorize import require_admin, require_create, require_list
from roomful.protocols.livekit.room_service.participants import ParticipantMethods
from roomful.protocols.livekit.room_service.room_options import RoomPresets, options_of_request
from roomful.protocols.livekit.room_service.twirp import Method, Receive, Scope, Send, Twirp
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.storage import KeptRooms

PREFIX = "/twirp/livekit.RoomService/"


class RoomService:
    """ASGI application for `/twirp/…`."""

    def __init__(
        self,
        rooms: Rooms,
        kept_rooms: KeptRooms,
        verifier: TokenVerifier,
        room_configurations: Mapping[str, Mapping[str, Any]],
        codecs: Sequence[str] = encode.ENABLED_CODECS,
        more: Mapping[str, Method] | None = None,
    ) -> None:
        """`room_configurations` are the presets of the configuration; `more` are methods of other services, by path.

        Raises ConfigError for a preset that is wrong.
        """
        of_rooms = RoomMethods(rooms, kept_rooms, RoomPresets(room_configurations), codecs)
        of_participants = ParticipantMethods(rooms, kept_rooms)
        methods = {
            "CreateRoom": Method(messages.CreateRoomRequest, of_rooms.create),
            "ListRooms": Method(messages.ListRoomsRequest, of_rooms.list),
            "DeleteRoom": Method(messages.DeleteRoomRequest, of_rooms.delete),
            "UpdateRoomMetadata": Method(messages.UpdateRoomMetadataRequest, of_rooms.update_metadata),
            "ListParticipants": Method(messages.ListParticipantsRequest, of_participants.list),
            "GetParticipant": Method(messages.RoomParticipantIdentity, of_participants.get),
            "RemoveParticipant": Method(messages.RoomParticipantIdentity, of_participants.remove),
            "MutePublishedTrack": Method(messages.MuteRoomTrackRequest, of_participants.mute_track),
            "UpdateParticipant": Method(messages.UpdateParticipantRequest, of_participants.update),
            "UpdateSubscriptions": Method(messages.UpdateSubscriptionsRequest, of_participants.update_subscriptions),
            "SendData": Method(messages.SendDataRequest, of_participants.send_data),
        }
        self._twirp = Twirp({PREFIX + name: method for name, method in methods.items()} | dict(more or {}), verifier)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._twirp(scope, receive, send)


class RoomMethods:
    """The methods about rooms as a whole."""

    def __init__(self, rooms: Rooms, kept_rooms: KeptRooms, presets: RoomPresets, codecs: Sequence[str]) -> None:
        self._rooms = rooms
        self._kept_rooms = kept_rooms
        self._presets = presets
        self._codecs = codecs

    async def create(self, grant: Grant, request: messages.CreateRoomRequest) -> models.Room:
        """Idempotent by name: a room that is open is returned as it is."""
        require_create(grant)
        room = self._rooms.get(request.name)
        if room is None:
            for wish in request.agents:
                check_wish(wish, self._rooms.limits)
            room = self._rooms.create(request.name, options_of_request(request, self._presets), time.time())
            await self._kept_rooms.keep(room)
        return self._info(room)

    async def list(self, grant: Grant, request: messages.ListRoomsRequest) -> messages.ListRoomsResponse:
        require_list(grant)
        return messages.ListRoomsResponse(rooms=map(self._info, self._rooms.list(request.names)))

    async def delete(self, grant: Grant, request: messages.DeleteRoomRequest) -> messages.DeleteRoomResponse:
        """By name or by sid, as the proto's comment says. Returns when the room is gone, from the database too."""
        require_create(grant)
        by_sid = self._rooms.by_sid(request.room) if self._rooms.get(request.room) is None else None
        self._rooms.delete(by_sid.name if by_sid else request.room, time.time())
        await self._kept_rooms.settled()
        return messages.DeleteRoomResponse()

    async def update_metadata(self, grant: Grant, request: messages.UpdateRoomMetadataRequest) -> models.Room:
        require_admin(grant, request.room)
        room = self._rooms.with_name(request.room)
        room.set_metadata(request.metadata, time.time())
        await self._kept_rooms.keep(room)
        return self._info(room)

    def _info(self, room: Room) -> models.Room:
        return encode.room_info(room, self._codecs)
