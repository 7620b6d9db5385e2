"""`roomful demo` fills the dashboards of a running server."""

import asyncio
import sys
from typing import Any

import httpx
import pytest

from tests.running_server import RunningServer, running_server

from .waiting import until_seen

pytestmark = pytest.mark.timeout(120)


def shows_something(answers: list[dict[str, Any]]) -> bool:
    """Of the charts of all three dashboards."""
    site, room = answers
    points = [point for pair in room["pairs"] for point in pair["points"]]
    return (
        {one["room_id"] for one in site["rooms"]} >= {"demo-1", "demo-2"}
        and {"packet_loss_spike"} <= {risk for one in site["rooms"] for risk in one["risks"]}
        and len(room["pairs"]) == 2 * 3
        and any(pair["freeze_count"] for pair in room["pairs"])
        and all(any(point[name] for point in points) for name in ("send_bitrate", "recv_bitrate", "fps", "rtt_ms"))
        and {"join_room", "camera_open", "leave_room"} <= {one["event"] for one in room["timeline"]}
    )


async def test_a_demo_shows_something_in_every_chart(tmp_path: Any) -> None:
    async with (
        running_server(tmp_path, arguments=("--dev",)) as server,
        httpx.AsyncClient(base_url=server.http_url, timeout=30) as http,
    ):

        async def asked() -> list[dict[str, Any]]:
            return [(await http.get(path)).json()["data"] for path in ("/all_room_stats", "/room_stats/demo-1")]

        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "roomful", "demo", "2", "3", "--dev", "--url", server.http_url)
        )
        try:
            await until_seen(asked, shows_something, "numbers of each kind", within=60)
            assert process.returncode is None
        finally:
            process.terminate()
            await process.wait()


async def test_a_server_that_is_not_there_or_a_wrong_key_is_told(roomful_server: RunningServer) -> None:
    for arguments in (("--url", "http://127.0.0.1:1", "--dev"), ("0", "--dev"), ("--url", roomful_server.http_url)):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "roomful", "demo", *arguments), stderr=asyncio.subprocess.PIPE
        )
        _, told = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode not in (0, None)
        assert b"Traceback" not in told
