"""The WebSocket of agents' workplaces: states, rings, the queue. specs/monibuca-rooms.md §8.4."""

from typing import Any

from roomful.plugins.customer_service.actions import Actions
from roomful.plugins.customer_service.agent import Agent
from roomful.plugins.customer_service.messages import SetState
from roomful.plugins.customer_service.office import Office
from roomful.plugins.customer_service.staff import Staff
from roomful.plugins.customer_service.status import Phase, bad_state
from roomful.plugins.customer_service.workplaces import stamped
from roomful.rooms.extension import Code, PluginSocket, Request, RoomApiError
from roomful.rooms.extension.codes import bad_field
from roomful.rooms.extension.reading import read_as

PATH = "/customer-service/agent/ws"
NOT_HERE = frozenset({"rate_call"})


class Workplace:
    """A SocketHandler."""

    def __init__(self, office: Office, actions: Actions, staff: Staff) -> None:
        self._office = office
        self._actions = actions
        self._staff = staff

    async def on_open(self, socket: PluginSocket, request: Request) -> None:
        agent = self._staff.agent(request)
        async with self._office.turn() as now:
            self._office.workplaces.open(agent.id, socket)
            socket.send(stamped(self._snapshot(agent, now), now))
            self._office.centre.attendance.connected(agent)

    async def on_message(self, socket: PluginSocket, message: dict[str, Any]) -> None:
        agent = self._office.centre.desk.pool.get(self._office.workplaces.owner(socket))
        action = message.get("action")
        if not isinstance(action, str):
            raise bad_field("action", "every message has an action")
        fields = await self._act(agent, action, message)
        if "seq" in message or action == "heartbeat":
            answer = "heartbeat_ack" if action == "heartbeat" else "ack"
            seq = {"seq": message["seq"]} if isinstance(message.get("seq"), int | str) else {}
            socket.send(stamped({"action": answer, **seq, "for": action, "code": 0, **fields}, self._office.now()))

    async def on_close(self, socket: PluginSocket) -> None:
        agent_id = self._office.workplaces.close(socket)
        agent = self._office.centre.desk.pool.agents.get(agent_id or "")
        if agent is not None:
            async with self._office.turn() as now:
                self._office.centre.attendance.disconnected(agent, now)

    async def _act(self, agent: Agent, action: str, message: dict[str, Any]) -> dict[str, Any]:
        if action == "heartbeat":
            return {}
        if action == "set_state":
            async with self._office.turn() as now:
                self._office.centre.attendance.switch(agent, read_as(SetState, message).state, now)
            return {"state": agent.state.value}
        handler = self._actions.handlers.get(action)
        if handler is None or action in NOT_HERE:
            raise RoomApiError(Code.UNKNOWN_ACTION, f"unknown action {action[:64]!r}")
        session_id = message.get("session_id") or agent.session_id
        if session_id is None:
            raise bad_state(agent.state, "you have no call")
        if not isinstance(session_id, str):
            raise bad_field("session_id", "session_id is a text")
        return await handler(self._office.centre.desk.session(session_id), agent.id, message)

    def _snapshot(self, agent: Agent, now: float) -> dict[str, Any]:
        """All that a workplace shows, for one that has just opened, or come back."""
        desk = self._office.centre.desk
        session = desk.sessions.get(agent.session_id or "")
        call: dict[str, Any] | None = None
        ring: dict[str, Any] | None = None
        if session is not None and session.ring is not None and session.ring.agent_id == agent.id:
            ring = {"session_id": session.id, **self._office.centre.ringing.incoming(session, now)}
        elif session is not None and not session.record.is_over and session.phase is not Phase.QUEUED:
            way_in = self._office.way_in(session.id, agent.id)
            call = {"session": session.record.view(now), **way_in, **self._office.audio.view(session)}
        return {
            **desk.queue_message(now),
            "action": "workplace",
            "agent": agent.view(),
            "agents": [one.view() for one in desk.pool.agents.values()],
            "ring": ring,
            "call": call,
        }
