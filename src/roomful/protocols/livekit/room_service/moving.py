"""MoveParticipant and ForwardParticipant. specs/livekit.md §1.3."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from livekit.protocol import room as messages

from roomful.auth import Grant
from roomful.media.api import MovableMedia
from roomful.protocols.livekit.forwarding import Forwards
from roomful.protocols.livekit.room_service.authorize import require_destination
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.protocols.livekit.room_service.service import PREFIX
from roomful.protocols.livekit.room_service.twirp import Method
from roomful.rooms.extension import Code as ApiCode
from roomful.rooms.extension import RoomApiError
from roomful.rooms.participant import Participant
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room

Move: TypeAlias = Callable[[Room, Sequence[Participant], Room], Awaitable[None]]
"""How connections of one user are taken to another room, whatever protocol they speak. Raises RoomApiError."""

_OF_STATUS = {400: Code.INVALID_ARGUMENT, 403: Code.PERMISSION_DENIED, 404: Code.NOT_FOUND, 503: Code.UNAVAILABLE}
_FULL = frozenset({ApiCode.ROOM_FULL, ApiCode.LIMIT_REACHED})


class MovingMethods:
    """See `methods`."""

    def __init__(self, rooms: Rooms, media: MovableMedia, move: Move, forwarding: Forwards) -> None:
        self._rooms = rooms
        self._media = media
        self._move = move
        self._forwarding = forwarding

    def methods(self) -> dict[str, Method]:
        return {
            PREFIX + "MoveParticipant": Method(messages.MoveParticipantRequest, self.move),
            PREFIX + "ForwardParticipant": Method(messages.ForwardParticipantRequest, self.forward),
        }

    async def move(self, grant: Grant, request: messages.MoveParticipantRequest) -> messages.MoveParticipantResponse:
        room, participant, target = self._rooms_of(grant, request)
        try:
            await self._move(room, [participant], target)
        except RoomApiError as error:
            raise refused(error) from None
        return messages.MoveParticipantResponse()

    async def forward(
        self, grant: Grant, request: messages.ForwardParticipantRequest
    ) -> messages.ForwardParticipantResponse:
        room, participant, target = self._rooms_of(grant, request)
        self._forwarding.start(room, participant, target, time.time())
        return messages.ForwardParticipantResponse()

    def _rooms_of(
        self, grant: Grant, request: messages.MoveParticipantRequest | messages.ForwardParticipantRequest
    ) -> tuple[Room, Participant, Room]:
        """The room to go to is opened if it has to be, as by a join."""
        require_destination(grant, request.room, request.destination_room)
        if request.room == request.destination_room:
            raise TwirpError(Code.INVALID_ARGUMENT, "destination room cannot be the same as source room")
        room = self._rooms.with_name(request.room)
        participant = room.with_identity(request.identity)
        with self._media.opening_beside(room.sid):
            return room, participant, self._rooms.with_name_or_new(request.destination_room, time.time())


def refused(error: RoomApiError) -> TwirpError:
    code = Code.RESOURCE_EXHAUSTED if error.code in _FULL else _OF_STATUS.get(error.code.status)
    return TwirpError(code or Code.FAILED_PRECONDITION, error.message)
