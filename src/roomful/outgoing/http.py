"""An HTTP client for addresses that others gave: bounded in time and size, and kept away from forbidden ones.

The check sits where the connection is made, so that it holds for every redirect, and so that the address that was
checked is the one that is connected to: a name that resolves differently a moment later gains nothing.
"""

import asyncio
import importlib.metadata
import time
from collections.abc import Iterable, Mapping
from typing import cast

import httpcore
import httpx
import msgspec

from roomful.outgoing.addresses import AddressRules, resolve

USER_AGENT = f"roomful/{importlib.metadata.version('roomful')}"

CONNECT_SECONDS = 5.0
MAX_REDIRECTS = 3
MAX_ANSWER_BYTES = 1024 * 1024


class Answer(msgspec.Struct, frozen=True):
    """What came back. Names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    """At most as much as was asked for."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class OutgoingHttp:
    """One pool of connections. Proxies of the environment are not used: behind one, no address could be checked."""

    def __init__(self, rules: AddressRules, *, connections: int = 256) -> None:
        self._client = httpx.AsyncClient(
            transport=_GuardedTransport(rules, connections),
            # A small compressed answer could unpack to a large one.
            headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
            max_redirects=MAX_REDIRECTS,
            trust_env=False,
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        within: float = 10.0,
        max_bytes: int = MAX_ANSWER_BYTES,
        follow_redirects: bool = False,
    ) -> Answer:
        """Send a request and read the answer, all of it within so many seconds; of a longer body only the beginning.

        Raises:
            TimeoutError: it took too long.
            ForbiddenAddress: the server does not connect there.
            httpx.HTTPError, httpx.InvalidURL: there was no answer, or none that is HTTP.
        """
        async with asyncio.timeout(within):
            timeout = httpx.Timeout(within, connect=min(within, CONNECT_SECONDS))
            request = self._client.build_request(method, url, content=content, headers=headers, timeout=timeout)
            response = await self._client.send(request, stream=True, follow_redirects=follow_redirects)
            try:
                body = await _read(response, max_bytes)
            finally:
                await response.aclose()
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body)

    async def close(self) -> None:
        await self._client.aclose()


async def _read(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) >= limit:
            break
    return bytes(body[:limit])


class _GuardedTransport(httpx.AsyncHTTPTransport):
    def __init__(self, rules: AddressRules, connections: int) -> None:
        super().__init__(trust_env=False)
        # httpx has no argument for this, httpcore below it has.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=connections,
            keepalive_expiry=30.0,
            network_backend=_GuardedBackend(rules),
        )


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves, checks, and connects to what was checked. TLS goes on to verify the name."""

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules
        # Its declaration stands in for an installation without anyio, which httpx would not have.
        self._backend = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        deadline = time.monotonic() + (CONNECT_SECONDS if timeout is None else timeout)
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                addresses = await resolve(host, port, self._rules)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} could not be looked up in time") from None
        except OSError as error:
            raise httpcore.ConnectError(f"{host} could not be looked up: {error.strerror or error}") from error
        for place, address in enumerate(addresses):
            # One that does not answer must leave time for the others.
            share = max(0.1, (deadline - time.monotonic()) / (len(addresses) - place))
            try:
                return await self._backend.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if address == addresses[-1]:
                    raise
        raise AssertionError("resolve gives at least one address")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
