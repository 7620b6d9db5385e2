"""One connection: its login, its requests and ours, pings and deadlines. specs/nkmedia.md §1.2, §2, §3.1.

No I/O and no clock: messages and the time come in by calls, what is to be sent goes out by the `Line`.
"""

import itertools
import logging
from collections.abc import Callable
from typing import Any, Protocol, cast

import msgspec

from roomful.protocols.nkmedia.caller import ConnectedCaller
from roomful.protocols.nkmedia.codes import Code, Foreign, NkError
from roomful.protocols.nkmedia.commands import Login
from roomful.protocols.nkmedia.connections import Connections
from roomful.protocols.nkmedia.decoding import command_of, is_login
from roomful.protocols.nkmedia.executor import Executor
from roomful.protocols.nkmedia.hub import Event, Filter
from roomful.protocols.nkmedia.messages import Ack, Message, Request, Response, Tid
from roomful.protocols.nkmedia.pending import Outcome, Pending
from roomful.protocols.nkmedia.services import Services

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds after a wrong password; doubled with each."""
LOGIN_WITHIN = 60.0
"""Seconds from the connection to a login."""
ACK_AFTER = 1.0
MAX_OPEN = 10_000
"""Commands of one connection that wait for their outcome."""

_encode = msgspec.json.Encoder().encode
logger = logging.getLogger(__name__)


class Line(Protocol):
    """The connection, as a session sees it."""

    def send(self, message: bytes) -> None: ...

    def close(self, code: int, why: str) -> None:
        """`code` is that of a WebSocket."""
        ...

    def hold(self, seconds: float, then: Callable[[], None]) -> None:
        """Read nothing for so long, and call `then`, unless the connection is gone."""
        ...


class _Asked(msgspec.Struct, kw_only=True):
    """A request of ours."""

    until: float
    outcome: Pending


class Session(ConnectedCaller):
    """See the module."""

    def __init__(
        self, services: Services, connections: Connections, executor: Executor, line: Line, remote: str, now: float
    ) -> None:
        """`remote` is like `ws:203.0.113.7:4321`."""
        self.user = ""
        self.remote = remote
        self._services = services
        self._settings = services.settings
        self._connections = connections
        self._executor = executor
        self._line = line
        self._tids = itertools.count(1)
        self._asked: dict[Tid, _Asked] = {}
        """What waits for an answer or an ack, the oldest first."""
        self._acked: dict[Tid, _Asked] = {}
        """What has been acked and waits for the answer, the oldest first."""
        self._open: dict[int, tuple[Tid, float]] = {}
        """Commands without an outcome and without an ack: number → tid and when the ack is due."""
        self._numbers = itertools.count(1)
        self._waiting = 0
        self._pause = FIRST_PAUSE
        self._since = self._heard_at = now
        self._ping_at = float("inf")
        self._ended = False
        services.wheel.set(self, self._due())

    # What comes

    def receive(self, message: Message, now: float) -> None:
        self._heard_at = now
        match message:
            case Request():
                self._on_request(message, now)
            case Response():
                asked = self._asked.pop(message.tid, None) or self._acked.pop(message.tid, None)
                if asked is not None:
                    asked.outcome.settle(_outcome_of(message))
            case Ack():
                asked = self._asked.pop(message.tid, None)
                if asked is not None:
                    asked.until = now + self._settings.acked_timeout
                    self._acked[message.tid] = asked

    def on_lost(self, now: float) -> None:
        """The connection is gone."""
        if self._ended:
            return
        self._ended = True
        self.connected = False
        self._services.wheel.discard(self)
        self._services.hub.forget(self)
        asked, self._asked, self._acked = [*self._asked.values(), *self._acked.values()], {}, {}
        for one in asked:
            one.outcome.settle(NkError(Code.SESSION_STOP))
        if self.session_id:
            self._connections.remove(self, now)

    # Of the wheel

    def on_time(self, now: float) -> float | None:
        if not self.session_id and now >= self._since + LOGIN_WITHIN:
            self._end(1008, "no login")
        elif now >= self._heard_at + self._settings.idle_timeout:
            self._end(1000, "nothing was heard for too long")
        elif any(now >= one.until for one in self._oldest()):
            self._end(1008, "a request was not answered")
        else:
            self._look_after(now)
            return self._due()
        return None

    def _look_after(self, now: float) -> None:
        for number, (tid, due) in list(self._open.items()):
            if now >= due:
                del self._open[number]
                self._send({"ack": tid})
        if now >= self._ping_at:
            self._ping_at = now + self._settings.ping_interval
            self.ask("core", "core", "ping", {"time": self._settings.ping_interval})

    def _due(self) -> float:
        times = [self._heard_at + self._settings.idle_timeout, self._ping_at]
        if not self.session_id:
            times.append(self._since + LOGIN_WITHIN)
        times += [one.until for one in self._oldest()]
        times += [due for _, due in itertools.islice(self._open.values(), 1)]
        return min(times)

    def _oldest(self) -> list[_Asked]:
        """Of those with an ack and of those without; each kind has one time to be answered in."""
        return [one for kind in (self._asked, self._acked) for one in itertools.islice(kind.values(), 1)]

    # As a caller

    def tell(self, event: Event, body: Any) -> None:
        forgiven = not self._settings.require_event_replies
        self._ask({"class": "core", "cmd": "event", "data": event.data(body)}, forgiven=forgiven)

    def ask(self, class_name: str, subclass: str, cmd: str, data: dict[str, Any]) -> Pending:
        request = {"class": class_name, "subclass": subclass, "cmd": cmd, "data": data}
        return self._ask({name: value for name, value in request.items() if value != "core" or name == "class"})

    def stop(self) -> None:
        self._end(1000, "stopped")

    def _ask(self, request: dict[str, Any], *, forgiven: bool = False) -> Pending:
        outcome = Pending()
        tid = next(self._tids)
        if not forgiven:
            until = self._services.clock() + self._settings.request_timeout
            self._asked[tid] = _Asked(until=until, outcome=outcome)
            self._services.wheel.set(self, self._due())
        self._send({**request, "tid": tid})
        return outcome

    # Requests

    def _on_request(self, request: Request, now: float) -> None:
        try:
            if is_login(request):
                self._login(request, now)
                return
            if (request.class_name, request.subclass, request.cmd) == ("core", "core", "ping"):
                command_of(request)
                self._answer(request.tid, {"time": round(now * 1000)})
                return
            if not self.session_id:
                raise NkError(Code.NOT_AUTHENTICATED)
            if self._waiting >= MAX_OPEN:
                raise NkError(Code.INVALID_STATE)
            command, unknown = command_of(request)
            result = self._executor.run(self, command, now)
        except NkError as error:
            self._answer(request.tid, error)
        except Exception:  # a bug costs the one that found it a command, and nobody else anything
            logger.exception("a command failed: %s/%s/%s", request.class_name, request.subclass, request.cmd)
            self._answer(request.tid, NkError(Code.INTERNAL_ERROR))
        else:
            if isinstance(result, Pending):
                self._await(request, result, unknown, now)
            else:
                self._finish(request, result, unknown)

    def _await(self, request: Request, result: Pending, unknown: list[str], now: float) -> None:
        number = next(self._numbers)
        if result.slow:
            self._send({"ack": request.tid})
        else:
            self._open[number] = request.tid, now + ACK_AFTER
        self._waiting += 1

        def done(outcome: Outcome) -> None:
            self._waiting -= 1
            self._open.pop(number, None)
            self._finish(request, outcome, unknown)

        result.then(done)
        if number in self._open:
            self._services.wheel.set(self, self._due())

    def _finish(self, request: Request, outcome: Outcome, unknown: list[str]) -> None:
        self._answer(request.tid, outcome)
        if unknown and not isinstance(outcome, NkError) and not self._ended:
            body = {
                "class": request.class_name,
                "subclass": request.subclass,
                "cmd": request.cmd,
                "fields": [name[:64] for name in unknown[:64]],
            }
            kind, obj_id = "unrecognized_fields", self.session_id
            self.tell(Event(class_name="core", subclass="session_event", type=kind, obj_id=obj_id, body=body), body)

    def _login(self, request: Request, now: float) -> None:
        """Raises NkError."""
        if self.session_id:
            raise NkError(Code.ALREADY_AUTHENTICATED)
        command = cast(Login, command_of(request)[0])
        self._send({"ack": request.tid})
        if not self._services.users.knows(command.user, command.password):
            pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
            self._line.hold(pause, lambda: self._answer(request.tid, NkError(Code.UNAUTHORIZED)))
            return
        try:
            self.session_id = self._connections.add(self, command.session_id)
        except NkError as error:
            self._answer(request.tid, error)
            self._end(1008, error.text)
            return
        self.user = command.user
        self.connected = True
        for subclass, obj_id in (("user_event", self.user), ("session_event", self.session_id)):
            self._services.hub.subscribe(self, Filter(class_name="core", subclass=subclass, obj_id=obj_id), {})
        if self._settings.ping_interval:
            self._ping_at = now + self._settings.ping_interval
        self._services.wheel.set(self, self._due())
        self._answer(request.tid, {"session_id": self.session_id})

    def _answer(self, tid: Tid, outcome: Outcome) -> None:
        if isinstance(outcome, NkError):
            self._send({"result": "error", "data": outcome.data(), "tid": tid})
        elif outcome in (None, {}):
            self._send({"result": "ok", "tid": tid})
        else:
            self._send({"result": "ok", "data": outcome, "tid": tid})

    def _send(self, message: dict[str, Any]) -> None:
        if not self._ended:
            self._line.send(_encode(message))

    def _end(self, code: int, why: str) -> None:
        self._line.close(code, why)


def _outcome_of(response: Response) -> Outcome:
    if response.ok:
        return response.data
    return Foreign(response.data)
