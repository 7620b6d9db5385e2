"""One WebSocket to Janus: questions and their answers, and whose an event is. specs/nkmedia.md §10.1.

No I/O and no clock: messages and the time come in by calls, and what is to be sent goes out by a function.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from roomful.config import JanusConfig
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.janus.errors import of_core, of_plugin
from roomful.protocols.nkmedia.janus.messages import Message
from roomful.protocols.nkmedia.pending import Pending

ANSWER_WITHIN = 10.0
KEEP_ALIVE_EVERY = 25.0
"""Seconds; Janus ends sessions from which it heard nothing for 60."""

_encode = msgspec.json.Encoder().encode
logger = logging.getLogger(__name__)


class JanusSession(Protocol):
    """A session of Janus's, as `Link` is one."""

    def on_event(self, message: Message) -> None: ...

    def on_lost(self) -> None:
        """Janus has ended it, or is gone."""
        ...


class _Asked(msgspec.Struct):
    until: float
    answer: Pending
    event: bool
    """An `ack` is not the answer yet."""


class Client:
    """See the module. Without a connection every question is refused with NO_MEDIASERVER."""

    def __init__(self, config: JanusConfig, clock: Callable[[], float]) -> None:
        self.sessions: dict[int, JanusSession] = {}
        self._credentials = {"apisecret": config.api_secret, "token": config.token}
        self._credentials = {name: value for name, value in self._credentials.items() if value}
        self._clock = clock
        self._send: Callable[[bytes], None] | None = None
        self._asked: dict[str, _Asked] = {}
        """Transaction → what waits for its answer, the oldest first."""
        self._keep_alive_at = 0.0

    def connected(self, send: Callable[[bytes], None], now: float) -> None:
        self._send = send
        self._keep_alive_at = now + KEEP_ALIVE_EVERY

    def lost(self) -> None:
        """The connection is gone, and with it all sessions."""
        self._send = None
        asked, self._asked = self._asked, {}
        sessions, self.sessions = self.sessions, {}
        for one in asked.values():
            one.answer.settle(NkError(Code.JANUS_SESSION_DOWN))
        for session in sessions.values():
            session.on_lost()

    def ask(self, kind: str, *, event: bool = False, **fields: Any) -> Pending:
        """The outcome is what the plugin says, or Janus itself; `jsep` in it is the SDP that came along.

        `event`: the answer follows the `ack`.
        """
        answer = Pending()
        if self._send is None:
            answer.settle(NkError(Code.NO_MEDIASERVER))
            return answer
        transaction = secrets.token_hex(8)
        self._asked[transaction] = _Asked(self._clock() + ANSWER_WITHIN, answer, event)
        self._send(_encode({"janus": kind, "transaction": transaction, **fields, **self._credentials}))
        return answer

    def receive(self, message: Message) -> None:
        asked = self._asked.get(message.transaction)
        if asked is not None:
            if message.janus == "ack" and asked.event:
                return
            del self._asked[message.transaction]
            asked.answer.settle(_outcome_of(message))
            return
        session = self.sessions.get(message.session_id)
        if session is None:
            return
        if message.janus == "timeout":
            del self.sessions[message.session_id]
            session.on_lost()
        else:
            session.on_event(message)

    def on_time(self, now: float) -> None:
        """To be called every second or so."""
        overdue: list[_Asked] = []
        for transaction, asked in list(self._asked.items()):
            if asked.until > now:
                break
            overdue.append(self._asked.pop(transaction))
        for asked in overdue:
            logger.warning("Janus did not answer a request")
            asked.answer.settle(NkError(Code.JANUS_CONNECTION_ERROR))
        if self._send is not None and now >= self._keep_alive_at:
            self._keep_alive_at = now + KEEP_ALIVE_EVERY
            for session_id in list(self.sessions):
                self.ask("keepalive", session_id=session_id)


def _outcome_of(message: Message) -> dict[str, Any] | NkError:
    if message.janus == "error":
        error = message.error
        return of_core(0, "") if error is None else of_core(error.code, error.reason)
    refused = of_plugin(message.plugin_data)
    if refused is not None:
        return refused
    own = {"plugins": message.plugins, "full_trickle": message.full_trickle} if message.janus == "server_info" else {}
    return {**own, **message.data, **message.plugin_data, "jsep": "" if message.jsep is None else message.jsep.sdp}
