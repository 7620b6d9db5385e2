"""A client of the room WebSocket, as raw as they come."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import msgspec
import websockets
from websockets.asyncio.client import ClientConnection, connect

from .waiting import WITHIN


class RoomClient:
    """One connection; keeps what it has been told."""

    def __init__(self, connection: ClientConnection, room: str) -> None:
        self.connection = connection
        self.room = room
        self.got: list[dict[str, Any]] = []
        self.joined: dict[str, Any] = {}
        """What it was told when it came in."""

    async def say(self, action: str, **fields: Any) -> None:
        await self.connection.send(msgspec.json.encode({"action": action, **fields}).decode())

    async def ask(self, action: str, **fields: Any) -> dict[str, Any]:
        """Say something and return its `ack` or `error`."""
        seq = uuid.uuid4().hex
        await self.say(action, seq=seq, **fields)
        return await self.until("ack", "error", seq=seq)

    async def join(self, user_id: str, **fields: Any) -> dict[str, Any]:
        """Join and return `room_joined`. Raises AssertionError with the refusal."""
        await self.say("join_room", room_id=self.room, user_id=user_id, user_name=user_id.title(), **fields)
        answer = await self.until("room_joined", "error", "lobby_waiting")
        assert answer["action"] == "room_joined", answer
        return answer

    async def until(self, *actions: str, **fields: Any) -> dict[str, Any]:
        """The first message not yet waited for with one of these actions and all these fields.

        Raises TimeoutError, which tells what came instead.
        """

        def found() -> dict[str, Any] | None:
            for message in self.got:
                if message["action"] in actions and all(message.get(name) == value for name, value in fields.items()):
                    return message
            return None

        try:
            message = found()
            while message is None:
                self.got.append(msgspec.json.decode(await self._receive()))
                message = found()
        except (TimeoutError, websockets.ConnectionClosed) as error:
            raise TimeoutError(f"no {actions} {fields} among {[one['action'] for one in self.got]}") from error
        self.got.remove(message)
        if message["action"] == "room_joined":
            self.joined = message
        return message

    async def close_code(self) -> int | None:
        """Wait until the server has closed, and return its code. What came before is kept."""
        try:
            while True:
                self.got.append(msgspec.json.decode(await self._receive()))
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else None

    async def _receive(self) -> str | bytes:
        return await asyncio.wait_for(self.connection.recv(), WITHIN)


@asynccontextmanager
async def room_client(ws_url: str, room: str, token: str = "", **query: str) -> AsyncIterator[RoomClient]:
    """Connect to a room. Raises websockets.InvalidStatus for a refused upgrade."""
    parameters = "&".join(f"{name}={quote(value)}" for name, value in {"token": token, **query}.items() if value)
    async with connect(f"{ws_url}/room/{room}?{parameters}", max_size=None) as connection:
        yield RoomClient(connection, room)
