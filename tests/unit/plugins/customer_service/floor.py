"""A call centre without server, rooms or clock: only its rules, and what they want done."""

from typing import Any

from roomful.plugins.customer_service.agent import Account, Agent
from roomful.plugins.customer_service.centre import Centre
from roomful.plugins.customer_service.effects import Effect, GiveRoom, ToAgent, ToRoom
from roomful.plugins.customer_service.session import Session
from roomful.plugins.customer_service.settings import CustomerServiceSettings


class Floor:
    """`now` moves only by `pass_time`."""

    def __init__(self, **settings: Any) -> None:
        self.now = 1_000_000.0
        self.centre = Centre(CustomerServiceSettings(**settings))
        self.desk = self.centre.desk
        self.done: list[Effect] = []

    def hire(self, *names: str) -> list[Agent]:
        """Agents who are ready, at their workplaces."""
        agents: list[Agent] = []
        for name in names:
            agent = self.desk.pool.add(Account(id=name, name=name.title(), username=name, password=""))
            self.centre.attendance.connected(agent)
            agents.append(agent)
        for agent in agents:
            self.switch(agent, "ready")
        return agents

    def switch(self, agent: Agent, switch: str) -> None:
        self.centre.attendance.switch(agent, switch, self.now)

    def visitor(self, name: str = "John") -> Session:
        """A customer who has followed the link."""
        session = self.centre.create(f"{name} asks", name, self.now)
        self.centre.calling.joined(session, session.record.customer_id, self.now)
        return session

    def accept(self, session: Session, agent: Agent) -> None:
        self.centre.ringing.accept(session, agent, None, self.now)

    def answer(self, session: Session) -> Agent:
        """Whoever it rings at takes the call, and is in the room."""
        assert session.ring is not None
        agent = self.desk.pool.get(session.ring.agent_id)
        self.accept(session, agent)
        self.enter(session, agent)
        return agent

    def enter(self, session: Session, agent: Agent) -> None:
        self.centre.calling.joined(session, agent.id, self.now)

    def reject(self, session: Session) -> str:
        """Returns who did."""
        assert session.ring is not None
        agent = self.desk.pool.get(session.ring.agent_id)
        self.centre.ringing.reject(session, agent, self.now)
        return agent.id

    def pass_time(self, seconds: float) -> None:
        """From one thing that is due to the next."""
        end = self.now + seconds
        for _ in range(100_000):
            due = self.centre.due()
            if due is None or due > end:
                self.now = end
                return
            self.now = max(self.now, due)
            self.centre.on_time(self.now)
        raise AssertionError("something is due for ever")

    def told(self, action: str, agent: str | None = None) -> list[dict[str, Any]]:
        """Messages of this action: in rooms, or at that agent's workplace."""
        self.done += self.desk.drain()
        if agent is None:
            found = [one.message for one in self.done if isinstance(one, ToRoom)]
        else:
            found = [one.message for one in self.done if isinstance(one, ToAgent | GiveRoom) and one.agent_id == agent]
        return [message for message in found if message["action"] == action]

    def did(self, kind: type[Effect]) -> list[Effect]:
        self.done += self.desk.drain()
        return [one for one in self.done if isinstance(one, kind)]
