"""The open connections of agents' workplaces."""

from collections.abc import Mapping
from typing import Any

from roomful.rooms.extension import Code, PluginSocket, RoomApiError

MAX_CONNECTIONS = 5
"""Of one agent: tabs and devices."""


class Workplaces:
    """See the module."""

    def __init__(self) -> None:
        self._sockets: dict[str, list[PluginSocket]] = {}
        """By agent."""
        self._owners: dict[PluginSocket, str] = {}

    def open(self, agent_id: str, socket: PluginSocket) -> None:
        """Raises RoomApiError (LIMIT_REACHED)."""
        sockets = self._sockets.setdefault(agent_id, [])
        if len(sockets) >= MAX_CONNECTIONS:
            raise RoomApiError(Code.LIMIT_REACHED, f"an agent has {MAX_CONNECTIONS} workplaces at most")
        sockets.append(socket)
        self._owners[socket] = agent_id

    def close(self, socket: PluginSocket) -> str | None:
        """Whose it was; None if it never was open."""
        agent_id = self._owners.pop(socket, None)
        if agent_id is not None:
            self._sockets[agent_id].remove(socket)
            if not self._sockets[agent_id]:
                del self._sockets[agent_id]
        return agent_id

    def owner(self, socket: PluginSocket) -> str:
        return self._owners[socket]

    def send(self, agent_id: str, message: Mapping[str, Any], now: float) -> None:
        """To all of an agent's; nowhere, if there is none."""
        for socket in self._sockets.get(agent_id, ()):
            socket.send(stamped(message, now))

    def send_all(self, message: Mapping[str, Any], now: float) -> None:
        for socket in self._owners:
            socket.send(stamped(message, now))

    def send_away(self, agent_id: str, reason: str) -> None:
        """The account is gone, or has another password."""
        for socket in self._sockets.get(agent_id, ()):
            socket.close(4001, reason)


def stamped(message: Mapping[str, Any], now: float) -> dict[str, Any]:
    return {**message, "ts": round(now * 1000)}
