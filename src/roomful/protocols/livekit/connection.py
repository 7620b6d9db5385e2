"""One signal connection: between a WebSocket and the session that it belongs to."""

import asyncio
import logging
import time

from roomful.protocols.livekit.codes import CloseCode
from roomful.protocols.livekit.frames import BadFrame, Frame, decode_request
from roomful.protocols.livekit.rate import TokenBucket
from roomful.protocols.livekit.session import Session
from roomful.sockets import Socket

logger = logging.getLogger(__name__)


class SignalConnection:
    """A `Connection` for the session, and the receiver of its client's messages."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._session: Session | None = None
        self._bucket = TokenBucket(time.monotonic())
        self._is_text = False
        """The client's last message was text, so that it gets text."""

    def send(self, frame: Frame) -> None:
        self._socket.send_frame(frame.as_text() if self._is_text else frame.as_binary())

    def close(self, code: int) -> None:
        self._socket.close(code)

    def listen(self, session: Session | None) -> None:
        """Begin to take messages, once the session, if there is one, has said what a client is told first."""
        self._session = session
        # What a client is told first is as large as its room.
        self._socket.limit += self._socket.buffered
        self._socket.listen(self)

    def on_message(self, message: str | bytes) -> None:
        if self._session is None or not self._socket.is_open:
            return
        self._is_text = isinstance(message, str)
        self._take(message, self._session)
        delay = self._bucket.take(time.monotonic())
        if delay:
            self._socket.pause_reading()
            asyncio.get_running_loop().call_later(delay, self._socket.resume_reading)

    def on_disconnect(self, code: int) -> None:
        if self._session is not None:
            self._session.on_signal_lost(self, time.time())

    def _take(self, message: str | bytes, session: Session) -> None:
        try:
            request = decode_request(message)
        except BadFrame as error:
            logger.info("participant %s: %s", session.participant.sid, error)
            self.close(CloseCode.INVALID_PAYLOAD)
            return
        now = time.time()
        try:
            session.receive(request, now)
        except Exception:  # a bug costs the participant that found it, and nobody else
            logger.exception("a request of participant %s failed", session.participant.sid)
            session.fail(now)
