"""Commands by HTTP: one POST each. specs/nkmedia.md §1.1."""

import asyncio
import base64
import binascii
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias, cast

import msgspec

from roomful.protocols.nkmedia.caller import HttpCaller
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.decoding import command_of
from roomful.protocols.nkmedia.messages import NotAMessage, NotJson, Request, read_json, request_of
from roomful.protocols.nkmedia.pending import Outcome, Pending
from roomful.protocols.nkmedia.server import NkMedia

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/nkmedia/rpc"
MAX_BODY_BYTES = 100_000
LONGEST = 180.0
"""Seconds that a response is held for."""
WRONG_PASSWORD_PAUSE = 1.0

logger = logging.getLogger(__name__)


class BadRequest(ValueError):
    """A request that is no command."""


class Forbidden(Exception):
    """A wrong user or password."""


class Rpc:
    """The ASGI application of `/nkmedia/rpc`."""

    def __init__(self, server: NkMedia) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].rstrip("/") != PATH:
            await _respond(send, 404, b"Not found", b"text/plain")
        elif scope["method"] != "POST":
            await _respond(send, 405, b"POST only", b"text/plain", (b"allow", b"POST"))
        else:
            try:
                request = await _read(scope, receive)
                user = self._user(scope)
            except BadRequest as error:
                await _respond(send, 400, str(error).encode(), b"text/plain")
            except Forbidden:
                await asyncio.sleep(WRONG_PASSWORD_PAUSE)
                await _respond(send, 403, b"Forbidden", b"text/plain")
            else:
                outcome = await self._run(request, user, scope)
                await _respond(send, 200, msgspec.json.encode(_answer(outcome)), b"application/json")

    def _user(self, scope: Scope) -> str | None:
        """Who is logged in; None for nobody. Raises Forbidden."""
        header = _header(scope, b"authorization")
        if header is None:
            return None
        scheme, _, rest = header.partition(b" ")
        try:
            user, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Forbidden from None
        if scheme.lower() != b"basic" or not user or not self._server.services.users.knows(user, password):
            raise Forbidden
        return user

    async def _run(self, request: Request, user: str | None, scope: Scope) -> Outcome:
        host, port = scope.get("client") or ("", 0)
        try:
            if user is None:
                raise NkError(Code.NOT_AUTHENTICATED)
            command, _ = command_of(request)
            caller = HttpCaller(user, f"{scope.get('scheme', 'http')}:{host}:{port}")
            result = self._server.executor.run(caller, command, time.time())
            return await _outcome(result) if isinstance(result, Pending) else result
        except NkError as error:
            return error
        except TimeoutError:
            return NkError(Code.TIMEOUT)
        except Exception:
            logger.exception("a command failed: %s/%s/%s", request.class_name, request.subclass, request.cmd)
            return NkError(Code.INTERNAL_ERROR)


async def _outcome(pending: Pending) -> Outcome:
    """Raises TimeoutError."""
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def done(outcome: Outcome) -> None:
        if not future.done():
            future.set_result(outcome)

    pending.then(done)
    async with asyncio.timeout(LONGEST):
        return await future


def _answer(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, NkError):
        return {"result": "error", "data": outcome.data()}
    return {"result": "ok"} if outcome in (None, {}) else {"result": "ok", "data": outcome}


async def _read(scope: Scope, receive: Receive) -> Request:
    """Raises BadRequest."""
    content_type = (_header(scope, b"content-type") or b"").partition(b";")[0].strip().lower()
    if content_type != b"application/json":  # which no other site's page can send without being asked first
        raise BadRequest("the body has to be application/json")
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise BadRequest("the body is not complete")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY_BYTES:
            raise BadRequest(f"the body has more than {MAX_BODY_BYTES} bytes")
    try:
        value = read_json(body)
        if not isinstance(value, dict):
            raise BadRequest("the body is not an object")
        return request_of(cast(dict[str, Any], value), 0)
    except (NotJson, NotAMessage) as error:
        raise BadRequest(str(error)) from None


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)


async def _respond(send: Send, status: int, body: bytes, content_type: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
