"""Takes people to breakout rooms and back.

Clients whose protocol can be moved are moved (`RoomApi.move_user`); others are told where to go, and go by themselves.
"""

import logging
from typing import Any

from roomful.plugins.meeting.breakouts import BreakoutRoom, Breakouts, WantedRoom, planned
from roomful.plugins.meeting.chair import ROOM_TYPE, Chair
from roomful.plugins.meeting.meeting import Meeting
from roomful.plugins.meeting.status import Status, bad_state
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.extension.api import SYSTEM
from roomful.rooms.roles import HOSTS

WAY_HOME_SECONDS = 10.0
"""How long a breakout room that is over stays for clients that have to go by themselves."""

logger = logging.getLogger(__name__)


class Excursion:
    """Operations on the breakout rooms of meetings."""

    def __init__(self, chair: Chair) -> None:
        self._chair = chair
        self._api = chair.api
        chair.on_breakouts_over = self.bring_back

    async def open(self, meeting: Meeting, wanted: list[WantedRoom], count: int, seconds: float, actor: str) -> None:
        """Open rooms and take everybody there who is assigned. `seconds` until they close; 0: until a host says so.

        Raises BAD_STATE, BAD_FIELD.
        """
        if meeting.parent:
            raise bad_state(meeting.status, "a breakout room has no breakout rooms")
        if meeting.breakouts is not None:
            raise bad_state(meeting.status, "the breakout rooms are open already")
        users = await self._api.list_users(meeting.meeting_id)
        guests = [user.user_id for user in users if user.role not in HOSTS and not user.is_robot]
        if meeting.breakouts is not None:
            raise bad_state(meeting.status, "the breakout rooms are open already")
        now = self._chair.now()
        meeting.openings += 1
        rooms = planned(meeting.meeting_id, meeting.openings, wanted, count, guests)
        closes_at = now + seconds if seconds else None
        meeting.breakouts = Breakouts(rooms=rooms, opened_at=round(now * 1000), closes_at=closes_at)
        try:
            for room in rooms:
                await self._open_room(meeting, room)
        except RoomApiError:
            await self.bring_back(meeting)
            raise
        await self._chair.tell(meeting, "breakouts_opened", meeting.breakouts.describe(), by=actor)
        await self._chair.changed(meeting)
        for room in rooms:
            for user_id in room.user_ids:
                await self._take(meeting.meeting_id, room.room_id, user_id, room.name, actor)

    async def assign(self, meeting: Meeting, user_id: str, room_id: str, actor: str) -> bool:
        """Send somebody to a breakout room, from wherever it is. False: its client has to go by itself.

        Raises BAD_STATE, NOT_FOUND, USER_NOT_FOUND.
        """
        breakouts = self._breakouts(meeting)
        breakouts.room(room_id)
        here = await self._whereabouts(meeting, user_id)
        if here is None:
            raise RoomApiError(Code.USER_NOT_FOUND, f"{user_id!r} is not in the meeting")
        room = breakouts.assign(user_id, room_id)
        await self._chair.tell(meeting, "breakouts_updated", breakouts.describe(), by=actor)
        await self._chair.changed(meeting)
        return here == room_id or await self._take(here, room_id, user_id, room.name, actor)

    async def come_back(self, breakout: Meeting, user_id: str) -> bool:
        """Take one from a breakout room back to the meeting. False: its client has to go by itself."""
        if not breakout.parent:
            raise bad_state(breakout.status, "this is no breakout room")
        await self._ensure_room(breakout.parent)
        meeting = self._chair.meetings.get(breakout.parent)
        if meeting is not None and meeting.breakouts is not None:
            meeting.breakouts.note_return(user_id, back=True)
            await self._chair.changed(meeting)
        return await self._take(breakout.meeting_id, breakout.parent, user_id, "", SYSTEM)

    async def enter(self, meeting: Meeting, user_id: str, room_id: str, *, chooses: bool) -> bool:
        """Take one to a breakout room, at its own wish. False: its client has to go by itself.

        Empty `room_id`: where it belongs. Who `chooses` may go anywhere. Raises BAD_STATE, NOT_FOUND, FORBIDDEN.
        """
        breakouts = self._breakouts(meeting)
        own = breakouts.room_of(user_id)
        room = breakouts.room(room_id) if room_id else own
        if room is None:
            raise RoomApiError(Code.NOT_FOUND, "you belong to none of the breakout rooms")
        if room is not own and not chooses:
            raise RoomApiError(Code.FORBIDDEN, "that is not the breakout room that you belong to")
        breakouts.note_return(user_id, back=False)
        await self._chair.changed(meeting)
        return await self._take(meeting.meeting_id, room.room_id, user_id, room.name, SYSTEM)

    async def is_about(self, meeting: Meeting, user_id: str, besides: str) -> bool:
        """Whether somebody is in the meeting or one of its breakout rooms, besides one of these."""
        breakouts = meeting.breakouts.rooms if meeting.breakouts is not None else []
        for room_id in (meeting.meeting_id, *(room.room_id for room in breakouts)):
            if room_id != besides and user_id in await self._users(room_id):
                return True
        return False

    async def arrived(self, meeting: Meeting, user_id: str) -> None:
        """Somebody joined the meeting late: take it to the room it belongs to."""
        room = meeting.breakouts.room_of(user_id) if meeting.breakouts is not None else None
        if room is not None and meeting.breakouts is not None and user_id not in meeting.breakouts.returned:
            await self._take(meeting.meeting_id, room.room_id, user_id, room.name, SYSTEM)

    async def announce(self, meeting: Meeting, text: str, actor: str) -> int:
        """Say something to the meeting and all its breakout rooms. Returns how many hear it."""
        message = {"action": "breakout_message", "text": text, "by": actor}
        heard = await self._api.broadcast_to_room(meeting.meeting_id, message)
        for room in self._breakouts(meeting).rooms:
            try:
                heard += await self._api.broadcast_to_room(room.room_id, message)
            except RoomApiError as error:
                if error.code is not Code.ROOM_NOT_FOUND:
                    raise
        return heard

    async def close(self, meeting: Meeting, seconds: float, actor: str) -> None:
        """Bring everybody back, now or in a while. Raises BAD_STATE."""
        breakouts = self._breakouts(meeting)
        if not seconds:
            await self.bring_back(meeting)
            return
        breakouts.closes_at = self._chair.now() + seconds
        await self._everywhere(meeting, "breakouts_closing", seconds=seconds, by=actor)
        await self._chair.changed(meeting)

    async def bring_back(self, meeting: Meeting) -> None:
        """The breakout rooms are over."""
        breakouts, meeting.breakouts = meeting.breakouts, None
        if breakouts is None:
            return
        await self._ensure_room(meeting.meeting_id)
        for room in breakouts.rooms:
            users = await self._users(room.room_id)
            gone = [await self._take(room.room_id, meeting.meeting_id, user, "", SYSTEM) for user in users]
            await self._chair.end_breakout(room.room_id, 0 if all(gone) else WAY_HOME_SECONDS)
        await self._chair.tell(meeting, "breakouts_closed")
        await self._chair.changed(meeting)

    def _breakouts(self, meeting: Meeting) -> Breakouts:
        if meeting.breakouts is None:
            raise bad_state(meeting.status, "no breakout rooms are open")
        return meeting.breakouts

    async def _open_room(self, meeting: Meeting, room: BreakoutRoom) -> None:
        breakout = await self._chair.open(
            room.room_id, title=room.name, parent=meeting.meeting_id, host_id=meeting.host_id, lobby=False
        )
        breakout.timer.max_duration = 0
        breakout.become(Status.ACTIVE, self._chair.now())
        await self._api.create_room(room.room_id, ROOM_TYPE, room.name, meeting.host_id)

    async def _ensure_room(self, room_id: str) -> None:
        """The meeting's own room may have closed, empty, while everybody was away."""
        try:
            await self._api.get_room(room_id)
        except RoomApiError:
            meeting = self._chair.find(room_id)
            await self._api.create_room(room_id, ROOM_TYPE, meeting.title, meeting.host_id)

    async def _take(self, room_id: str, target_id: str, user_id: str, name: str, actor: str) -> bool:
        try:
            await self._api.move_user(room_id, user_id, target_id, actor)
        except RoomApiError as error:
            if error.code is Code.USER_NOT_FOUND:  # it has left by now
                return False
            logger.debug("%s goes to %s by itself: %s", user_id, target_id, error.message)
            await self._invite(room_id, target_id, user_id, name, actor)
            return False
        return True

    async def _invite(self, room_id: str, target_id: str, user_id: str, name: str, actor: str) -> None:
        invitation = {"action": "breakout_invitation", "target_room_id": target_id, "name": name, "by": actor}
        try:
            token = await self._api.travel_token(room_id, user_id, target_id)
            await self._api.send_to_user(room_id, user_id, invitation | ({"token": token} if token else {}))
        except RoomApiError as error:  # it, or its room, has gone by now
            logger.debug("%s is not told the way to %s: %s", user_id, target_id, error.message)

    async def _whereabouts(self, meeting: Meeting, user_id: str) -> str | None:
        for room_id in (meeting.meeting_id, *(room.room_id for room in self._breakouts(meeting).rooms)):
            if user_id in await self._users(room_id):
                return room_id
        return None

    async def _users(self, room_id: str) -> list[str]:
        try:
            return [user.user_id for user in await self._api.list_users(room_id)]
        except RoomApiError:
            return []

    async def _everywhere(self, meeting: Meeting, action: str, **fields: Any) -> None:
        await self._chair.tell(meeting, action, fields)
        for room in self._breakouts(meeting).rooms:
            breakout = self._chair.meetings.get(room.room_id)
            if breakout is not None:
                await self._chair.tell(breakout, action, fields)
