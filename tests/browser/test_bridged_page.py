"""The meeting page and an iroh peer in one room: they see, hear and read each other, and a closed tab has left."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from livekit import api

from tests.e2e import media_peer
from tests.e2e.peers import Peer
from tests.running_server import RunningServer, loopback_config, running_server

from .meeting_server import meetings_on
from .sights import Tile
from .tabs import Tabs
from .visitors import see_moving, visit
from .waiting import until

pytestmark = pytest.mark.timeout(180)

COLOUR_TOLERANCE = 30
"""Of 255 per channel: what encoders and colour matrices may change."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    config = loopback_config(iroh={"enabled": True, "offline": True, "bind": "127.0.0.1"})
    async with running_server(tmp_path, config, ("--dev",)) as running:
        yield running


async def opened(server: RunningServer, room: str) -> dict[str, Any]:
    """The room, open to whoever has the ticket."""
    grants = api.VideoGrants(room_admin=True, room=room)
    token = api.AccessToken(server.api_key, server.api_secret).with_identity("keeper").with_grants(grants).to_jwt()
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}, timeout=60) as http:
        answer = await http.put(f"{server.http_url}/api/rooms/{room}/bridge", json={"allow": ["*"]})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def expect(peer: Peer, event: str, **facts: Any) -> dict[str, Any]:
    return await asyncio.to_thread(lambda: peer.expect(event, **facts))


async def test_the_page_and_a_peer_see_hear_and_read_each_other(server: RunningServer, tabs: Tabs) -> None:
    room = "peers"
    alice = await visit(tabs, meetings_on(server), room, "Alice")
    bridge = await opened(server, room)
    with Peer(sys.executable, "-m", "tests.e2e.media_peer", bridge["ticket"], bridge["endpoint"], "Ben") as ben:
        await expect(ben, "ready")
        remote = (await expect(ben, "peer_joined", name="Alice"))["remote"]

        async def look() -> Tile:
            return await see_moving(alice, "Ben")

        def is_his(tile: Tile) -> bool:
            picture = tile.picture
            return picture is not None and picture.dominant_colour == pytest.approx(
                media_peer.COLOUR, abs=COLOUR_TOLERANCE
            )

        await until(look, is_his, "Alice sees Ben")

        def plays(peaks: list[float | None]) -> bool:
            return any(peak is not None and abs(peak - media_peer.TONE) < 10 for peak in peaks)

        await until(alice.peaks, plays, "Alice hears Ben")
        await expect(ben, "picture", remote=remote)
        await expect(ben, "sound", remote=remote)

        await alice.click("toggle-chat")
        ben.say("hello page")
        await until(lambda: alice.texts("chat-text"), lambda texts: texts == ["hello page"], "Alice reads Ben")
        await alice.fill("chat-input", "hello peer")
        await alice.press("Enter")
        await expect(ben, "chat", remote=remote, text="hello peer")

        assert await alice.errors() == []
        await alice.close()
        await expect(ben, "peer_left", remote=remote)
