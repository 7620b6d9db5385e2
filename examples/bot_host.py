"""Hosts a live show: greets who comes, and thanks for gifts. `python examples/bot_host.py my-show`, then join it.

ROOMFUL_URL chooses another server than `make run`'s; ROOM_TOKEN and ADMIN_TOKEN are the tokens that one needs.
"""

import asyncio
import json
import os
import sys

import httpx
from websockets.asyncio.client import ClientConnection, connect

URL, ME = os.environ.get("ROOMFUL_URL", "ws://127.0.0.1:7880"), "bot-host"


async def stay_alive(socket: ClientConnection) -> None:
    while True:
        await socket.send('{"action": "heartbeat"}')
        await asyncio.sleep(10)


async def main(room: str) -> None:
    """Runs until the show is over. One that is there already, as from before a restart, is taken up."""
    show = {"room_id": room, "title": "The bot show", "streamer_id": ME, "streamer_name": "Bot"}
    async with httpx.AsyncClient(params={"token": os.environ.get("ADMIN_TOKEN", "")}) as http:
        await http.post(f"{URL.replace('ws', 'http', 1)}/live/rooms", json=show)
    async with connect(f"{URL}/room/{room}?token={os.environ.get('ROOM_TOKEN', '')}") as socket:
        await socket.send(json.dumps({"action": "join_room", "room_id": room, "user_id": ME, "user_name": "Bot"}))
        heart = asyncio.create_task(stay_alive(socket))
        async for text in socket:
            match json.loads(text):
                case {"action": "room_joined", "extension": {"status": "Preparing"}}:
                    await socket.send('{"action": "start_live"}')
                case {"action": "live_started" | "live_resumed"}:
                    print(f"live in {room}", flush=True)
                case {"action": "user_joined", "user": {"user_name": name}}:
                    await socket.send(json.dumps({"action": "chat", "content": f"Welcome, {name}!"}))
                case {"action": "gift_received", "from": {"user_name": name}, "gift_name": gift, "count": count}:
                    thanks = f"Thank you for {count} x {gift}, {name}!"
                    await socket.send(json.dumps({"action": "send_danmaku", "content": thanks, "color": "#FFD700"}))
        heart.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
