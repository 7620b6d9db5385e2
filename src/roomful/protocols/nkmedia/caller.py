"""On whose behalf a command is carried out."""

import abc
from typing import Any

from roomful.protocols.nkmedia.hub import Event
from roomful.protocols.nkmedia.pending import Pending


class Caller:
    """A user by HTTP, or, as `ConnectedCaller`, by a connection of its own."""

    user: str
    remote: str
    session_id: str = ""
    """Of the connection; empty by HTTP."""
    connected: bool = False
    """Whether there is a connection that can be told of events."""

    def tell(self, event: Event, body: Any) -> None:
        """Send an event with this body, if there is a connection."""


class ConnectedCaller(Caller, abc.ABC):
    """A user by a connection, which can be told of events and be asked."""

    @abc.abstractmethod
    def ask(self, class_name: str, subclass: str, cmd: str, data: dict[str, Any]) -> Pending:
        """Send a request of the server's own."""
        ...

    @abc.abstractmethod
    def stop(self) -> None:
        """End the connection."""
        ...


class HttpCaller(Caller):
    """By one HTTP request."""

    def __init__(self, user: str, remote: str) -> None:
        self.user = user
        self.remote = remote
