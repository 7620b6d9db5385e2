"""uvicorn's WebSocket protocol as a `Socket`: prebuilt frames out, small messages in, and no task in between.

What is rare stays with uvicorn and the websockets library: handshakes, fragments, control frames, violations. What
happens a thousand times a second goes around them. docs/explanation/websockets.md has the measurements.
"""

import asyncio
import logging
from asyncio.transports import BaseTransport
from collections import deque

import websockets.http11
from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import Protocol, Side, State

from roomful.sockets import EXTENSION, MAX_BUFFERED_BYTES, SLOW, Audience, Receiver, Write
from roomful.web.http_protocol import MAX_HEAD_BYTES

try:
    from websockets.speedups import apply_mask
except ImportError:  # the library was built without C
    from websockets.utils import apply_mask

CLOSE_SECONDS = 5.0
"""How long a client has to take what waits for it, and to answer, when its connection is closed."""

MAX_REASON_BYTES = 123
"""Of a close frame: a control frame holds 125 bytes, two of them for the code. RFC 6455 §5.5."""

_LOST, _RESTART, _FAILED, _NO_TEXT = 1006, 1012, 1011, 1007
_PING = b"\x89\x00"
_TEXT, _BINARY, _MASKED = 0x81, 0x82, 0x80
_SHORT = 126
"""Payloads of fewer bytes have their length in the second byte of the frame."""
_MAX_TWO_BYTES = 65535
"""Payloads of up to so many bytes have it in the two bytes behind that, which is 126 then."""
_HEAD_BYTES = 6
"""Of a client's short frame: two, and the mask. Longer frames have two bytes more, or eight."""

logger = logging.getLogger(__name__)

# uvicorn hands an upgrade to the websockets library, which parses the head again with a limit of 8 KiB per line. The
# limit is a module global by design: the library reads it from WEBSOCKETS_MAX_LINE_LENGTH when it is imported.
setattr(websockets.http11, "MAX_LINE_LENGTH", MAX_HEAD_BYTES)  # noqa: B010 - it is declared constant


class _Nowhere(asyncio.Queue[ASGIReceiveEvent]):
    """Where ASGI events go when a receiver takes the messages."""

    def put_nowait(self, item: ASGIReceiveEvent) -> None:
        pass


_NOWHERE = _Nowhere()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection, for uvicorn and ASGI applications, and as the `roomful.sockets.Socket` in their scope."""

    limit = MAX_BUFFERED_BYTES
    _sending = False
    """It was accepted, and neither side has begun to close."""
    audience: Audience | None = None
    descriptor = -1
    _file = -1
    """The descriptor that nothing is in front of: TLS is."""
    _early: list[bytes] | None = None
    """Frames that were sent before it was accepted."""
    _early_close: tuple[int, str] | None = None
    _receiver: Receiver | None = None
    _reading_paused = False
    """By the receiver; uvicorn's own `read_paused` is for applications that take ASGI events."""
    _held: deque[str | bytes] | None = None
    """Messages that came before the receiver, or while it had paused reading."""
    _unparsed = 0
    """Bytes that the library has got and not yet made frames of. At zero, a frame begins with the next byte."""
    _largest = 0
    """Bytes of a message that need not be looked at by the library."""
    _code = _LOST
    """What the receiver will be told about the end."""
    _heard = True
    """The client has sent something since the last look."""
    _pinged = False

    # What protocols call: the methods of a `Socket`

    @property
    def is_open(self) -> bool:
        if self.handshake_complete:
            return self._sending
        return self._early_close is None and not self.disconnected

    @property
    def buffered(self) -> int:
        return self.transport.get_write_buffer_size() + sum(map(len, self._early or ()))

    def send_frame(self, frame: bytes) -> None:
        if self.audience is not None and self.audience.waiting:
            self.audience.send_frame_to(self, frame)
        else:
            self.write(frame)

    def listen(self, receiver: Receiver, max_message: int | None = None, max_frame: int | None = None) -> None:
        self._receiver = receiver
        if self.disconnected:
            self.loop.call_soon(self._tell_of_end)
            return
        if max_message is not None:
            self.conn.max_message_size = max_message
        self.conn.max_fragment_size = max_frame
        limits = [limit for limit in (self.conn.max_message_size, max_frame) if limit is not None]
        self._largest = min([_MAX_TWO_BYTES, *limits])
        self._take_over_events()
        if self._held or self.read_paused:
            self.resume_reading()

    def pause_reading(self) -> None:
        self._reading_paused = True
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        self._reading_paused = False
        self.loop.call_soon(self._release)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._flush_audience()
        if self._sending:
            if self.conn.state is State.OPEN:  # or else the client has closed, behind the message that is being taken
                self.conn.send_close(code, reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore"))
                self.transport.write(b"".join(self.conn.data_to_send()))
                self.close_sent = True
                self._read_on()  # the client's answer is to come
            self._end(code)
        elif not self.handshake_complete and self.is_open:
            self._early_close = code, reason

    def abort(self) -> None:
        self._end(_LOST)
        self.transport.abort()

    # What applications call, through ASGI

    async def send(self, message: ASGISendEvent) -> None:
        self._flush_audience()
        await super().send(message)
        match message["type"]:
            case "websocket.accept" if self.handshake_complete:
                self._open()
            case "websocket.close":
                self._end(message.get("code", 1000))
            case "websocket.http.response.body" if not message.get("more_body"):
                # Refused, and properly so; uvicorn would log an error that the handshake was not completed.
                self.handshake_complete = True
            case _:
                pass

    # What uvicorn and the transport call

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.write: Write = self._write_early
        """It differs by state, so that in the usual one nobody looks at the state: it is the transport's own then."""

    def handle_connect(self, event: Request) -> None:
        self._unparsed = 0
        super().handle_connect(event)
        # The application's task has been made but has not run: it finds the extension in its scope.
        if hasattr(self, "scope"):
            self.scope["extensions"] = {**(self.scope["extensions"] or {}), EXTENSION: self}  # type: ignore[dict-item]

    async def run_asgi(self) -> None:
        """Like uvicorn's, but a connection with a receiver lives on when its application returns."""
        try:
            await self.app(self.scope, self.receive, self.send)  # pyright: ignore[reportUnknownMemberType]
        except ClientDisconnected:
            pass
        except asyncio.CancelledError:
            self.transport.abort()
            raise
        except Exception:
            self.logger.exception("Exception in ASGI application\n")
            self._fail()
            return
        if not self.handshake_complete:
            self.logger.error("ASGI callable returned without completing handshake.")
            self._fail()
        elif self._receiver is not None:
            self._forget_handshake()
        elif self.close_timer is None:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._receiver is not None and not self._unparsed and not self.frames:
            data = self._take_whole_messages(data)
            if not data:
                return
        self._unparsed += len(data)
        super().data_received(data)

    def handle_events(self) -> None:
        self._unparsed -= sum(_wire_bytes(event) for event in self.conn.events if isinstance(event, Frame))
        super().handle_events()

    def send_receive_event_to_app(self) -> None:
        if self._receiver is None:
            super().send_receive_event_to_app()
            return
        data = b"".join(self.frames)
        self.frames = []
        self._take(data, is_text=self.curr_msg_data_type == "text")

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        if self._sending and self.conn.close_rcvd is not None:
            self._end(self.conn.close_rcvd.code)

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        if self.conn.close_sent is not None:
            self._end(self.conn.close_sent.code)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._end(_FAILED)

    def eof_received(self) -> None:
        self._end(_LOST)

    def shutdown(self) -> None:
        self._flush_audience()
        super().shutdown()
        self._end(_RESTART)

    def pause_writing(self) -> None:
        """More waits than the transport likes, which is less than the limit: from now on, look."""
        super().pause_writing()
        if self._sending:
            self._write_by(self._write_within_limit)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._sending:
            self._write_directly()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._sending = False
        self._write_by(_discard)
        self._tell_of_end()

    # Pings: only for a client that is silent by itself, and whatever it says then is an answer

    def start_keepalive(self) -> None:
        if self.ping_interval:
            self.ping_timer = self.loop.call_later(self.ping_interval, self._look)

    def _look(self) -> None:
        self.ping_timer = None
        if not self._sending:
            return
        if self._heard or self.read_paused:
            self._heard = self._pinged = False
        elif self._pinged:
            self.keepalive_timeout()
            return
        else:
            self._pinged = True
            self.transport.write(_PING)
        self.start_keepalive()

    # Messages

    def _take_whole_messages(self, data: bytes) -> bytes:
        """Take whole messages from the beginning of `data`, which is the beginning of a frame. Returns what is left."""
        start, size, limit = 0, len(data), self._largest
        while size - start >= _HEAD_BYTES:
            head, length = data[start], data[start + 1] - _MASKED
            body = start + _HEAD_BYTES
            if length == _SHORT:
                length = int.from_bytes(data[start + 2 : start + 4], "big")
                body += 2
                if length < _SHORT:  # it could have been written shorter: let the library say what is wrong
                    break
            elif length > _SHORT:  # eight bytes of length
                break
            end = body + length
            if not 0 <= length <= limit or end > size or head not in (_TEXT, _BINARY):
                break
            self._take(apply_mask(data[body:end], data[body - 4 : body]), is_text=head == _TEXT)
            start = end
        return data[start:]

    def _take(self, data: bytes, *, is_text: bool) -> None:
        if not self._sending:
            return
        try:
            message = data.decode() if is_text else data
        except UnicodeDecodeError:
            self.close(_NO_TEXT, "invalid UTF-8")
            return
        if self._reading_paused or self._held:
            self._hold(message)
        else:
            self._deliver(message)

    def _deliver(self, message: str | bytes) -> None:
        if self._receiver is None:
            return
        try:
            self._receiver.on_message(message)
        except Exception:  # a bug costs the connection that found it, and nobody else
            logger.exception("a WebSocket message could not be handled")
            self.close(_FAILED)

    def _hold(self, message: str | bytes) -> None:
        self._held = self._held or deque()
        self._held.append(message)

    def _release(self) -> None:
        """Deliver what is held until reading is paused anew, and then read on."""
        while self._held and not self._reading_paused and self._sending:
            self._deliver(self._held.popleft())
        if not self._reading_paused:
            self._held = None
            self._read_on()

    def _read_on(self) -> None:
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def _take_over_events(self) -> None:
        """Hold the messages that have come as ASGI events, and let no more of these be made."""
        events, self.queue = self.queue, _NOWHERE
        while not events.empty():
            event = events.get_nowait()
            if event["type"] == "websocket.receive":
                text = event.get("text")
                self._hold((event.get("bytes") or b"") if text is None else text)

    # Frames, in other states than the usual one

    def _write_by(self, write: Write, descriptor: int = -1) -> None:
        self.write = write
        self.descriptor = descriptor
        if self.audience is not None:
            self.audience.replace_write(self)

    def _write_directly(self) -> None:
        """In the usual state: open, and nothing waits."""
        self._write_by(self.transport.write, self._file)

    def _write_early(self, frame: bytes) -> None:
        if self._early_close is None:
            self._early = self._early or []
            self._early.append(frame)

    def _write_within_limit(self, frame: bytes) -> None:
        self.transport.write(frame)
        if self.transport.get_write_buffer_size() > self.limit:
            logger.warning("a client is dropped because it does not read: %d bytes wait for it", self.buffered)
            self._end(SLOW)
            self.transport.abort()

    def _flush_audience(self) -> None:
        """Let what the audience has for this connection go first."""
        if self.audience is not None:
            self.audience.flush_to(self)

    # Beginning and end

    def _open(self) -> None:
        self._sending = True
        if self.transport.get_extra_info("sslcontext") is None:
            self._file = self.transport.get_extra_info("socket").fileno()
        self._write_directly()
        self.transport.set_write_buffer_limits(high=0)  # say when anything waits, and when nothing does any more
        if self._early:
            self.transport.write(b"".join(self._early))
            self._early = None
        if self._early_close is not None:
            self.close(*self._early_close)

    def _forget_handshake(self) -> None:
        """The library and uvicorn keep the request, in several forms: a third of what an idle connection costs."""
        if self._unparsed or self.frames or not self._sending:
            return
        del self.request, self.response, self.scope
        self.conn = Protocol(
            Side.SERVER, max_size=(self.conn.max_message_size, self.conn.max_fragment_size), logger=self.conn.logger
        )  # type: ignore[assignment]

    def _end(self, code: int) -> None:
        """The connection closes with `code`, unless it does already, and is cut if that takes too long."""
        if self.disconnected:
            return
        if self._sending:
            self._sending = False
            self._write_by(_discard)
            self._code = code
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def _tell_of_end(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            try:
                receiver.on_disconnect(self._code)
            except Exception:  # a bug costs the connection that found it, and nobody else
                logger.exception("the end of a WebSocket was not dealt with")

    def _fail(self) -> None:
        """The application has failed: 500 or 1011."""
        if self.handshake_complete:
            self.close(_FAILED)
        else:
            self.send_500_response()
            self.transport.close()


def _discard(frame: bytes) -> None:
    """It is closing, or gone."""


def _wire_bytes(frame: Frame) -> int:
    """What a client's frame took on the wire, if its length was written as short as can be; less if it was not."""
    size = len(frame.data)
    return size + _HEAD_BYTES + (0 if size < _SHORT else 2 if size < 65536 else 8)
