"""A connection to the NkMEDIA API of a running server, for the console. specs/nkmedia.md §2, §3.1."""

import asyncio
import itertools
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from roomful.cli.output import CommandError

WITHIN = 185.0
"""Seconds; the server itself gives up after 180."""
CONNECT_SECONDS = 10.0


class NkMediaConnection:
    """Answers the server's requests; what it tells goes to `on_event`."""

    def __init__(self, socket: ClientConnection, on_event: Callable[[dict[str, Any]], None]) -> None:
        self._socket = socket
        self._on_event = on_event
        self._tids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    @property
    def is_open(self) -> bool:
        return not self._reading.done()

    async def ended(self) -> None:
        """Wait for the end of the connection. Raises CommandError, which tells why."""
        await asyncio.shield(self._reading)

    async def close(self) -> None:
        """Answer nothing any more."""
        self._reading.cancel()
        await asyncio.wait([self._reading])

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The response, without its `tid`. Raises CommandError: the connection is gone, or nothing came."""
        tid = next(self._tids)
        future = self._waiting[tid] = asyncio.get_running_loop().create_future()
        try:
            await self._send({**request, "tid": tid})
            async with asyncio.timeout(WITHIN):
                return await future
        except TimeoutError:
            raise CommandError("the server does not answer") from None
        finally:
            del self._waiting[tid]

    async def _read(self) -> None:
        try:
            while True:
                await self._take(msgspec.json.decode(await self._socket.recv()))
        except ConnectionClosed as error:
            reason = error.rcvd.reason if error.rcvd is not None else ""
            failure = CommandError(f"the server closed the connection{f': {reason}' if reason else ''}")
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(failure)
            raise failure from None

    async def _take(self, message: dict[str, Any]) -> None:
        tid = message.pop("tid", None)
        if "result" in message:
            future = self._waiting.get(tid)
            if future is not None and not future.done():
                future.set_result(message)
        elif "cmd" in message:
            await self._send({"result": "ok", "tid": tid})
            if message["cmd"] != "ping":
                self._on_event(message)

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await self._socket.send(msgspec.json.encode(message).decode())
        except ConnectionClosed:
            raise CommandError("the server closed the connection") from None


@asynccontextmanager
async def connection(
    url: str, user: str, password: str, on_event: Callable[[dict[str, Any]], None], *, insecure: bool
) -> AsyncGenerator[NkMediaConnection]:
    """Connect and log in. Raises CommandError."""
    address = socket_url(url)
    try:
        tls = _tls(insecure=insecure) if address.startswith("wss:") else None
        opened = await connect(address, ssl=tls, max_size=None, open_timeout=CONNECT_SECONDS)
    except InvalidURI as error:
        raise CommandError(f"{url} is not an address: {error}", status=2) from None
    except ssl.SSLCertVerificationError as error:
        raise CommandError(
            f"cannot reach {url}: {error}", hint="for a self-signed certificate, give --insecure"
        ) from None
    except (OSError, InvalidHandshake, TimeoutError) as error:
        hint = "is the server running? --url says where; `roomful serve --dev` starts one here"
        raise CommandError(f"cannot reach {address}: {error or 'it does not answer'}", hint=hint) from None
    async with opened as socket:
        nkmedia = NkMediaConnection(socket, on_event)
        try:
            login = {"class": "core", "subclass": "user", "cmd": "login", "data": {"user": user, "password": password}}
            answer = await nkmedia.ask(login)
            if answer["result"] != "ok":
                raise CommandError(f"the server refuses: {refusal(answer)}", hint="--user and --password say who it is")
            yield nkmedia
        finally:
            await nkmedia.close()


def refusal(answer: dict[str, Any]) -> str:
    """The words of an error."""
    data = cast(dict[str, Any], answer.get("data") or {})
    return f"{data.get('error', 'unknown error')} ({data.get('code', 'no code')})"


def socket_url(url: str) -> str:
    """The WebSocket of a server's address."""
    for scheme, socket_scheme in (("https://", "wss://"), ("http://", "ws://")):
        url = url.replace(scheme, socket_scheme, 1) if url.startswith(scheme) else url
    url = (url if "://" in url else f"ws://{url}").rstrip("/")
    return url if url.endswith("/nkmedia") else f"{url}/nkmedia"


def _tls(*, insecure: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
