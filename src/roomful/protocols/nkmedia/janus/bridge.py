"""Two clients that hear and see each other through Janus's video call: one offers, the other answers.

The session of the one who offers is a `proxy` until somebody answers; the other's is a `bridge` to it. When one of them
ends, so does the other. specs/nkmedia.md §9.4, §10.3.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from roomful.media.descriptions import Description
from roomful.protocols.nkmedia.caller import Caller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.commands import MediaCreate, Sdp
from roomful.protocols.nkmedia.janus.link import VIDEOCALL, Handle
from roomful.protocols.nkmedia.janus.messages import Message
from roomful.protocols.nkmedia.janus.private_session import PrivateSession
from roomful.protocols.nkmedia.media_session import MediaSession, read_description
from roomful.protocols.nkmedia.pending import Pending
from roomful.protocols.nkmedia.services import Services
from roomful.protocols.nkmedia.steps import Steps

if TYPE_CHECKING:
    from roomful.protocols.nkmedia.janus.engine import JanusEngine


class _Party(PrivateSession):
    """One of the two. Its id is its name at Janus."""

    partner: "_Party | None" = None

    def end(self, reason: NkError, now: float) -> None:
        if reason.code is Code.PEER_STOPPED and self.partner is not None:
            reason = NkError(Code.BRIDGE_STOP)
        super().end(reason, now)
        partner, self.partner = self.partner, None
        if partner is not None:
            partner.end(NkError(Code.BRIDGE_STOP if self._engine.is_up else self.lost), now)

    def change(self, handle: Handle, **body: Any) -> Steps[None]:
        yield handle.ask("set", **body)

    def register(self) -> Steps[Handle]:
        """Raises NkError."""
        handle = self._handle = yield from self._attachment.open(VIDEOCALL)
        yield handle.ask("register", username=self.id)
        wishes = self.wishes()
        if wishes:
            yield handle.ask("set", **wishes)
        return handle

    def details(self) -> dict[str, Any]:
        return {} if self.partner is None else {"peer_id": self.partner.id}


class Proxy(_Party):
    """Who offers."""

    type = "proxy"

    def __init__(
        self,
        engine: "JanusEngine",
        services: Services,
        caller: Caller,
        command: MediaCreate,
        session_id: str,
        on_stopped: Callable[[MediaSession, float], None],
        now: float,
    ) -> None:
        super().__init__(engine, services, caller, command, session_id, on_stopped, now)
        self._offered = Pending()
        """Settled when there is an offer to hand on."""

    def take(self, given: Description) -> Steps[None]:
        self._given = given
        yield from self.register()
        self._offered.settle(None)

    def call(self, partner: "Bridge") -> Steps[None]:
        """Hand the offer on. Raises NkError."""
        yield self._offered
        if self._handle is None or self.stopped:
            raise NkError(Code.SESSION_NOT_FOUND)
        yield self._handle.ask("call", offer=self._given.text(), trickle=self._trickles, username=partner.id)
        self._attachment.described()

    def on_plugin_event(self, message: Message) -> None:
        if _event(message) == "accepted" and message.jsep is not None:
            self.type = "bridge"
            self.set_description("answer", message.jsep.sdp)
            self.tell("type", {"type": self.type, **self.details()})


class Bridge(_Party):
    """Who answers."""

    type = "bridge"

    def ring(self, proxy: Proxy) -> None:
        """Have the other's offer handed on. Raises NkError (INVALID_OPERATION: somebody has it already)."""
        if proxy.partner is not None:
            raise NkError(Code.INVALID_OPERATION)
        self.partner, proxy.partner = proxy, self
        self._attachment.walk(self._ring(proxy))

    def take_answer(self, given: Sdp, now: float) -> None:
        if self.answer is not None:
            raise NkError(Code.ANSWER_ALREADY_SET)
        if self.offer is None:
            raise NkError(Code.OFFER_NOT_SET)
        self.receive(given, read_description(given), now, complete=self.command.no_answer_trickle_ice)
        self.set_description("answer", given.sdp)

    def take(self, given: Description) -> Steps[None]:
        if self._handle is None:
            raise NkError(Code.INVALID_STATE)
        accepted = self._handle.ask("accept", answer=given.text(), trickle=self._trickles)
        self._attachment.described()
        yield accepted

    def on_plugin_event(self, message: Message) -> None:
        if _event(message) == "incomingcall" and message.jsep is not None:
            self.set_description("offer", message.jsep.sdp)

    def _ring(self, proxy: Proxy) -> Steps[None]:
        yield from self.register()
        yield from proxy.call(self)


def _event(message: Message) -> str:
    result: Any = message.plugin_data.get("result")
    return str(cast(dict[str, Any], result).get("event", "")) if isinstance(result, dict) else ""
