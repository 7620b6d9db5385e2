"""A session of Janus's and its handles. Each media session has one, so that what fails there fails alone."""

from collections.abc import Callable
from typing import Any

from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.janus.client import Client
from roomful.protocols.nkmedia.janus.messages import Message
from roomful.protocols.nkmedia.pending import Outcome, Pending
from roomful.protocols.nkmedia.steps import Steps

VIDEOROOM = "janus.plugin.videoroom"
ECHOTEST = "janus.plugin.echotest"
VIDEOCALL = "janus.plugin.videocall"

EventHandler = Callable[[Message], None]


class Handle:
    """An attachment to a plugin, with at most one peer connection."""

    def __init__(self, client: Client, session_id: int, handle_id: int) -> None:
        self._client = client
        self._place: dict[str, Any] = {"session_id": session_id, "handle_id": handle_id}

    def ask(self, request: str, *, offer: str = "", answer: str = "", trickle: bool = False, **body: Any) -> Pending:
        """A request that is answered by an event, with an SDP if there is one. `trickle`: its candidates follow."""
        kind = "offer" if offer else "answer"
        jsep = {"jsep": {"type": kind, "sdp": offer or answer, "trickle": trickle}} if offer or answer else {}
        named = {"request": request} if request else {}
        return self._client.ask("message", event=True, **self._place, body={**named, **body}, **jsep)

    def ask_now(self, request: str, **body: Any) -> Pending:
        """A request that is answered at once."""
        return self._client.ask("message", **self._place, body={"request": request, **body})

    def trickle(self, candidate: str) -> None:
        """Empty: there are no more. All sections are one bundle, whose candidates are those of the first."""
        line = {"sdpMLineIndex": 0, "candidate": candidate} if candidate else {"completed": True}
        self._client.ask("trickle", **self._place, candidate=line)


class Link:
    """See the module. `on_lost` is called when Janus ends it; not after `close`."""

    def __init__(self, client: Client, on_lost: Callable[[], None]) -> None:
        self._client = client
        self._on_lost = on_lost
        self._id = 0
        self._closed = False
        self._handlers: dict[int, EventHandler] = {}

    def open(self) -> Steps[None]:
        """Raises NkError."""
        opened = Pending()

        def done(outcome: Outcome) -> None:
            if isinstance(outcome, dict):
                self._id = outcome["id"]
                self._client.sessions[self._id] = self
                if self._closed:
                    self._destroy()
            opened.settle(outcome)

        self._client.ask("create").then(done)
        yield opened

    def attach(self, plugin: str, on_event: EventHandler, opaque_id: str = "") -> Steps[Handle]:
        """Raises NkError."""
        if self._closed:
            raise NkError(Code.JANUS_SESSION_DOWN)
        name: dict[str, Any] = {"opaque_id": opaque_id} if opaque_id else {}
        attached = yield self._client.ask("attach", session_id=self._id, plugin=plugin, **name)
        self._handlers[attached["id"]] = on_event
        return Handle(self._client, self._id, attached["id"])

    def close(self) -> None:
        """End it, with its handles and their peer connections."""
        self._closed = True
        if self._id in self._client.sessions:
            self._destroy()

    def _destroy(self) -> None:
        del self._client.sessions[self._id]
        self._client.ask("destroy", session_id=self._id)

    # Of the client

    def on_event(self, message: Message) -> None:
        handler = self._handlers.get(message.sender)
        if handler is not None and not self._closed:
            handler(message)

    def on_lost(self) -> None:
        if not self._closed:
            self._closed = True
            self._on_lost()
