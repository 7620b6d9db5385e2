"""Joins a room over the room WebSocket, says hello, and prints what happens there.

    python examples/room_client.py my-room ann

ROOMFUL_URL chooses another server than `make run`'s, ROOM_TOKEN is the token that one needs.
"""

import asyncio
import json
import os
import sys

import websockets


async def main(room: str, user: str) -> None:
    url = os.environ.get("ROOMFUL_URL", "ws://127.0.0.1:7880")
    async with websockets.connect(f"{url}/room/{room}?token={os.environ.get('ROOM_TOKEN', '')}") as socket:

        async def say(action: str, **fields: object) -> None:
            await socket.send(json.dumps({"action": action, **fields}))

        async def stay_alive(interval: float) -> None:
            while True:
                await asyncio.sleep(interval)
                await say("heartbeat")

        await say("join_room", room_id=room, user_id=user, user_name=user.title())
        async with asyncio.TaskGroup() as tasks:
            async for text in socket:
                message = json.loads(text)
                print(message["action"], message.get("content") or message.get("user_id") or "", flush=True)
                if message["action"] == "room_joined":
                    tasks.create_task(stay_alive(message["heartbeat_interval"]))
                    await say("chat", content=f"hello, this is {user}")


asyncio.run(main(*sys.argv[1:3]))
