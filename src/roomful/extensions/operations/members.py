"""Operations on those who are in a room."""

from collections.abc import Mapping, Sequence

from roomful.extensions.errors import api_errors
from roomful.extensions.operations.base import Base, user_not_found
from roomful.extensions.views import user_view, users_of
from roomful.rooms.events import Departure
from roomful.rooms.extension import Code, Role, RoomApiError, UserView
from roomful.rooms.extension.api import SYSTEM
from roomful.rooms.model import LeaveReason
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room

_REASONS = {
    "leave": LeaveReason.CLIENT_INITIATED,
    "disconnect": LeaveReason.SIGNAL_CLOSE,
    "heartbeat_timeout": LeaveReason.SIGNAL_CLOSE,
    "replaced": LeaveReason.DUPLICATE_IDENTITY,
    "room_closed": LeaveReason.ROOM_CLOSED,
}
"""What the protocols' own reasons are to the others; all that is not here is a removal."""
_WORDS = frozenset({*_REASONS, "kicked", "banned", "token_expired", "moved"})
ROBOT_PROTOCOL = "robot"


class MemberOperations(Base):
    """See `roomful.rooms.extension.RoomApi`."""

    async def list_users(self, room_id: str) -> Sequence[UserView]:
        room, now = self.room(room_id), self.clock()
        return [user_view(room, participants, now) for participants in users_of(room).values()]

    async def get_user(self, room_id: str, user_id: str) -> UserView:
        room = self.room(room_id)
        return user_view(room, self.present(room, user_id), self.clock())

    async def remove_user(
        self, room_id: str, user_id: str, reason: str = "kicked", actor: str = SYSTEM, *, close: bool = True
    ) -> None:
        """A `reason` that is none of specs/monibuca-rooms.md §3.5 is a note for people: the user was `kicked`."""
        room = self.room(room_id)
        self.present(room, user_id)
        word = reason if reason in _WORDS else "kicked"
        note = "" if reason == word else reason
        await self.leave(room, user_id, Departure(word=word, by=actor, note=note, closes=close))

    async def leave(self, room: Room, user_id: str, departure: Departure) -> None:
        """Call `on_user_leave`, then take all connections of the user out. For protocols, and `remove_user`."""
        await self.extensions.leave(room, user_id, departure.word)
        reason = _REASONS.get(departure.word, LeaveReason.PARTICIPANT_REMOVED)
        for participant in room.of_user(user_id):
            room.leave(participant.sid, reason, self.clock(), departure=departure)

    async def set_user_role(self, room_id: str, user_id: str, role: Role, actor: str = SYSTEM) -> None:
        with api_errors():
            self.room(room_id).set_role(user_id, role, self.clock(), by=actor)

    async def set_user_attributes(self, room_id: str, user_id: str, patch: Mapping[str, str]) -> None:
        room = self.room(room_id)
        for participant in self.present(room, user_id):
            with api_errors():
                room.update_participant(participant.sid, self.clock(), attributes=dict(patch))

    async def set_owner(self, room_id: str, user_id: str, actor: str = SYSTEM) -> None:
        with api_errors():
            self.room(room_id).transfer(user_id, self.clock(), by=actor)

    async def move_user(self, room_id: str, user_id: str, target_room_id: str, actor: str = SYSTEM) -> None:
        room, target = self.room(room_id), self.room(target_room_id)
        participants = self.present(room, user_id)
        if room is target:
            raise RoomApiError(Code.BAD_STATE, "it is in that room already", status=room.name)
        await self.move(room, participants, target)

    async def move(self, room: Room, participants: Sequence[Participant], target: Room) -> None:
        """Take some connections of one user to another room; if they are all it has, it has left. For protocols, too.

        Raises RoomApiError.
        """
        stuck = {one.protocol for one in participants if one.protocol not in self.ports.movers}
        if stuck:
            raise RoomApiError(
                Code.BAD_STATE, f"clients of {', '.join(sorted(stuck))} cannot be moved", status="connected"
            )
        user_id, now = participants[0].user_id, self.clock()
        for participant in participants:
            request = JoinRequest(
                identity=participant.identity, user_id=user_id, role=participant.role, passes_lobby=True
            )
            with api_errors():
                target.check_door(request, now)
        if len(participants) == len(room.of_user(user_id)):
            await self.extensions.leave(room, user_id, "moved")
        for participant in participants:
            with api_errors():
                await self.ports.movers[participant.protocol](room, participant, target)

    async def travel_token(self, room_id: str, user_id: str, target_room_id: str) -> str:
        room, target = self.room(room_id), self.room(target_room_id)
        for participant in self.present(room, user_id):
            make_token = self.ports.travel_tokens.get(participant.protocol)
            if make_token is not None:
                with api_errors():
                    return make_token(room, participant, target)
        return ""

    async def add_virtual_user(self, room_id: str, user_id: str, user_name: str, *, avatar: str = "") -> UserView:
        room, now = self.room(room_id), self.clock()
        if room.of_user(user_id) or room.find(user_id) is not None:
            raise RoomApiError(Code.CONFLICT, f"{user_id!r} is in the room already")
        request = JoinRequest(
            identity=user_id,
            name=user_name,
            attributes={"avatar": avatar},
            permission=Permission(can_publish=False, can_subscribe=False, can_publish_data=False),
            protocol=ROBOT_PROTOCOL,
            role=Role.VIEWER,
            robot=True,
        )
        with api_errors():
            sid = room.join(request, now).sid
            room.confirm_join(sid)
            room.activate(sid, now)
        return user_view(room, self.present(room, user_id), now)

    async def remove_virtual_user(self, room_id: str, user_id: str) -> None:
        room = self.room(room_id)
        robots = [one for one in room.of_user(user_id) if one.robot]
        if not robots:
            raise user_not_found(user_id)
        for robot in robots:
            room.leave(robot.sid, LeaveReason.CLIENT_INITIATED, self.clock())
