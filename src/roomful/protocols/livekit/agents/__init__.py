"""Agents: programs that join rooms as participants when they are sent for. specs/livekit.md §6.5, §6.6.

A worker is one connection of such a program (`session`, with `connection` and `transport` around it). It registers for
a `Topic`. A room has dispatches, each the wish for agents of one name (`room_agents` says which jobs come of it, as
people come and go); `placement` offers a job to one worker after the other, and `jobs` looks after it until it ends.
"""

from roomful.protocols.livekit.agents.agents import Agents
from roomful.protocols.livekit.agents.service import AgentDispatchService
from roomful.protocols.livekit.agents.transport import AgentSocket

__all__ = ["AgentDispatchService", "AgentSocket", "Agents"]
