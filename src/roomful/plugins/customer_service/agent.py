"""Agents: their accounts, their states, and whose turn it is. specs/monibuca-rooms.md §8.2, §8.3."""

from collections.abc import Callable, Iterable

import msgspec

from roomful.plugins.customer_service.status import AgentState, Trigger, after, bad_state
from roomful.rooms.extension import Code, RoomApiError


class Account(msgspec.Struct, kw_only=True):
    """Somebody who may log in as an agent, as it is kept."""

    id: str
    name: str
    username: str
    password: str
    """A hash; see `passwords`."""
    avatar: str = ""
    enabled: bool = True
    generation: int = 0
    """Goes up with every new password: tokens from before are void."""
    created_at: float = 0


class Agent:
    """An account and what its owner is doing."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.state = AgentState.OFFLINE
        self.session_id: str | None = None
        """Which rings at it, or which it talks in."""
        self.connections = 0
        """Of its workplace."""
        self.lost_at: float | None = None
        """When the last of them was lost, unix seconds."""
        self.wants_break = False
        """The busy switch was used in the call."""
        self.wrap_up_until: float | None = None

    @property
    def id(self) -> str:
        return self.account.id

    @property
    def name(self) -> str:
        return self.account.name

    def step(self, trigger: Trigger) -> bool:
        """Change the state; returns whether it is another now. Raises RoomApiError (BAD_STATE)."""
        before = self.state
        if before is AgentState.BUSY and trigger in (Trigger.BUSY, Trigger.READY):
            self.wants_break = trigger is Trigger.BUSY
            if trigger is Trigger.READY and self.wrap_up_until is not None:  # has had enough time after the call
                self.free()
            return self.state is not before
        self.state = after(before, trigger)
        return self.state is not before

    def take(self, session_id: str) -> None:
        """A call rings. Raises RoomApiError (TARGET_BUSY) where it cannot."""
        if self.state is not AgentState.READY:
            raise RoomApiError(Code.TARGET_BUSY, f"{self.name} is {self.state.value}", status=self.state.value)
        self.step(Trigger.RING)
        self.session_id = session_id

    def free(self) -> None:
        """Ready for the next call, or online after the busy switch."""
        self.step(Trigger.FREE)
        self.session_id, self.wrap_up_until = None, None
        if self.wants_break:
            self.step(Trigger.BUSY)
            self.wants_break = False

    def require_ringing(self, session_id: str) -> None:
        """Raises RoomApiError (BAD_STATE)."""
        if self.state is not AgentState.RINGING or self.session_id != session_id:
            raise bad_state(self.state, "that call does not ring at you")

    def view(self) -> dict[str, object]:
        account = self.account
        return {
            "id": account.id,
            "name": account.name,
            "username": account.username,
            "avatar": account.avatar,
            "enabled": account.enabled,
            "state": self.state.value,
            "session_id": self.session_id,
        }

    def face(self) -> dict[str, str]:
        """What customers see."""
        return {"id": self.id, "name": self.name, "avatar": self.account.avatar}


class AgentPool:
    """All agents. Ready ones get calls in turns: whoever got one is last in line for the next."""

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}
        self._line: list[str] = []

    def add(self, account: Account) -> Agent:
        agent = self.agents[account.id] = Agent(account)
        self._line.append(account.id)
        return agent

    def remove(self, agent_id: str) -> None:
        del self.agents[agent_id]
        self._line.remove(agent_id)

    def get(self, agent_id: str) -> Agent:
        """Raises RoomApiError (NOT_FOUND)."""
        agent = self.agents.get(agent_id)
        if agent is None:
            raise RoomApiError(Code.NOT_FOUND, f"there is no agent {agent_id!r}")
        return agent

    def by_username(self, username: str) -> Agent | None:
        return next((one for one in self.agents.values() if one.account.username == username), None)

    def next_ready(self, tried: Iterable[str]) -> Agent | None:
        """Whose turn it is, besides those who have been tried."""
        skipped = set(tried)
        return self._first(lambda one: one.state is AgentState.READY and one.id not in skipped)

    def any_ready(self) -> bool:
        return self._first(lambda one: one.state is AgentState.READY) is not None

    def chosen(self, agent: Agent) -> None:
        """It was its turn."""
        self._line.remove(agent.id)
        self._line.append(agent.id)

    def count(self, *states: AgentState) -> int:
        return sum(one.state in states for one in self.agents.values())

    def _first(self, fits: Callable[[Agent], bool]) -> Agent | None:
        return next((agent for agent_id in self._line if fits(agent := self.agents[agent_id])), None)
