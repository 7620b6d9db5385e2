"""A room of one test, and the clients that it lets in."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, Protocol

from livekit import api, rtc

from .client import Client

Mode = Literal["two connections", "one connection", "mixed"]
"""How many peer connections clients have; `mixed`: they take turns, so that any two of a room differ."""


class MeetingPlace(Protocol):
    """A server that rooms can be on."""

    @property
    def http_url(self) -> str: ...
    @property
    def ws_url(self) -> str: ...
    @property
    def api_key(self) -> str: ...
    @property
    def api_secret(self) -> str: ...


class Meeting:
    """Everybody who joins is out again after the test."""

    def __init__(self, server: MeetingPlace, mode: Mode = "mixed") -> None:
        self.server = server
        self.mode: Mode = mode
        self.name = f"meeting {uuid.uuid4().hex[:8]}"
        self.api = api.LiveKitAPI(server.http_url, server.api_key, server.api_secret)
        self.clients: list[Client] = []
        choices = {"two connections": [False], "one connection": [True], "mixed": [False, True]}
        self._single = itertools.cycle(choices[mode])

    def token(self, identity: str, *, room: str | None = None, **grants: Any) -> str:
        """An access token for the room; `grants` are fields of VideoGrants."""
        video = api.VideoGrants(**{"room_join": True, "room": room or self.name, **grants})
        token = api.AccessToken(self.server.api_key, self.server.api_secret)
        return token.with_identity(identity).with_grants(video).to_jwt()

    async def join(
        self,
        identity: str,
        *,
        url: str = "",
        token: str = "",
        auto_subscribe: bool = True,
        single: bool | None = None,
        relayed: bool = False,
        **grants: Any,
    ) -> Client:
        """A new client in the room. Raises rtc.ConnectError.

        `url` leads there another way than directly; `relayed`: media takes no way but through a TURN server.
        """
        client = Client(identity)
        options = rtc.RoomOptions(
            auto_subscribe=auto_subscribe,
            single_peer_connection=next(self._single) if single is None else single,
        )
        if relayed:
            options.rtc_config = rtc.RtcConfiguration(ice_transport_type=rtc.IceTransportType.TRANSPORT_RELAY)
        await client.connect(url or self.server.ws_url, token or self.token(identity, **grants), options)
        self.clients.append(client)
        return client

    async def meet(self, *identities: str, url: str = "", **grants: Any) -> list[Client]:
        """Several clients at once, who all have seen each other."""
        clients = await asyncio.gather(*(self.join(identity, url=url, **grants) for identity in identities))
        for client in clients:
            for identity in identities:
                if identity != client.identity:
                    await client.knows(identity)
        return list(clients)

    async def close(self) -> None:
        """Everybody leaves."""
        try:
            left = await asyncio.gather(*(client.leave() for client in self.clients), return_exceptions=True)
        finally:
            await self.api.aclose()
        for trouble in left:
            if isinstance(trouble, BaseException):
                raise trouble


@asynccontextmanager
async def open_to_all(server: MeetingPlace) -> AsyncIterator[Meeting]:
    """A room whose name every protocol can spell in its addresses."""
    opened = Meeting(server)
    opened.name = opened.name.replace(" ", "-")
    try:
        yield opened
    finally:
        await opened.close()
