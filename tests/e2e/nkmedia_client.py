"""A back end on the NkMEDIA API, as raw as they come: it answers the server's requests and keeps the events."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from tests.rtc import Peer

from .waiting import WITHIN


class NkMediaClient:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.events: list[dict[str, Any]] = []
        """The `data` of each event not waited for yet, oldest first."""
        self.acks: list[Any] = []
        self._responses: dict[int, dict[str, Any]] = {}
        self._tids = itertools.count(1)

    async def ask(self, path: str, **data: Any) -> dict[str, Any]:
        """Ask `class/subclass/cmd` and return the response."""
        class_name, subclass, cmd = path.split("/")
        tid = next(self._tids)
        request = {"class": class_name, "subclass": subclass, "cmd": cmd, "data": data, "tid": tid}
        await self.connection.send(msgspec.json.encode(request).decode())
        while tid not in self._responses:
            await self._read()
        return self._responses.pop(tid)

    async def ok(self, path: str, **data: Any) -> Any:
        response = await self.ask(path, **data)
        assert response["result"] == "ok", response
        return response.get("data")

    async def until_ok(self, within: float, path: str, **data: Any) -> Any:
        """Ask again until it is granted, for so many seconds. Raises TimeoutError."""
        deadline = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < deadline:
            response = await self.ask(path, **data)
            if response["result"] == "ok":
                return response.get("data")
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{path} is not granted")

    async def ok_all(self, path: str, all_data: Sequence[dict[str, Any]]) -> None:
        """Ask the same of many, all at once."""
        class_name, subclass, cmd = path.split("/")
        tids = [next(self._tids) for _ in all_data]
        for tid, data in zip(tids, all_data, strict=True):
            request = {"class": class_name, "subclass": subclass, "cmd": cmd, "data": data, "tid": tid}
            await self.connection.send(msgspec.json.encode(request).decode())
        for tid in tids:
            while tid not in self._responses:
                await self._read()
            assert self._responses.pop(tid)["result"] == "ok"

    async def event(self, subclass: str, kind: str, obj_id: str = "") -> dict[str, Any]:
        """The next event of that kind. Raises TimeoutError, which tells what came instead."""

        def found() -> dict[str, Any] | None:
            wanted = (one for one in self.events if (one["subclass"], one["type"]) == (subclass, kind))
            return next((one for one in wanted if obj_id in ("", one["obj_id"])), None)

        try:
            event = found()
            while event is None:
                await self._read()
                event = found()
        except TimeoutError as error:
            raise TimeoutError(f"no {subclass}/{kind} of {obj_id} among {self.events}") from error
        self.events.remove(event)
        return event

    async def _read(self) -> None:
        message = msgspec.json.decode(await asyncio.wait_for(self.connection.recv(), WITHIN))
        if "ack" in message:
            self.acks.append(message["ack"])
        elif "result" in message:
            self._responses[message["tid"]] = message
        else:
            if message["cmd"] == "event":
                self.events.append(message["data"])
            await self.connection.send(msgspec.json.encode({"result": "ok", "tid": message["tid"]}).decode())


@asynccontextmanager
async def nkmedia_client(ws_url: str, user: str = "backend@example.com", **login: Any) -> AsyncIterator[NkMediaClient]:
    """Connect and log in."""
    async with connect(f"{ws_url}/nkmedia", max_size=None) as connection:
        client = NkMediaClient(connection)
        await client.ok("core/user/login", user=user, **login)
        yield client


async def publish(backend: NkMediaClient, room_id: str, peer: Peer, **data: object) -> str:
    """Publish what the peer sends; returns the session id."""
    offer = {"sdp": await peer.offer()}
    fields = {"type": "publish", "room_id": room_id, "offer": offer, "wait_reply": True, **data}
    reply = await backend.ok("media/session/create", **fields)
    assert (reply["room_id"], reply["room"]) == (room_id, room_id)
    await peer.accept(reply["answer"]["sdp"])
    return reply["session_id"]


async def listen(backend: NkMediaClient, publisher_id: str, peer: Peer) -> str:
    """Listen to a publisher; returns the session id."""
    reply = await backend.ok("media/session/create", type="listen", publisher_id=publisher_id, wait_reply=True)
    answer = await peer.answer(reply["offer"]["sdp"])
    await backend.ok("media/session/set_answer", session_id=reply["session_id"], answer={"sdp": answer})
    return reply["session_id"]
