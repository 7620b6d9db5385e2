"""One WebSocket of the room service: reads messages one after another, whatever they have to wait for."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, cast

from roomful.protocols.monibuca import encode
from roomful.protocols.monibuca.codes import CloseCode
from roomful.protocols.monibuca.joining import Joining, Upgrade
from roomful.protocols.monibuca.messages import JoinRoom, LeaveRoom, read, read_heartbeat, read_object, seq_of
from roomful.protocols.monibuca.rates import Tally
from roomful.protocols.monibuca.session import Session, as_refusal
from roomful.protocols.monibuca.sessions import Sessions
from roomful.protocols.monibuca.waiter import Waiter
from roomful.rooms.errors import RoomError
from roomful.rooms.extension import Code, RoomApiError
from roomful.sockets import Socket
from roomful.sockets.rates import TokenBucket

JOIN_WITHIN = 10.0
"""Seconds from the upgrade to a `join_room` that was accepted."""
MALFORMED_ALLOWED = 20
MALFORMED_WITHIN = 10.0
MESSAGES_PER_SECOND = 50
BURST = 200
MAX_WAITING = 64
"""Messages that may wait for an earlier one; then the client is not read from any more."""
FINAL = {
    Code.UNAUTHORIZED: CloseCode.UNAUTHORIZED,
    Code.TOKEN_EXPIRED: CloseCode.UNAUTHORIZED,
    Code.BANNED: CloseCode.FORBIDDEN,
    Code.ROOM_CLOSED: CloseCode.ROOM_CLOSED,
}
"""Refusals of a join after which there is nothing left to try on this connection."""

logger = logging.getLogger(__name__)


class Connection:
    """A `Receiver` of the socket."""

    def __init__(self, sessions: Sessions, upgrade: Upgrade, socket: Socket, on_end: Callable[["Connection"], None]):
        """`on_end` is called once, when the WebSocket is gone."""
        self._sessions = sessions
        self._services = sessions.services
        self._upgrade = upgrade
        self._socket = socket
        self._on_end = on_end
        self._member: Session | Waiter | None = None
        now = self._services.clock()
        self._malformed = Tally(MALFORMED_ALLOWED + 1, MALFORMED_WITHIN)
        self._rate = TokenBucket(MESSAGES_PER_SECOND, 1.0, now, burst=BURST)
        self._waiting: deque[str] = deque()
        self._work: asyncio.Task[None] | None = None
        self._held_back: asyncio.TimerHandle | None = None
        self._gone = False
        self._services.wheel.set(self, now + JOIN_WITHIN)

    # Of the socket

    def on_message(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._socket.close(CloseCode.UNSUPPORTED_DATA, "messages are text")
        else:
            self._hold_back()
            if self._work is None:
                self._handle(message)
            else:
                self._waiting.append(message)
                if len(self._waiting) >= MAX_WAITING:
                    self._socket.pause_reading()

    def on_disconnect(self, code: int) -> None:
        self._gone = True
        self._services.wheel.discard(self)
        if self._held_back is not None:
            self._held_back.cancel()
        self._waiting.clear()
        if self._member is not None:
            self._member.on_lost(self._services.clock())
        elif self._work is not None:
            self._work.cancel()
        self._on_end(self)

    def _hold_back(self) -> None:
        """Read no more for a while from a client that sends too much."""
        wait = self._rate.take(self._services.clock())
        if wait and self._held_back is None:
            self._socket.pause_reading()
            self._held_back = asyncio.get_running_loop().call_later(wait, self._read_on)

    def _read_on(self) -> None:
        self._held_back = None
        if len(self._waiting) < MAX_WAITING:
            self._socket.resume_reading()

    # Of the wheel

    def on_time(self, now: float) -> float | None:
        del now
        if self._member is None:
            self._socket.close(CloseCode.UNAUTHORIZED, f"no join within {JOIN_WITHIN:g} s")
        return None

    # Messages

    def _handle(self, text: str) -> None:
        """Do at once what can be done at once."""
        now = self._services.clock()
        if self._take_heartbeat(text, now):
            return
        value: dict[str, Any] = {}
        try:
            value = read_object(text)
            work = self._dispatch(value, now)
        except (RoomApiError, RoomError) as error:
            self._refuse(value, as_refusal(error), now)
        except Exception:  # a bug costs the one that found it a message, and nobody else anything
            logger.exception("a message of room %s failed", self._upgrade.room_id)
            self._refuse(value, RoomApiError(Code.INTERNAL, "something went wrong here"), now)
        else:
            if work is not None:
                self._work = asyncio.ensure_future(self._finish(value, work))

    def _take_heartbeat(self, text: str, now: float) -> bool:
        """Take a heartbeat of a member that can be taken. What else comes is read with all that is in it."""
        member = self._member
        if not isinstance(member, Session) or member.ended:
            return False
        message = read_heartbeat(text)
        if message is None:
            return False
        try:
            member.receive(message, now)
        except Exception:  # noqa: BLE001 - nothing has changed: it is found once more, and dealt with
            return False
        return True

    def _dispatch(self, value: dict[str, Any], now: float) -> Awaitable[None] | None:
        message = read(value)
        member = self._member
        if isinstance(member, Session) and member.ended:  # it was removed without being cut off
            member = self._member = None
        if isinstance(message, JoinRoom) and member is None:
            return self._join(message)
        if member is None:
            if isinstance(message, LeaveRoom):
                self._socket.close(CloseCode.LEFT, "left")
                return None
            raise RoomApiError(Code.NOT_IN_ROOM, "join_room comes first")
        if message is None:
            if isinstance(member, Waiter):
                raise RoomApiError(Code.NOT_IN_ROOM, "a host has to let you in first")
            return member.receive_unknown(value, seq_of(value))
        return member.receive(message, now)

    async def _finish(self, value: dict[str, Any], work: Awaitable[None]) -> None:
        try:
            await work
        except (RoomApiError, RoomError) as error:
            self._refuse(value, as_refusal(error), self._services.clock())
        except Exception:
            logger.exception("a message of room %s failed", self._upgrade.room_id)
            self._refuse(value, RoomApiError(Code.INTERNAL, "something went wrong here"), self._services.clock())
        finally:
            self._work = None
        while self._waiting and self._work is None and not self._gone:
            self._handle(self._waiting.popleft())
        if self._held_back is None:
            self._socket.resume_reading()

    async def _join(self, message: JoinRoom) -> None:
        joining = Joining(self._sessions, self._upgrade, message, self._socket)
        try:
            member = await joining.run()
        except (RoomApiError, RoomError) as error:
            refusal = as_refusal(error)
            self._refuse({"action": message.action, "seq": message.seq}, refusal, self._services.clock())
            if refusal.code in FINAL:
                self._socket.close(FINAL[refusal.code], refusal.message)
            return
        if isinstance(member, Waiter):
            self._member = member
            member.on_admitted = lambda: self._admitted(joining, member)
        else:
            self._serve(member)
        if self._gone:  # while it was being verified
            member.on_lost(self._services.clock())
        elif message.seq is not None:
            member.send("ack", self._services.clock(), {"seq": message.seq, "for": message.action, "code": 0})

    def _serve(self, session: Session) -> None:
        self._member = session
        session.on_moved = self._serve

    def _admitted(self, joining: Joining, waiter: Waiter) -> None:
        now = self._services.clock()
        try:
            self._serve(joining.admitted(waiter, now))
        except RoomError as error:
            self._refuse({"action": "join_room"}, as_refusal(error), now)
            self._socket.close(CloseCode.FORBIDDEN, "not admitted")

    def _refuse(self, value: dict[str, Any], error: RoomApiError, now: float) -> None:
        answers = cast(str, value.get("action") if isinstance(value.get("action"), str) else "")
        fields = encode.error_fields(error, answers[:64], seq_of(value))
        room_id = self._upgrade.room_id if self._member is None else self._member.feed.room.name
        self._socket.send_frame(encode.frame("error", room_id, now, fields))
        malformed = error.code in (Code.BAD_JSON, Code.BAD_FIELD)
        if malformed and self._malformed.exceeds(now):
            self._socket.close(CloseCode.MALFORMED, "too many messages that are none")
