"""All sessions and agents, and who has to be told what. What is to be done comes out as effects."""

from collections import deque
from typing import Any

from roomful.plugins.customer_service.agent import Agent, AgentPool
from roomful.plugins.customer_service.effects import (
    Effect,
    LogState,
    SaveSession,
    ToAgent,
    ToAllAgents,
    ToRoom,
)
from roomful.plugins.customer_service.session import Session, SessionRecord
from roomful.plugins.customer_service.settings import CustomerServiceSettings
from roomful.plugins.customer_service.status import AgentState, Phase, Status, Trigger
from roomful.rooms.extension import Code, RoomApiError

USUAL_CALL_SECONDS = 180.0
"""What a call is taken to last, before there were any."""
REMEMBERED_CALLS = 20
IN_QUEUE = frozenset({Phase.QUEUED, Phase.RINGING})
AT_WORK = (AgentState.READY, AgentState.RINGING, AgentState.BUSY)


class Desk:
    """What `Ringing`, `Calling` and `Attendance` share."""

    def __init__(self, settings: CustomerServiceSettings) -> None:
        self.settings = settings
        self.sessions: dict[str, Session] = {}
        """Those that are not over, and those that their customers may still rate."""
        self.pool = AgentPool()
        self._effects: deque[Effect] = deque()
        self._told_states: dict[str, AgentState] = {}
        self._told_queue: tuple[str, ...] = ()
        self._durations: deque[float] = deque(maxlen=REMEMBERED_CALLS)

    def add(self, record: SessionRecord) -> Session:
        """Raises RoomApiError (LIMIT_REACHED)."""
        if sum(not one.record.is_over for one in self.sessions.values()) >= self.settings.max_sessions:
            raise RoomApiError(Code.LIMIT_REACHED, "too many sessions are open; try again later")
        session = self.sessions[record.id] = Session(record)
        self.save(session)
        return session

    def session(self, session_id: str) -> Session:
        """Raises RoomApiError (NOT_FOUND)."""
        session = self.sessions.get(session_id)
        if session is None:
            raise RoomApiError(Code.NOT_FOUND, f"there is no session {session_id!r} that is not over")
        return session

    # Effects

    def do(self, effect: Effect) -> None:
        self._effects.append(effect)

    def drain(self) -> list[Effect]:
        """All that is to be done, in order."""
        effects = list(self._effects)
        self._effects.clear()
        return effects

    def next_effect(self) -> Effect | None:
        """What is to be done next."""
        return self._effects.popleft() if self._effects else None

    def save(self, session: Session) -> None:
        self.do(SaveSession(session.record))

    def tell_room(self, session: Session, action: str, **fields: Any) -> None:
        self.do(ToRoom(session.id, {"action": action, "session_id": session.id, **fields}))

    def tell_customer(self, session: Session, action: str, **fields: Any) -> None:
        self.tell_one(session, session.record.customer_id, action, **fields)

    def tell_one(self, session: Session, user_id: str, action: str, **fields: Any) -> None:
        """Tell one of the two, in the room."""
        self.do(ToRoom(session.id, {"action": action, "session_id": session.id, **fields}, (user_id,)))

    def tell_agent(self, agent: Agent, action: str, session: Session, **fields: Any) -> None:
        self.do(ToAgent(agent.id, {"action": action, "session_id": session.id, **fields}))

    # Agents

    def step(self, agent: Agent, trigger: Trigger) -> None:
        """Raises RoomApiError (BAD_STATE)."""
        agent.step(trigger)
        self.note(agent)

    def note(self, agent: Agent) -> None:
        """Tell everybody if the agent's state has changed."""
        if self._told_states.get(agent.id, AgentState.OFFLINE) is not agent.state:
            self._told_states[agent.id] = agent.state
            self.do(LogState(agent.id, agent.state.value))
            self.do(ToAllAgents({"action": "agent_state", "agent": agent.view()}))

    def agent_of(self, session: Session) -> Agent | None:
        """Who has the call."""
        agent_id = session.record.agent_id
        return None if agent_id is None else self.pool.agents.get(agent_id)

    def after_call(self, agent: Agent, now: float) -> None:
        """The call is over for this agent: it gets its time to wrap up, or is free."""
        agent.session_id = None
        if agent.state is AgentState.BUSY:
            if self.settings.wrap_up and agent.connections:
                agent.wrap_up_until = now + self.settings.wrap_up
            else:
                agent.free()
        self.note(agent)

    # The queue

    def queue(self) -> list[Session]:
        """Who waits, whoever came first at the head. One whose ring was for nothing is where it was before."""
        waiting = [one for one in self.sessions.values() if self._waits(one)]
        return sorted(waiting, key=lambda one: (one.record.queued_at or 0.0, one.record.created_at))

    def longest_wait(self, now: float) -> int:
        queue = self.queue()
        return queue[0].record.wait_seconds(now) if queue else 0

    def estimated_wait(self, position: int) -> int:
        """Seconds: as many calls as have to end before, at the length of the last ones."""
        usual = sum(self._durations) / len(self._durations) if self._durations else USUAL_CALL_SECONDS
        if self.pool.count(AgentState.READY) >= position:
            return 0
        return round(position * usual / max(1, self.pool.count(*AT_WORK)))

    def call_lasted(self, seconds: float) -> None:
        self._durations.append(seconds)

    def announce_queue(self, now: float) -> None:
        """Tell those whose position, or number of companions, has changed, and the agents."""
        queue = self.queue()
        for position, session in enumerate(queue, 1):
            place = (position, len(queue))
            if session.told_position != place and session.customer_here:
                session.told_position = place
                self.tell_customer(session, "queue_position", **self.place(session, queue))
        ids = tuple(one.id for one in queue)
        if ids != self._told_queue:
            self._told_queue = ids
            self.do(ToAllAgents(self.queue_message(now)))

    def place(self, session: Session, queue: list[Session] | None = None) -> dict[str, int]:
        queue = self.queue() if queue is None else queue
        position = queue.index(session) + 1
        return {"position": position, "waiting": len(queue), "estimated_wait": self.estimated_wait(position)}

    def queue_message(self, now: float) -> dict[str, Any]:
        return {"action": "queue_updated", "waiting": len(self.queue()), "longest_wait": self.longest_wait(now)}

    @staticmethod
    def _waits(session: Session) -> bool:
        record = session.record
        return record.status is Status.WAITING and record.phase in IN_QUEUE
