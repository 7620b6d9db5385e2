"""A Room Signals client with a WebRTC stack of its own (aiortc), for tests that look at what it sees and hears."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.rtc import Colour, Peer, Picture, Tone

from .signals_client import SignalsClient

HEARTBEAT_SECONDS = 3.0


class Caller(SignalsClient):
    """One session that stays until it is closed."""

    def __init__(self, connection: ClientConnection, room: str, user_id: str, channel: str) -> None:
        super().__init__(connection, room, user_id, channel)
        self.up: Peer | None = None
        self.down: dict[str, Peer] = {}
        """By id of the publisher."""
        self.publishing: dict[str, bool] = {}
        """What the last list says of `publish`, by user id."""

    async def receive(self) -> dict[str, Any]:
        message = await super().receive()
        if message["s"] in ("JOIN", "PUBLISH_LIST_CHANGED", "HEARTBEAT") and "pps" in message["b"]:
            self.publishing = {entry["userId"]: entry["publish"] for entry in message["b"]["pps"]}
        return message

    async def told(self, **publishing: bool) -> None:
        """Wait until the last list says this of `publish`, by user id; who is named False may be missing."""
        while any(self.publishing.get(user, False) is not wanted for user, wanted in publishing.items()):
            self.got.append(await self.receive())

    async def enter(self, *, creating: bool = False, chat: bool = False) -> dict[str, Any]:
        """Join, and receive who publishes already."""
        ack = await self.join(creating=creating, chat=chat)
        for offer in ack["es"].get("sdps", ()):
            await self.take(offer)
        return ack

    async def publish(self, colour: Colour, hertz: float, **options: bool) -> dict[str, Any]:
        """Take the uplink up, or another one in its place; returns the body of the ack."""
        before, self.up = self.up, Peer().send(Tone(hertz), Picture(colour))
        ack = await self.ask("OFFER", sdp=await self.up.offer(), **({"op": options} if options else {}))
        assert ack["c"] == 200, ack
        await self.up.accept(ack["b"]["sdp"])
        if before is not None:
            await before.close()
        return ack["b"]

    async def watch(self, user: str) -> None:
        """Receive a user who publishes, or is about to."""
        await self.told(**{user: True})
        ack = await self.ask("WATCH", to=user)
        assert ack["c"] == 200, ack
        for offer in ack["b"]["pps"]:
            await self.take(offer)

    async def watch_mix(self) -> str:
        """Receive the mix of a room, as soon as it has a sound for this session; returns its id."""
        mix = ""
        while mix not in self.down:
            entries = (await self.until("PUBLISH_LIST_CHANGED"))["b"]["pps"]
            mix = next((one["id"] for one in entries if one["username"] == "mix" and one["publish"]), "")
            ack = await self.ask("WATCH", to={"sessionId": mix}) if mix else {}
            for offer in ack["b"]["pps"] if ack.get("c") == 200 else ():
                await self.take(offer)
        return mix

    async def take(self, offer: dict[str, Any]) -> None:
        """Answer an offer of the server."""
        peer = self.down[offer["id"]] = Peer()
        await self.say("ANSWER", sdp=await peer.answer(offer["sdp"]))

    async def sees(self, publisher: str, colour: Colour) -> None:
        await self.down[publisher].sees(colour)

    async def hears(self, publisher: str, hertz: float) -> None:
        await self.down[publisher].hears(hertz)

    async def stay(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self.say("HEARTBEAT", bid="b", send_ack=False)

    async def close(self) -> None:
        peers = [*self.down.values(), *([] if self.up is None else [self.up])]
        await asyncio.gather(*(peer.close() for peer in peers))


@asynccontextmanager
async def caller(ws_url: str, room: str, user: str, channel: str = "m2m", token: str = "") -> AsyncIterator[Caller]:
    """A client with an open connection, which has not joined."""
    query = f"?token={token}" if token else ""
    async with connect(f"{ws_url}/room-signals{query}", max_size=None) as connection:
        one = Caller(connection, room, user, channel)
        heartbeats = asyncio.create_task(one.stay())
        try:
            yield one
        finally:
            heartbeats.cancel()
            await asyncio.gather(heartbeats, return_exceptions=True)
            await one.close()
