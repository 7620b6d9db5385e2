"""A back end on the NkMEDIA API: opens a room, says who publishes there, and leaves when it is closed.

    python examples/nkmedia_backend.py my-room

Join my-room by any protocol, in a browser for one. ROOMFUL_URL chooses another server than `make run`'s; who logs in is
NKMEDIA_USER with NKMEDIA_PASSWORD, or LIVEKIT_API_KEY with LIVEKIT_API_SECRET.
"""

import asyncio
import itertools
import json
import os
import sys

import websockets


class Backend:
    """One connection. Every request of the server has to be answered, its pings and events too."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.events: asyncio.Queue[dict] = asyncio.Queue()
        self._tids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict]] = {}

    async def read(self) -> None:
        async for text in self.socket:
            message = json.loads(text)
            if "result" in message:
                self._waiting.pop(message["tid"]).set_result(message)
            elif "cmd" in message:
                await self.socket.send(json.dumps({"result": "ok", "tid": message["tid"]}))
                if message["cmd"] == "event":
                    self.events.put_nowait(message["data"])

    async def ask(self, command: str, **data: object) -> dict:
        """The `data` of the response to `class/subclass/cmd`. Ends the program with an error."""
        class_name, subclass, cmd = command.split("/")
        tid = next(self._tids)
        self._waiting[tid] = asyncio.get_running_loop().create_future()
        request = {"class": class_name, "subclass": subclass, "cmd": cmd, "data": data, "tid": tid}
        await self.socket.send(json.dumps(request))
        response = await self._waiting[tid]
        if response["result"] != "ok":
            sys.exit(f"{command}: {response['data']['error']} ({response['data']['code']})")
        return response.get("data", {})


async def main(room: str) -> None:
    url = os.environ.get("ROOMFUL_URL", "ws://127.0.0.1:7880")
    user = os.environ.get("NKMEDIA_USER") or os.environ.get("LIVEKIT_API_KEY", "devkey")
    password = os.environ.get("NKMEDIA_PASSWORD") or os.environ.get("LIVEKIT_API_SECRET", "secret")
    async with websockets.connect(f"{url}/nkmedia") as socket:
        backend = Backend(socket)
        reading = asyncio.create_task(backend.read())
        await backend.ask("core/user/login", user=user, password=password)
        await backend.ask("core/event/subscribe", **{"class": "media"}, subclass="room", obj_id=room)
        await backend.ask("media/room/create", **{"class": "sfu"}, room_id=room)
        print(f"{room} is open", flush=True)
        while (event := await backend.events.get())["type"] != "destroyed":
            match event:
                case {"type": "started_publisher", "body": {"user": who}}:
                    info = await backend.ask("media/room/info", room_id=room)
                    print(f"{who} publishes, {len(info['publishers'])} in all", flush=True)
                case {"type": "stopped_publisher", "body": {"user": who}}:
                    print(f"{who} has stopped", flush=True)
        print(f"{room} is closed: {event['body']['reason']}", flush=True)
        reading.cancel()


asyncio.run(main(sys.argv[1]))
