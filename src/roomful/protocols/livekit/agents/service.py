"""The three methods of AgentDispatchService. specs/livekit.md §6.5."""

import time

from livekit.protocol import agent_dispatch as messages

from roomful.auth import Grant
from roomful.protocols.livekit.agents.agents import Agents
from roomful.protocols.livekit.agents.dispatch import dispatch_of
from roomful.protocols.livekit.room_service.agent_wishes import check_wish
from roomful.protocols.livekit.room_service.authorize import require_admin
from roomful.protocols.livekit.room_service.errors import Code, TwirpError
from roomful.protocols.livekit.room_service.twirp import Method
from roomful.rooms.registry import Rooms
from roomful.storage import KeptRooms

PREFIX = "/twirp/livekit.AgentDispatchService/"


class AgentDispatchService:
    """Each method takes the caller's grant and the request, and returns the answer."""

    def __init__(self, agents: Agents, rooms: Rooms, kept_rooms: KeptRooms) -> None:
        self._agents = agents
        self._rooms = rooms
        self._kept_rooms = kept_rooms

    def methods(self) -> dict[str, Method]:
        """The service's methods, by path."""
        methods = {
            "CreateDispatch": Method(messages.CreateAgentDispatchRequest, self.create),
            "DeleteDispatch": Method(messages.DeleteAgentDispatchRequest, self.delete),
            "ListDispatch": Method(messages.ListAgentDispatchRequest, self.list),
        }
        return {PREFIX + name: method for name, method in methods.items()}

    async def create(self, grant: Grant, request: messages.CreateAgentDispatchRequest) -> messages.AgentDispatch:
        """Send for an agent; the room is opened if it has to be, and may be."""
        require_admin(grant, request.room)
        check_wish(request, self._rooms.limits)
        now = time.time()
        is_new = self._rooms.get(request.room) is None
        room = self._rooms.with_name_or_new(request.room, now)
        dispatch = dispatch_of(request, now)
        self._agents.add_dispatch(room, dispatch, now)
        if is_new or self._kept_rooms.keeps(room):
            await self._kept_rooms.keep(room)
        return dispatch.info(self._agents.room_info(room))

    async def delete(self, grant: Grant, request: messages.DeleteAgentDispatchRequest) -> messages.AgentDispatch:
        require_admin(grant, request.room)
        now = time.time()
        room = self._rooms.get(request.room)
        dispatch = room and self._agents.drop_dispatch(room, request.dispatch_id, now)
        if room is None or dispatch is None:
            raise TwirpError(Code.NOT_FOUND, "dispatch ID not found")
        if self._kept_rooms.keeps(room):
            await self._kept_rooms.keep(room)
        return dispatch.info(self._agents.room_info(room), deleted_at=now)

    async def list(
        self, grant: Grant, request: messages.ListAgentDispatchRequest
    ) -> messages.ListAgentDispatchResponse:
        """All of the room, or the one asked for; a room that is not there has none."""
        require_admin(grant, request.room)
        answer = messages.ListAgentDispatchResponse()
        room = self._rooms.get(request.room)
        if room is not None:
            info = self._agents.room_info(room)
            dispatches = self._agents.dispatches(room)
            answer.agent_dispatches.extend(
                dispatch.info(info) for dispatch in dispatches if request.dispatch_id in ("", dispatch.id)
            )
        return answer
