"""What both directions of frames need of the media engine."""

from collections.abc import Callable
from typing import Protocol

from roomful._native import Event


class PortApi(Protocol):
    """Ports: where frames leave the engine or come in. All commands raise `roomful.media.api.MediaError`."""

    def next_port(self) -> int:
        """Return a number for a new port."""
        ...

    def attach_port(self, port: int, handler: Callable[[Event], None]) -> None:
        """Deliver the port's events to `handler`."""
        ...

    def detach_port(self, port: int) -> None:
        """Drop the port's events from now on."""
        ...

    def close_port(self, port: int) -> None:
        """Close the descriptor: after a STOP record on the way out; on the way in, the tracks are gone."""
        ...
