"""The dashboards, with a real short meeting behind them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running_server import loopback_config, running_server

from .live_visitors import faults
from .meeting_server import MeetingServer, meetings_on
from .sdk_participant import SdkParticipant
from .sights import Element
from .tabs import Tab, Tabs
from .waiting import until

ADMIN_TOKEN = "who looks after all rooms, and nobody else"
FREEZE = {"fps": 24, "bitrate": 400_000, "freeze_count": 2, "freeze_duration_ms": 800}

pytestmark = pytest.mark.timeout(180)
"""Seconds. The engine measures every five, on whatever machine this is."""


@asynccontextmanager
async def meeting(server: MeetingServer, room: str) -> AsyncIterator[None]:
    """Alice shows a picture, Bob watches it and reports that it froze."""
    async with (
        SdkParticipant.join(server.ws_url, server.token("alice", room)) as alice,
        SdkParticipant.join(server.ws_url, server.token("bob", room)) as bob,
    ):
        await alice.publish_pattern(simulcast=False)

        async def watched() -> int:
            return bob.watched["alice"].frames if "alice" in bob.watched else 0

        await until(watched, lambda frames: frames > 0, "Bob sees Alice")
        await report(server, room, "alice", {"upstream": {"video": {"fps": 15, "bitrate": 420_000}}})
        await report(server, room, "bob", {"downstream": [{"publisher_id": "alice", "video": FREEZE}]})
        yield


async def report(server: MeetingServer, room: str, identity: str, heartbeat: dict[str, Any]) -> None:
    """As a client does that measures for itself."""
    headers = {"authorization": f"Bearer {server.token(identity, room)}"}
    async with httpx.AsyncClient(base_url=server.http_url, headers=headers, timeout=30) as http:
        answer = await http.post("/room/report/heartbeat", json={"room_id": room, **heartbeat})
        assert answer.status_code == 200, answer.text


async def drawn(tab: Tab, chart: str) -> list[list[float | None]]:
    """The rows of a chart's table, the newest first."""
    rows = await tab.elements(f"{chart}-row")
    return [json.loads(row.attributes["data-values"]) for row in rows]


def is_measured(cells: list[Element]) -> bool:
    return bool(cells) and "bit/s" in cells[0].text and not cells[0].text.startswith("0 bit/s")


async def test_from_all_rooms_down_to_a_stream(meeting_server: MeetingServer, tabs: Tabs, room: str) -> None:
    async with meeting(meeting_server, room):
        tab = await tabs.open("admin", f"{meeting_server.http_url}/dashboard", width=1280, height=900)
        await tab.wait("site-dashboard")
        await tab.wait(f"to-room {room}")
        assert int((await tab.texts("people-now"))[0]) >= 2

        # Down to the room: Alice sends, Bob receives, and it froze.
        await tab.click(f"to-room {room}")
        await tab.wait("room-dashboard")
        await until(lambda: tab.elements("matrix-cell"), is_measured, "the pair is measured")
        (cell,) = await tab.elements("matrix-cell")
        assert (cell.attributes["data-sender"], cell.attributes["data-receiver"]) == ("alice", "bob")
        (frozen,) = await tab.texts("freeze-row")
        assert "alice → bob" in frozen
        assert "0.8 s" in frozen
        assert len(await tab.elements("user-row")) == 2
        await tab.click("timeline-list")
        told = " ".join(await tab.texts("timeline-row"))
        assert "alice: join room" in told
        assert "alice: publish" in told
        await tab.click("pair-bitrate-values")
        await until(
            lambda: drawn(tab, "pair-bitrate"),
            lambda rows: any(sent and received for sent, received in rows),
            "both ways are drawn",
        )

        # Down to the stream.
        await tab.click("pair-to-stream")
        await tab.wait("stream-dashboard")
        await tab.click("stream-bitrate-values")
        before = await until(lambda: drawn(tab, "stream-bitrate"), lambda rows: len(rows) > 1, "the bitrate is drawn")
        await until(lambda: drawn(tab, "stream-bitrate"), lambda rows: len(rows) > len(before), "and goes on by itself")
        await tab.click("stream-fps-values")
        rates = {value for row in await drawn(tab, "stream-fps") for value in row}
        assert {15, 24} <= rates
        assert (await tab.overflow()).horizontal == 0
        await tab.click("reach-24h")
        await until(lambda: drawn(tab, "stream-bitrate"), lambda rows: len(rows) > 1, "the day has it as well")
        await tab.back()
        await tab.wait("room-dashboard")
        assert await faults(tab) == []


async def test_somebody_is_muted_and_removed_and_the_room_closed(
    meeting_server: MeetingServer, tabs: Tabs, room: str
) -> None:
    async with meeting(meeting_server, room):
        tab = await tabs.open("admin", f"{meeting_server.http_url}/dashboard/server", width=390, height=780, touch=True)
        await tab.wait("server-well")
        await tab.wait("no-workers")
        assert (await tab.overflow()).horizontal == 0
        await tab.click("to-site")
        await tab.click(f"to-room {room}")
        await tab.click("mute-video alice")
        await tab.wait("unmute-video alice")
        (alice, _) = await tab.elements("person-row")
        assert "camera (muted)" in alice.text

        # What cannot be undone is asked first, and not done for those who think better of it.
        await tab.click("kick bob")
        await tab.wait("confirm")
        await tab.press("Escape")
        await tab.wait("confirm", "hidden")
        assert len(await tab.elements("person-row")) == 2
        await tab.click("kick bob")
        await tab.click("confirm-yes")
        await until(lambda: tab.elements("person-row"), lambda rows: len(rows) == 1, "Bob is gone")
        assert (await tab.overflow()).horizontal == 0
        await tab.click("close-room")
        await tab.click("confirm-yes")
        await tab.wait("room-not-open")
        assert await faults(tab) == []


async def test_a_phone_that_must_show_the_admin_token(tabs: Tabs, tmp_path: Path) -> None:
    config = loopback_config(room={"admin_token": ADMIN_TOKEN})
    async with running_server(tmp_path, config) as running:
        server = meetings_on(running)
        tab = await tabs.open("admin", f"{server.http_url}/dashboard", width=390, height=780, touch=True)
        await tab.wait("dashboard-refused")
        await tab.fill("admin-token", "guessed")
        await tab.click("use-admin-token")
        await until(lambda: tab.texts("dashboard-refused"), lambda texts: "does not take" in "".join(texts), "refused")
        await tab.fill("admin-token", ADMIN_TOKEN)
        await tab.click("use-admin-token")
        await tab.wait("no-rooms")
        assert (await tab.overflow()).horizontal == 0
