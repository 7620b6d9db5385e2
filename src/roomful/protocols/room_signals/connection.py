"""One WebSocket of Room Signals: reads signals one after another, whatever they have to wait for."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from roomful.protocols.room_signals import encode
from roomful.protocols.room_signals.bearers import Bearer
from roomful.protocols.room_signals.codes import CloseCode, Code, SignalError
from roomful.protocols.room_signals.decoding import BadSignal, Received, read, read_heartbeat
from roomful.protocols.room_signals.refusals import refusal_of
from roomful.protocols.room_signals.session import Session
from roomful.protocols.room_signals.signalling import Signalling
from roomful.rooms.errors import RoomError
from roomful.rooms.extension import RoomApiError
from roomful.sockets import Socket

MALFORMED_ALLOWED = 20
"""Messages that are no JSON object; after these the connection is closed."""
BUSY_SECONDS = 5
"""So many seconds in a row with as many messages as may be read, and more waiting."""
MAX_WAITING = 64
"""Messages that may wait for an earlier one; then the client is not read from any more."""

FAILURE = SignalError(Code.INTERNAL_SERVER_ERROR, "something went wrong here")

logger = logging.getLogger(__name__)


class Connection:
    """A `Receiver` of the socket, and the `Line` of sessions."""

    def __init__(
        self,
        signalling: Signalling,
        bearer: Bearer | None,
        socket: Socket,
        on_end: Callable[["Connection"], None],
        origin: str = "",
    ) -> None:
        """`on_end` is called once, when the WebSocket is gone."""
        self.bearer = bearer
        self.origin = origin
        self.sessions: set[Session] = set()
        self._signalling = signalling
        self._services = signalling.services
        self._socket = socket
        self._on_end = on_end
        self._malformed = 0
        self._waiting: deque[str] = deque()
        self._work: asyncio.Task[None] | None = None
        self._held_back: asyncio.TimerHandle | None = None
        now = self._services.steady()
        self._since = self._silent_since = self._second = now
        self._read = self._busy_seconds = 0
        self._gone = False
        self._arm(now)

    # Of sessions

    def send_frame(self, frame: bytes) -> None:
        self._silent_since = self._services.steady()
        self._socket.send_frame(frame)

    def close(self, code: int, why: str) -> None:
        self._socket.close(code, why)

    # Of the socket

    def on_message(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._socket.close(CloseCode.UNSUPPORTED_DATA, "messages are text")
            return
        self._count()
        if self._work is None:
            self._handle(message)
        else:
            self._waiting.append(message)
            if len(self._waiting) >= MAX_WAITING:
                self._socket.pause_reading()

    def on_disconnect(self, code: int) -> None:
        del code
        self._gone = True
        self._services.wheel.discard(self)
        if self._held_back is not None:
            self._held_back.cancel()
        self._waiting.clear()
        now = self._services.clock()
        for session in list(self.sessions):
            session.on_lost(now)
        self._on_end(self)

    # Of the wheel

    def on_time(self, now: float) -> float | None:
        """In steady time: say something if nothing has been said for long; end what has lasted too long."""
        settings = self._services.settings
        if settings.max_connection and now >= self._since + settings.max_connection:
            self._socket.close(CloseCode.NORMAL, "connect again")
            return None
        if settings.keepalive and now >= self._silent_since + settings.keepalive:
            self.send_frame(encode.keepalive(self._services.clock()))
        return self._due()

    def _arm(self, now: float) -> None:
        due = self._due()
        if due is not None:
            self._services.wheel.set(self, max(now, due))

    def _due(self) -> float | None:
        settings = self._services.settings
        times: list[float] = []
        if settings.keepalive:
            times.append(self._silent_since + settings.keepalive)
        if settings.max_connection:
            times.append(self._since + settings.max_connection)
        return min(times, default=None)

    # How much it sends

    def _count(self) -> None:
        """Read no more in this second from a client that has sent enough; close one that always does."""
        limit = self._services.settings.rate_limit
        now = self._services.steady()
        if now >= self._second + 1:
            if self._read <= limit or now >= self._second + 2:
                self._busy_seconds = 0
            self._second, self._read = now, 0
        self._read += 1
        if not limit or self._read != limit + 1:
            return
        self._busy_seconds += 1
        if self._busy_seconds >= BUSY_SECONDS:
            self._socket.close(CloseCode.POLICY_VIOLATION, "too many messages")
        elif self._held_back is None:
            self._socket.pause_reading()
            self._held_back = asyncio.get_running_loop().call_later(self._second + 1 - now, self._read_on)

    def _read_on(self) -> None:
        self._held_back = None
        if len(self._waiting) < MAX_WAITING:
            self._socket.resume_reading()

    # Signals

    def _handle(self, text: str) -> None:
        """Do at once what can be done at once."""
        if self._take_heartbeat(text):
            return
        try:
            received = read(text)
        except BadSignal as error:
            self._refuse_malformed(error)
            return
        try:
            work = self._signalling.receive(self, received, self._services.clock())
        except (SignalError, RoomError, RoomApiError) as error:
            self._refuse(received, refusal_of(error))
        except Exception:  # a bug costs the one that found it a signal, and nobody else anything
            logger.exception("%s of room %s failed", received.signal.name, received.signal.rid)
            self._refuse(received, FAILURE)
        else:
            if work is not None:
                self._work = asyncio.ensure_future(self._finish(received, work))

    def _take_heartbeat(self, text: str) -> bool:
        """Take a HEARTBEAT that can be taken. What is to be said to others needs the whole object."""
        signal = read_heartbeat(text)
        if signal is None:
            return False
        try:
            self._signalling.receive(self, Received(signal, {}), self._services.clock())
        except Exception:  # noqa: BLE001 - nothing has changed: it is found once more, and dealt with
            return False
        return True

    async def _finish(self, received: Received, work: Awaitable[None]) -> None:
        try:
            await work
        except (SignalError, RoomError, RoomApiError) as error:
            self._refuse(received, refusal_of(error))
        except Exception:
            logger.exception("%s of room %s failed", received.signal.name, received.signal.rid)
            self._refuse(received, FAILURE)
        finally:
            self._work = None
        if self._gone:  # while it was waited for: who came in has no connection
            for session in list(self.sessions):
                session.on_lost(self._services.clock())
            return
        while self._waiting and self._work is None:
            self._handle(self._waiting.popleft())
        if self._held_back is None:
            self._socket.resume_reading()

    def _refuse(self, received: Received, error: SignalError) -> None:
        self.send_frame(encode.error(error.code, received.signal.name, received.data, error.message))

    def _refuse_malformed(self, error: BadSignal) -> None:
        self.send_frame(encode.error(Code.INVALID_SIGNAL, error.name, error.data, error.message))
        if not error.is_object:
            self._malformed += 1
            if self._malformed >= MALFORMED_ALLOWED:
                self._socket.close(CloseCode.POLICY_VIOLATION, "too many messages that are none")
