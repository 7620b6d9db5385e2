"""The examples do what they say, against a server as `make run` starts it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from livekit import api

from tests.running_server import RunningServer, loopback_config, running_server

from .meeting import Meeting
from .room_client import room_client
from .waiting import WITHIN, until_seen

EXAMPLES = Path(__file__).parents[2] / "examples"


@asynccontextmanager
async def example(server: RunningServer, *arguments: str) -> AsyncIterator[asyncio.StreamReader]:
    """What an example prints while it runs; it is killed in the end, as the SDK's threads outlive Ctrl-C."""
    environment = os.environ | {
        "ROOMFUL_URL": server.ws_url,
        "LIVEKIT_API_KEY": server.api_key,
        "LIVEKIT_API_SECRET": server.api_secret,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=EXAMPLES, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def test_two_voices_hear_each_other(fresh_server: RunningServer) -> None:
    async with (
        example(fresh_server, "voices.py", "choir", "ann") as ann,
        example(fresh_server, "voices.py", "choir", "bob", "--tone", "660") as bob,
    ):
        assert await asyncio.wait_for(ann.readline(), WITHIN) == b"ann is in choir\n"
        assert await asyncio.wait_for(bob.readline(), WITHIN) == b"bob is in choir\n"
        for listener, other in ((ann, "bob"), (bob, "ann")):
            loudness = -200.0
            while loudness < -20:  # a sine of amplitude 8000 has -15 dB; the first second may begin in silence
                name, _, rest = (await asyncio.wait_for(listener.readline(), WITHIN)).decode().partition(": ")
                assert name == other
                loudness = float(rest.removesuffix(" dB\n"))


async def test_a_bot_hosts_a_show(roomful_server: RunningServer) -> None:
    async with example(roomful_server, "bot_host.py", "bot-show") as host:
        assert await asyncio.wait_for(host.readline(), WITHIN) == b"live in bot-show\n"
        async with room_client(roomful_server.ws_url, "bot-show") as ann:
            await ann.join("ann")
            assert (await ann.until("chat"))["content"] == "Welcome, Ann!"
            await ann.say("send_gift", gift_id="rose", count=3)
            assert (await ann.until("danmaku"))["content"] == "Thank you for 3 x Rose, Ann!"


async def test_two_callers_see_and_hear_each_other(roomful_server: RunningServer) -> None:
    async with example(roomful_server, "room_signals_client.py", "signals-example", "ann") as ann:
        assert await asyncio.wait_for(ann.readline(), WITHIN) == b"ann is admin in signals-example\n"
        async with example(roomful_server, "room_signals_client.py", "signals-example", "bob") as bob:
            assert await asyncio.wait_for(bob.readline(), WITHIN) == b"bob is viewer in signals-example\n"
            said = {await asyncio.wait_for(bob.readline(), WITHIN) for _ in range(2)}
            assert said == {b"bob sees ann\n", b"bob hears ann\n"}
            said = {await asyncio.wait_for(ann.readline(), WITHIN) for _ in range(4)}
            assert said == {
                b"ann lets bob publish\n",
                b"ann sees bob\n",
                b"ann hears bob\n",
                b"ann reads bob: hello\n",
            }


async def test_a_back_end_follows_who_publishes(fresh_server: RunningServer) -> None:
    async with example(fresh_server, "nkmedia_backend.py", "followed") as backend:
        assert await asyncio.wait_for(backend.readline(), WITHIN) == b"followed is open\n"
        meeting = Meeting(fresh_server)
        meeting.name = "followed"
        try:
            alice = await meeting.join("alice")
            await alice.publish_tone()
            assert await asyncio.wait_for(backend.readline(), WITHIN) == b"alice publishes, 1 in all\n"
            await alice.leave()
            assert await asyncio.wait_for(backend.readline(), WITHIN) == b"alice has stopped\n"
            await meeting.api.room.delete_room(api.DeleteRoomRequest(room="followed"))
            assert await asyncio.wait_for(backend.readline(), WITHIN) == b"followed is closed: API stop received\n"
        finally:
            await meeting.close()


async def test_a_camera_is_a_peer_and_is_seen_in_the_meeting(tmp_path: Path) -> None:
    settings = {"enabled": True, "offline": True, "bind": "127.0.0.1"}
    async with running_server(tmp_path, loopback_config(iroh=settings)) as server:
        meeting = Meeting(server)
        try:
            alice = await meeting.join("alice")
            token = meeting.token("keeper", room_admin=True)
            async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=60) as http:
                url = f"{server.http_url}/api/rooms/{meeting.name}/bridge"
                opened = (await http.put(url, json={"allow": ["*"]})).json()
            arguments = ("camera_peer.py", opened["ticket"], "--peer", opened["endpoint"], "--bind", "127.0.0.1:0")
            async with example(server, *arguments, "--name", "Door camera") as camera:
                said = (await asyncio.wait_for(camera.readline(), WITHIN)).decode()
                assert said.startswith("Door camera is ")
                identity = f"iroh:{said.split()[-1]}"
                assert (await alice.knows(identity)).name == "Door camera"
                picture = alice.picture(identity, "camera")

                async def frames() -> int:
                    return picture.frames

                await until_seen(frames, lambda seen: seen > 10, "pictures of the camera")
        finally:
            await meeting.close()
