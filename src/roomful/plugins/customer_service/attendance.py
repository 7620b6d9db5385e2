"""Agents come to their workplaces and go. specs/monibuca-rooms.md §8.2."""

from roomful.plugins.customer_service.agent import Account, Agent
from roomful.plugins.customer_service.calling import Calling
from roomful.plugins.customer_service.desk import Desk
from roomful.plugins.customer_service.ringing import Ringing
from roomful.plugins.customer_service.status import AgentState, Trigger, bad_state

GRACE = 30.0
"""Seconds in which a lost connection may come back: an agent's to its workplace, anybody's to a call."""
SWITCHES = {
    "check_in": Trigger.CHECK_IN,
    "check_out": Trigger.CHECK_OUT,
    "ready": Trigger.READY,
    "busy": Trigger.BUSY,
}


class Attendance:
    """See the module."""

    def __init__(self, desk: Desk, ringing: Ringing, calling: Calling) -> None:
        self._desk = desk
        self._ringing = ringing
        self._calling = calling

    def connected(self, agent: Agent) -> None:
        """A workplace of the agent's is open: it is checked in."""
        agent.connections += 1
        agent.lost_at = None
        if agent.state is AgentState.OFFLINE:
            self._desk.step(agent, Trigger.CHECK_IN)

    def disconnected(self, agent: Agent, now: float) -> None:
        agent.connections -= 1
        if agent.connections == 0:
            agent.lost_at = now

    def switch(self, agent: Agent, switch: str, now: float) -> None:
        """`switch`: one of `SWITCHES`. What is so already stays so. Raises RoomApiError (BAD_STATE)."""
        trigger = SWITCHES[switch]
        settled = {
            Trigger.CHECK_IN: (AgentState.ONLINE, AgentState.READY, AgentState.RINGING, AgentState.BUSY),
            Trigger.CHECK_OUT: (AgentState.OFFLINE,),
            Trigger.READY: (AgentState.READY,),
            Trigger.BUSY: (AgentState.ONLINE,),
        }
        if agent.state not in settled[trigger]:
            self._desk.step(agent, trigger)
        self._ringing.dispatch(now)

    def gone(self, agent: Agent, now: float) -> None:
        """The workplace has been lost for longer than the grace. A call that is on stays as long as its own socket."""
        session = self._desk.sessions.get(agent.session_id or "")
        if agent.state is AgentState.RINGING and session is not None:
            self._ringing.cancel(session, "timeout", now, Trigger.MISSED)
            session.tried.add(agent.id)
        if agent.state is AgentState.BUSY and session is not None and session.record.agent_id == agent.id:
            return
        if agent.state is not AgentState.OFFLINE:
            agent.session_id, agent.wrap_up_until, agent.wants_break = None, None, False
            self._desk.step(agent, Trigger.LOST)
        agent.lost_at = None
        self._ringing.dispatch(now)

    def changed(self, agent: Agent, account: Account, now: float) -> None:
        """The account is another now; one that is switched off takes no more calls."""
        agent.account = account
        if not account.enabled and agent.state is AgentState.READY:
            self.switch(agent, "busy", now)

    def remove(self, agent: Agent) -> None:
        """Raises RoomApiError (BAD_STATE) in a call."""
        if agent.state in (AgentState.RINGING, AgentState.BUSY):
            raise bad_state(agent.state, f"{agent.name} is on a call")
        if agent.state is not AgentState.OFFLINE:
            self._desk.step(agent, Trigger.CHECK_OUT)
        self._desk.pool.remove(agent.id)

    def due(self, agent: Agent) -> float | None:
        times = [agent.wrap_up_until]
        if agent.lost_at is not None and not self._is_kept(agent):
            times.append(agent.lost_at + GRACE)
        return min((at for at in times if at is not None), default=None)

    def on_time(self, agent: Agent, now: float) -> None:
        if agent.wrap_up_until is not None and agent.wrap_up_until <= now:
            agent.free()
            self._desk.note(agent)
            self._ringing.dispatch(now)
        if agent.lost_at is not None and agent.lost_at + GRACE <= now and not self._is_kept(agent):
            self.gone(agent, now)

    def _is_kept(self, agent: Agent) -> bool:
        session = self._desk.sessions.get(agent.session_id or "")
        return agent.state is AgentState.BUSY and session is not None and session.record.agent_id == agent.id
