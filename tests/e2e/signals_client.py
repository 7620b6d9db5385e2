"""A client of Room Signals, as raw as they come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import websockets
from websockets.asyncio.client import ClientConnection, connect

from roomful.protocols.room_signals.signals import ACTIONS

from .waiting import WITHIN

ACTION_OF = {signal.name: action for action, signal in ACTIONS.items()}


class SignalsClient:
    """One connection of one session; keeps what it has been told."""

    def __init__(self, connection: ClientConnection, room: str, user_id: str, channel: str) -> None:
        self.connection = connection
        self.room = room
        self.user_id = user_id
        self.channel = channel
        self.session_id = f"s-{user_id}"
        self.category = "stream"
        self.got: list[dict[str, Any]] = []

    @property
    def me(self) -> dict[str, str]:
        """`ss`."""
        return {
            "userId": self.user_id,
            "sessionId": self.session_id,
            "category": self.category,
            "host": "Web",
            "deviceId": f"d-{self.user_id}",
        }

    def signal(self, name: str, **fields: Any) -> dict[str, Any]:
        return {"s": name, "ch": self.channel, "rid": self.room, "ss": self.me, **fields}

    async def say(self, name: str, **fields: Any) -> dict[str, Any]:
        """Send a signal, and return it."""
        signal = self.signal(name, **fields)
        await self.send({"action": ACTION_OF[name], "data": signal})
        return signal

    async def send(self, message: Any) -> None:
        """Send anything as JSON."""
        await self.connection.send(msgspec.json.encode(message).decode())

    async def ask(self, name: str, **fields: Any) -> dict[str, Any]:
        """Send a signal and return its ack, good or bad."""
        await self.say(name, **fields)
        return await self.until(name if name != "LEAVE" else "leave", name, ack=True)

    async def join(
        self, *, creating: bool = False, chat: bool = False, ve: bool = True, ae: bool = True, **fields: Any
    ) -> dict[str, Any]:
        """Join and return the body of the ack. Raises AssertionError with the refusal."""
        options = {"roomCreating": creating, **({"chat": True} if chat else {})}
        ack = await self.ask("JOIN", ve=ve, ae=ae, eg="native", op=options, **fields)
        assert ack["c"] == 200, ack
        return ack["b"]

    async def until(self, *names: str, ack: bool | None = None) -> dict[str, Any]:
        """The first message not yet waited for with one of these names. `ack`: only acks, or only forwarded signals.

        Raises TimeoutError, which tells what came instead.
        """

        def found() -> dict[str, Any] | None:
            for message in self.got:
                if message["s"] in names and (ack is None or ack == ("c" in message)):
                    return message
            return None

        try:
            message = found()
            while message is None:
                self.got.append(await self.receive())
                message = found()
        except (TimeoutError, websockets.ConnectionClosed) as error:
            raise TimeoutError(f"no {names} among {[one['s'] for one in self.got]}") from error
        self.got.remove(message)
        return message

    async def list(self, *users: str) -> list[dict[str, Any]]:
        """Wait for a PUBLISH_LIST_CHANGED with exactly these users; return its entries."""
        while True:
            entries = (await self.until("PUBLISH_LIST_CHANGED"))["b"]["pps"]
            if [entry["userId"] for entry in entries] == list(users):
                return entries

    async def receive(self) -> dict[str, Any]:
        """The next message that has not been received."""
        return msgspec.json.decode(await asyncio.wait_for(self.connection.recv(), WITHIN))

    async def close_code(self) -> int | None:
        """Wait until the server has closed, and return its code. What came before is kept."""
        try:
            while True:
                self.got.append(await self.receive())
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else None


@asynccontextmanager
async def signals_client(
    ws_url: str, room: str, user_id: str, channel: str = "m2m", token: str = ""
) -> AsyncIterator[SignalsClient]:
    """Connect. Raises websockets.InvalidStatus for a refused upgrade."""
    query = f"?token={token}" if token else ""
    async with connect(f"{ws_url}/room-signals{query}", max_size=None) as connection:
        yield SignalsClient(connection, room, user_id, channel)
