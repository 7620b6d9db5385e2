"""A power cut in the middle of a recorded meeting: its file is there, and it goes on. specs/monibuca-rooms.md §7."""

import asyncio
import io
import uuid
from functools import partial
from pathlib import Path
from typing import Any

import av
import pytest

from tests.running_server import running_server

from .meeting import Meeting
from .room_client import room_client
from .speaking import play, publish_voice
from .test_meeting_rooms import gathering_open, office, open_house
from .waiting import until_seen

pytestmark = pytest.mark.timeout(180)


async def test_a_meeting_that_is_recorded_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    room = f"meet-{uuid.uuid4().hex[:8]}"
    config = open_house(egress={"output_directory": str(tmp_path / "recordings")}, meeting={"enable_lobby": False})

    def is_written(seen: dict[str, Any]) -> bool:
        """Frames are on the disk."""
        files = list((tmp_path / "recordings").rglob("*.mp4"))
        return bool(seen["recordings"]) and bool(files) and files[0].stat().st_size > 20_000

    async with running_server(tmp_path, config) as server, office(server) as api:
        meeting = Meeting(server)
        meeting.name = room
        async with gathering_open(server, room, "hanna") as (host,):
            voice = await publish_voice((await meeting.join("sam")).room)
            await host.ask("start_meeting")
            await host.ask("start_recording")
            async with asyncio.TaskGroup() as group:
                saying = group.create_task(play(voice, "1357924680" * 6))
                await until_seen(partial(api.call, "GET", f"/{room}/recordings"), is_written, "a file", within=60)
                await server.kill()
                saying.cancel()
        await meeting.close()
    async with running_server(tmp_path, config) as server, office(server) as api:
        (left,) = (await api.call("GET", f"/{room}/recordings"))["recordings"]
        assert (left["status"], left["user_id"], left["duration"] > 0) == ("complete", "sam", True)
        film = await api.fetch(left["url"], {})
        with av.open(io.BytesIO(film.content), mode="r") as container:
            assert sum(frame.samples for frame in container.decode(audio=0)) > 0
        async with room_client(server.ws_url, room) as host:
            joined = await host.join("hanna")
            assert (joined["extension"]["status"], joined["extension"]["recording"]) == ("Active", True)
            if not joined["room"]["recording"]:
                assert (await host.until("recording_state"))["recording"]
            assert (await host.ask("stop_recording"))["code"] == 0
            assert not (await host.until("recording_state", recording=False))["files"]
