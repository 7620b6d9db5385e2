"""The connection to the receiver, on a thread of its own: frames come in all the time, whatever the receiver does."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Sequence

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, SecurityError
from websockets.frames import CloseCode

from roomful.media.ports.pcm_stream.backlog import Backlog
from roomful.media.ports.pcm_stream.plan import BYTES_PER_SECOND, PcmStreamPlan
from roomful.media.ports.pcm_stream.session import Message
from roomful.media.ports.transcriber.asr.answer import plain
from roomful.media.ports.worker.states import StreamInfo, StreamState
from roomful.outgoing import AddressRules, ForbiddenAddress
from roomful.outgoing.websocket import connect_websocket

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 1.0
MAX_MESSAGE = 64 * 1024
"""Bytes of what a receiver may say; it is not listened to."""

SEND_BUFFER = 256 * 1024
"""Bytes in the kernel: with more, a receiver that falls behind would be noticed too late."""

PASSING = frozenset({408, 429})
"""HTTP statuses below 500 after which another attempt may help."""

ELSEWHERE = "no connection: not a URL to connect to, or one that leads elsewhere"
"""In place of what the library says, which has URLs in it."""

_encode = msgspec.json.Encoder().encode


class _Lost(Exception):
    """There is no connection, or no longer. The message is for people, without the URL."""

    def __init__(self, message: str, *, again: bool = True, answered: bool = False) -> None:
        """`again`: another attempt may help. `answered`: the receiver was alive for a while."""
        super().__init__(message)
        self.again = again
        self.answered = answered


class Sender:
    """Connects at once. Methods are called by one thread, the worker's; none of them waits but `finish`."""

    def __init__(self, plan: PcmStreamPlan) -> None:
        """Raises ValueError for rules about addresses that are none."""
        self._plan = plan
        self._rules = AddressRules(plan.allow, plan.deny)
        self._backlog = Backlog(plan.backlog_seconds)
        self._more = asyncio.Event()
        self._ending = asyncio.Event()
        self._state = StreamState.CONNECTING
        self._error = ""
        self._retries = 0
        self._sent = 0
        self._sent_from = self._sent_until = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="sender", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        return self._state in {StreamState.FINISHED, StreamState.FAILED}

    @property
    def dropped(self) -> bool:
        """The receiver lacks some sound."""
        return self._backlog.dropped

    def send(self, messages: Sequence[Message]) -> None:
        if messages and not self.over:
            self._loop.call_soon_threadsafe(self._put, messages)

    def finish(self, within: float) -> None:
        """Send what waits, and end."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end)
        self._thread.join(within)
        if not self.over:
            self._state = StreamState.FINISHED if self._sent else StreamState.FAILED

    def info(self) -> StreamInfo:
        return StreamInfo(
            url=self._plan.url,
            state=self._state,
            started_at_ns=self._sent_from,
            ended_at_ns=self._sent_until if self.over else 0,
            duration_ns=self._sent * 1_000_000_000 // BYTES_PER_SECOND,
            retries=self._retries,
            error=self._error,
        )

    def _put(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._backlog.put(message)
        self._more.set()

    def _end(self) -> None:
        self._ending.set()
        self._more.set()

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._run())
        except Exception:
            log.exception("a stream ended unexpectedly")
            self._error = self._error or "the stream ended unexpectedly"
            self._state = StreamState.FAILED

    async def _run(self) -> None:
        plan = self._plan
        wait, troubled_since = plan.first_wait_seconds, time.monotonic()
        while True:
            try:
                await self._converse()
            except _Lost as lost:
                self._error = str(lost)
                if lost.answered:
                    wait, troubled_since = plan.first_wait_seconds, time.monotonic()
                hopeless = not lost.again or time.monotonic() + wait - troubled_since > plan.give_up_seconds
            else:
                self._state = StreamState.FINISHED
                return
            if hopeless or self._ending.is_set():
                ended = self._ending.is_set() and self._sent
                self._state = StreamState.FINISHED if ended else StreamState.FAILED
                return
            self._state = StreamState.CONNECTING
            self._retries += 1
            await _wait(self._ending, wait)
            wait = min(2 * wait, plan.longest_wait_seconds)

    async def _converse(self) -> None:
        """One connection, until the end. Raises _Lost."""
        connection = await self._connect()
        self._backlog.connected()
        self._state, self._error = StreamState.ACTIVE, ""
        sending = asyncio.create_task(self._send_all(connection))
        reading = asyncio.create_task(_ignore(connection))
        try:
            await asyncio.wait([sending, reading], return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise self._lost(connection)
            await sending
        except ConnectionClosed:
            raise self._lost(connection) from None
        except TimeoutError:
            raise _Lost(self._silence, answered=_answered(connection)) from None
        finally:
            sending.cancel()
            reading.cancel()
            await asyncio.gather(sending, reading, return_exceptions=True)
            await _close(connection)

    async def _connect(self) -> ClientConnection:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await connect_websocket(
                    self._plan.url,
                    self._rules,
                    additional_headers={"Content-Type": "audio/x-raw"},
                    compression=None,
                    max_size=MAX_MESSAGE,
                    close_timeout=CLOSE_SECONDS,
                    ping_interval=self._plan.stall_seconds / 2,
                    ping_timeout=self._plan.stall_seconds,
                )
        except TimeoutError as error:
            raise _Lost(f"no connection within {CONNECT_SECONDS:g} s") from error
        except InvalidStatus as error:
            status = error.response.status_code
            raise _Lost(f"no connection: HTTP status {status}", again=status >= 500 or status in PASSING) from error
        except SecurityError as error:
            raise _Lost(ELSEWHERE, again=False) from error
        except (OSError, InvalidHandshake) as error:
            raise _Lost(f"no connection: {plain(str(error))}") from error
        except ForbiddenAddress as error:
            raise _Lost(str(error), again=False) from error
        except (InvalidURI, ValueError) as error:
            raise _Lost(ELSEWHERE, again=False) from error
        raw: socket.socket = connection.transport.get_extra_info("socket")
        with contextlib.suppress(OSError):  # it is closed already
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        return connection

    async def _send_all(self, connection: ClientConnection) -> None:
        """Returns at the end. Raises ConnectionClosed, TimeoutError."""
        while True:
            message = self._backlog.take()
            if message is not None:
                async with asyncio.timeout(self._plan.stall_seconds):
                    if isinstance(message, bytes):
                        await connection.send(message)
                        self._count(len(message))
                    else:
                        await connection.send(_encode(message), text=True)
            elif self._ending.is_set():
                return
            else:
                self._more.clear()
                await self._more.wait()

    def _count(self, size: int) -> None:
        self._sent += size
        self._sent_until = time.time_ns()
        self._sent_from = self._sent_from or self._sent_until

    def _lost(self, connection: ClientConnection) -> _Lost:
        code, reason = connection.close_code, connection.close_reason
        said, own = connection.protocol.close_rcvd is not None, connection.protocol.close_sent
        if not said and own is not None and own.code == CloseCode.INTERNAL_ERROR:  # of the library's pings
            return _Lost(self._silence, answered=_answered(connection))
        why = (
            f"the receiver closed the connection with {code} {plain(reason or '')}" if said else "the connection broke"
        )
        return _Lost(why.strip(), answered=_answered(connection))

    @property
    def _silence(self) -> str:
        return f"the receiver neither read nor answered for {self._plan.stall_seconds:g} s"


def _answered(connection: ClientConnection) -> bool:
    """Whether it has answered a ping."""
    return connection.latency > 0


async def _ignore(connection: ClientConnection) -> None:
    """Read what nobody wants, so that pongs and the end are seen. Returns at the end."""
    async for _ in connection:
        pass


async def _close(connection: ClientConnection) -> None:
    try:
        async with asyncio.timeout(2 * CLOSE_SECONDS):
            await connection.close()
    except TimeoutError:
        connection.transport.abort()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
