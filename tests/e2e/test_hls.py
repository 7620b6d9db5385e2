"""A composed room as HLS in a real browser, by hls.js, from nothing but a link."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from livekit import api

from .hls_player import Play, hls_players
from .meeting import Meeting
from .showing import BLUE, GREEN
from .test_egress import SMALL, reached, stop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    async with hls_players() as play_one:
        yield play_one


async def links(meeting: Meeting, egress_id: str) -> dict[str, Any]:
    """As a back end asks for them."""
    server = meeting.server
    token = api.AccessToken(server.api_key, server.api_secret).with_grants(api.VideoGrants(room_record=True))
    async with httpx.AsyncClient(base_url=server.http_url) as http:
        headers = {"authorization": f"Bearer {token.to_jwt()}"}
        answer = await http.post(f"/api/egress/{egress_id}/links", headers=headers)
        [link] = answer.raise_for_status().json()
        return link


async def test_a_composed_room_plays_while_it_is_recorded_and_afterwards(meeting: Meeting, play: Play) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone(450)
    await alice.publish_picture(BLUE)
    await bob.publish_picture(GREEN)
    started = await meeting.api.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name=meeting.name,
            layout="grid",
            advanced=SMALL,
            segment_outputs=[
                api.SegmentedFileOutput(
                    filename_prefix="{room_name}/100% #{room_id}", live_playlist_name="live.m3u8", segment_duration=2
                )
            ],
        )
    )
    await reached(meeting, started.egress_id, lambda info: bool(info.segment_results))
    link = await links(meeting, started.egress_id)
    # Before there is a segment: whoever opens the link early waits.
    audience = await play("audience", link["live_url"])
    shown = await audience.sees_both(BLUE, GREEN)
    assert shown.width == 320
    await audience.goes_on(4)
    info = await stop(meeting, started.egress_id)
    await audience.ends()

    afterwards = await play("afterwards", link["url"])
    shown = await afterwards.sees_both(BLUE, GREEN)
    recorded = info.segment_results[0].duration / 1e9
    assert shown.duration == pytest.approx(recorded, abs=0.3)
    await afterwards.goes_on(2)
    assert (await afterwards.ends()).time == pytest.approx(recorded, abs=0.3)
