"""Somebody who waits in the lobby. specs/monibuca-rooms.md §3.6."""

from typing import Any

from roomful.protocols.monibuca import encode
from roomful.protocols.monibuca.codes import CloseCode
from roomful.protocols.monibuca.feed import Feed
from roomful.protocols.monibuca.messages import Heartbeat, Known, LeaveRoom
from roomful.protocols.monibuca.verification import Identity
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.lobby import LobbyOutcome, Waiting
from roomful.sockets import Socket


class Waiter:
    """Has a connection, is no member. The room's `LobbyLeft` ends it, whoever caused that."""

    def __init__(self, feed: Feed, waiting: Waiting, identity: Identity, socket: Socket, now: float) -> None:
        self.feed = feed
        self.waiting = waiting
        self.identity = identity
        self.socket = socket
        self.on_admitted = _nobody_asks
        """Called once when a host lets it in."""
        self.ended = False
        self._alive_at = now
        feed.waiters[waiting.sid] = self
        feed.services.wheel.set(self, now + feed.services.settings.heartbeat_timeout)
        position = 1 + [one.sid for one in feed.room.lobby()].index(waiting.sid)
        self.send("lobby_waiting", now, {"position": position, "heartbeat_interval": self._interval})

    @property
    def _interval(self) -> float:
        return self.feed.services.settings.heartbeat_interval

    def send(self, action: str, at: float, fields: dict[str, Any]) -> None:
        self.socket.send_frame(encode.frame(action, self.feed.room.name, at, fields))

    def send_frame(self, frame: bytes) -> None:
        self.socket.send_frame(frame)

    def receive(self, message: Known, now: float) -> None:
        """Raises RoomApiError: who waits may say that it lives, and leave."""
        match message:
            case Heartbeat():
                self._alive_at = now
                self.send("heartbeat_ack", now, {"client_ts": message.ts})
            case LeaveRoom():
                self.end(CloseCode.LEFT, "left")
                self.feed.room.leave_lobby(self.waiting, now)
            case _:
                raise RoomApiError(Code.NOT_IN_ROOM, "a host has to let you in first")

    def on_lost(self, now: float) -> None:
        self.end(CloseCode.LEFT, "")
        if self.feed.room.is_open:
            self.feed.room.leave_lobby(self.waiting, now)

    def on_time(self, now: float) -> float | None:
        if self.ended:
            return None
        due = self._alive_at + self.feed.services.settings.heartbeat_timeout
        if now < due:
            return due
        self.end(CloseCode.HEARTBEAT_TIMEOUT, "no heartbeat")
        self.feed.room.leave_lobby(self.waiting, now)
        return None

    def on_outcome(self, outcome: LobbyOutcome, note: str, at: float) -> None:
        """The wait is over."""
        if self.ended:
            return
        if outcome is LobbyOutcome.ADMITTED:
            self.send("lobby_admitted", at, {})
            self._let_go()
            self.on_admitted()
        elif outcome is LobbyOutcome.LEFT:  # the same user waits on another connection now
            self.end(CloseCode.REPLACED, "the same user has connected again")
        else:
            self.send("lobby_rejected", at, {"reason": note})
            self.end(CloseCode.FORBIDDEN, "not admitted")

    def on_room_closed(self, *, shutdown: bool) -> None:
        self.end(CloseCode.GOING_AWAY if shutdown else CloseCode.ROOM_CLOSED, "room closed")

    def end(self, code: CloseCode, why: str) -> None:
        if not self.ended:
            self._let_go()
            self.socket.close(code, why)

    def _let_go(self) -> None:
        self.ended = True
        self.feed.waiters.pop(self.waiting.sid, None)
        self.feed.services.wheel.discard(self)


def _nobody_asks() -> None:
    """Until the connection listens."""
