"""WebSockets to other servers, only to addresses that were checked."""

from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

from roomful.outgoing.addresses import AddressRules, resolve

PORTS = {"ws": 80, "wss": 443}


async def connect_websocket(url: str, rules: AddressRules, **options: Any) -> ClientConnection:
    """Connect to a `ws://` or `wss://` URL, in the time that the caller gives it; `options` are those of `connect`.

    A redirection to another server is refused.

    Raises:
        ForbiddenAddress: the host has an address that is nobody's business.
        OSError: the name does not resolve, or nobody answers.
        websockets.exceptions.InvalidHandshake: what answers is no WebSocket server, or refuses.
        ValueError: a bad port, or a redirection that is refused.
        websockets.exceptions.InvalidURI: not a URL of a WebSocket.
    """
    place = urlsplit(url)
    port = place.port or PORTS.get(place.scheme, 443)
    addresses = await resolve(place.hostname or "", port, rules)
    # The address that was checked; TLS goes on to verify the name.
    return await connect(url, host=addresses[0], port=port, open_timeout=None, proxy=None, **options)
