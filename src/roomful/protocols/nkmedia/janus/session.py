"""What all media sessions on Janus have: a session of Janus's, a handle, and what its events say of the client."""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from roomful.protocols.nkmedia.codes import Code
from roomful.protocols.nkmedia.janus.client import Client
from roomful.protocols.nkmedia.janus.link import Handle, Link
from roomful.protocols.nkmedia.janus.messages import Message
from roomful.protocols.nkmedia.steps import Steps, walk

MAX_EARLY = 64
"""Candidates that wait for the handle."""

logger = logging.getLogger(__name__)


class Owner(Protocol):
    """The media session."""

    id: str
    stopped: bool

    def tell(self, kind: str, body: dict[str, Any]) -> None: ...

    def stop(self, code: Code, now: float) -> None: ...

    def guard(self, act: Callable[[], None], now: float) -> None: ...


class Attachment:
    """The client's side of a media session on Janus. `on_up` is called when its connection is up."""

    def __init__(
        self,
        owner: Owner,
        client: Client,
        clock: Callable[[], float],
        on_up: Callable[[], None],
        on_plugin_event: Callable[[Message], None] = lambda message: None,
    ) -> None:
        self.link = Link(client, lambda: owner.stop(Code.JANUS_SESSION_DOWN, clock()))
        self._owner = owner
        self._clock = clock
        self._on_up = on_up
        self._on_plugin_event = on_plugin_event
        self._handle: Handle | None = None
        self._early: list[str] | None = []
        """Candidates from before the description they belong to; None: it is there."""

    def walk(self, steps: Steps[None]) -> None:
        """Take steps as long as the media session lasts; what goes wrong in them ends it."""

        def guard(step: Callable[[], None]) -> None:
            if not self._owner.stopped:
                self._owner.guard(step, self._clock())

        walk(steps, guard)

    def open(self, plugin: str) -> Steps[Handle]:
        """Raises NkError."""
        yield from self.link.open()
        self._handle = yield from self.link.attach(plugin, self._on_event, f"nk:{self._owner.id}")
        return self._handle

    def described(self) -> None:
        """Janus has the client's description: candidates may go to it."""
        early, self._early = self._early, None
        for candidate in early or ():
            self.trickle(candidate)

    def trickle(self, candidate: str) -> None:
        """Of the client; empty: there are no more."""
        if self._early is not None:
            self._early = [*self._early, candidate][:MAX_EARLY]
        elif self._handle is not None:
            self._handle.trickle(candidate)

    def _on_event(self, message: Message) -> None:
        match message.janus:
            case "webrtcup":
                self._owner.guard(self._on_up, self._clock())
                self._owner.tell("status", {"class": "webrtc", "status": "up"})
            case "media":
                status = "up" if message.receiving else "down"
                self._owner.tell("status", {"class": "media", "media": message.type, "status": status})
            case "slowlink":
                self._owner.tell("status", {"class": "slow_link", "lost": message.lost, "uplink": message.uplink})
            case "hangup" | "detached":
                logger.info("media session %s: Janus says %s %s", self._owner.id, message.janus, message.reason)
                self._owner.stop(Code.JANUS_SESSION_DOWN, self._clock())
            case "event":
                self._on_plugin_event(message)
            case _:
                pass
