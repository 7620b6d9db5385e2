"""Robots in rooms. specs/monibuca-rooms.md §6.7."""

from typing import Any

from roomful.plugins.live.crowd import Act, RobotOrder
from roomful.plugins.live.ids import new_id
from roomful.plugins.live.people import Person
from roomful.plugins.live.show import Show
from roomful.plugins.live.status import Status, bad_state
from roomful.plugins.live.studio import Studio
from roomful.rooms.extension import RoomApiError


class Simulating:
    """See the module."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def order(self, show: Show, order: RobotOrder) -> list[Person]:
        """Have robots come; returns who will. Raises RoomApiError: BAD_STATE, BAD_FIELD, LIMIT_REACHED."""
        await self._forget_removed(show)
        if show.status is Status.ENDED:
            raise bad_state(show.status, "the show is over")
        coming = show.crowd.order(order, self._studio.now())
        self._studio.rearm(show)
        return coming

    async def view(self, show: Show) -> dict[str, Any]:
        await self._forget_removed(show)
        robots = [
            {"user_id": one.person.user_id, "user_name": one.person.user_name, "joined_at": round(one.joined_at * 1000)}
            for one in show.crowd.present()
            if one.joined_at is not None
        ]
        return {"robots": robots, "coming": show.crowd.coming}

    async def end(self, show: Show) -> int:
        """Send all away; returns how many were there."""
        present = show.crowd.clear()
        for robot in present:
            await self._remove(show, robot.person)
        return len(present)

    def due(self, show: Show) -> float | None:
        return show.crowd.due()

    async def on_time(self, show: Show, now: float) -> None:
        while (next_act := show.crowd.next(now)) is not None:
            act, robot, phrase = next_act
            match act:
                case Act.JOIN:
                    await self._join(show, robot.person)
                case Act.LEAVE:
                    await self._remove(show, robot.person)
                case Act.CHAT:
                    await self._chat(show, robot.person, phrase)

    async def _forget_removed(self, show: Show) -> None:
        """Robots that a host sent away: nobody tells of them."""
        here = {user.user_id for user in await self._studio.api.list_users(show.room_id)}
        for robot in show.crowd.present():
            if robot.person.user_id not in here:
                show.crowd.forget(robot.person.user_id)

    async def _join(self, show: Show, person: Person) -> None:
        try:
            await self._studio.api.add_virtual_user(show.room_id, person.user_id, person.user_name)
        except RoomApiError:  # the name is taken, or the room is closing
            show.crowd.forget(person.user_id)

    async def _remove(self, show: Show, person: Person) -> None:
        try:
            await self._studio.api.remove_virtual_user(show.room_id, person.user_id)
        except RoomApiError:  # a host was quicker
            show.crowd.forget(person.user_id)

    async def _chat(self, show: Show, person: Person, phrase: str) -> None:
        try:
            await self._studio.api.get_user(show.room_id, person.user_id)
        except RoomApiError:  # a host sent it away
            show.crowd.forget(person.user_id)
            return
        fields: dict[str, Any] = {
            "message_id": new_id("m"),
            "user_id": person.user_id,
            "user_name": person.user_name,
            "content": phrase,
            "type": "text",
            "to": None,
            "extra": {},
        }
        await self._studio.tell(show, "chat", fields)
