"""Who sends by RTMP or WHIP, without any SDK, is seen and heard in the meeting page like everybody else."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit import api

from tests.e2e.showing import RED, Colour
from tests.e2e.whip_page import WhipTab, page_server
from tests.ffmpeg_push import push
from tests.running_server import RunningServer, free_port, loopback_config, running_server

from .meeting_server import MeetingServer, meetings_on
from .sights import Tile
from .tabs import Tab, Tabs
from .visitors import see_moving, visit
from .waiting import until

pytestmark = pytest.mark.timeout(180)

TEAL: Colour = (0, 128, 128)
TEAL_WITH_BAR = (
    "color=c=0x008080:size=640x360:rate=15[wall];color=c=white:size=80x360:rate=15[bar];"
    "[wall][bar]overlay=x='mod(20*n,560)'"
)
TONE = 600
"""Hz; what FFmpeg pushes."""
COLOUR_TOLERANCE = 30
"""Of 255 per channel: what encoders and colour matrices may change."""


@pytest.fixture
async def rtmp_server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    config = loopback_config(ingress={"rtmp_port": free_port(socket.SOCK_STREAM)})
    async with running_server(tmp_path, config, ("--dev",)) as server:
        yield server


async def expect_moving(tab: Tab, label: str, colour: Colour) -> Tile:
    """Wait until the tile shows a moving picture, mostly of this colour. Raises TimeoutError."""

    async def look() -> Tile:
        return await see_moving(tab, label)

    def has_colour(tile: Tile) -> bool:
        picture = tile.picture
        return picture is not None and picture.dominant_colour == pytest.approx(colour, abs=COLOUR_TOLERANCE)

    return await until(look, has_colour, f"{tab.name} sees {label} in {colour}")


async def expect_tone(tab: Tab, frequency: float) -> None:
    def plays(peaks: list[float | None]) -> bool:
        return any(peak is not None and abs(peak - frequency) < 10 for peak in peaks)

    await until(tab.peaks, plays, f"{tab.name} hears {frequency} Hz")


async def expect_gone(tab: Tab, label: str) -> None:
    async def look() -> list[str]:
        return [tile.label for tile in await tab.tiles()]

    await until(look, lambda labels: label not in labels, f"{tab.name} sees that {label} has left")


async def test_what_ffmpeg_pushes_by_rtmp_is_in_the_page(rtmp_server: RunningServer, room: str, tabs: Tabs) -> None:
    alice = await visit(tabs, meetings_on(rtmp_server), room, "Alice")
    async with api.LiveKitAPI(rtmp_server.http_url, rtmp_server.api_key, rtmp_server.api_secret) as client:
        info = await client.ingress.create_ingress(
            api.CreateIngressRequest(
                input_type=api.IngressInput.RTMP_INPUT,
                room_name=room,
                participant_identity="studio",
                participant_name="The studio",
            )
        )
    url = info.url.replace("localhost", "127.0.0.1")
    async with push(f"{url}/{info.stream_key}", picture=TEAL_WITH_BAR):
        tile = await expect_moving(alice, "The studio", TEAL)
        assert tile.identity == "studio"
        assert tile.picture is not None
        assert (tile.picture.width, tile.picture.height) == (640, 360)
        await expect_tone(alice, TONE)
    await expect_gone(alice, "The studio")
    assert await alice.errors() == []


async def test_who_publishes_by_whip_from_a_browser_is_in_the_page(
    meeting_server: MeetingServer, room: str, tabs: Tabs
) -> None:
    alice = await visit(tabs, meeting_server, room, "Alice")
    async with page_server() as page:
        camera = WhipTab(await tabs.open("camera", page))
        await camera.publish(f"{meeting_server.http_url}/whip/v1", meeting_server.token("camera", room), RED, 450)
        await expect_moving(alice, "camera", RED)
        await expect_tone(alice, 450)
        assert await camera.end() == 200
    await expect_gone(alice, "camera")
    assert await alice.errors() == []
