"""Media sessions of the NkMEDIA API whose clients are browsers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from tests.browser.tabs import Tab, Tabs
from tests.running_server import RunningServer

from .nkmedia_client import NkMediaClient, nkmedia_client
from .page_server import serve_page
from .showing import BLUE, GREEN, Colour, is_like
from .waiting import WITHIN, until_seen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

PAGE = Path(__file__).with_name("nkmedia_page.html")


class Sent(msgspec.Struct):
    bytes: int
    at: float


class Seen(msgspec.Struct):
    frames: int
    colour: Colour


OpenTab = Callable[[str], Awaitable[Tab]]


@pytest.fixture
async def open_tab() -> AsyncIterator[OpenTab]:
    async with Tabs.launch() as tabs, serve_page(PAGE.read_bytes()) as url:

        async def open_one(name: str) -> Tab:
            return await tabs.open(name, url)

        yield open_one


@pytest.fixture
async def backend(roomful_server: RunningServer) -> AsyncIterator[NkMediaClient]:
    async with nkmedia_client(roomful_server.ws_url) as client:
        yield client


async def publish(backend: NkMediaClient, tab: Tab, room_id: str, colour: Colour, **data: object) -> str:
    offer = {"sdp": await tab.call(str, "offer", f"rgb{colour}")}
    fields = {"type": "publish", "room_id": room_id, "create_room": True, "offer": offer, "wait_reply": True, **data}
    reply = await backend.ok("media/session/create", **fields)
    await tab.call(bool, "accept", reply["answer"]["sdp"])
    return reply["session_id"]


async def sees(tab: Tab, colour: Colour) -> None:
    before = (await tab.call(Seen, "look")).frames
    await until_seen(
        lambda: tab.call(Seen, "look"), lambda seen: seen.frames > before and is_like(seen.colour, colour), f"{colour}"
    )


async def test_a_browser_is_switched_to_another_publisher(backend: NkMediaClient, open_tab: OpenTab) -> None:
    first, second, viewer = [await open_tab(name) for name in ("first", "second", "viewer")]
    publishers = [await publish(backend, tab, "browsers", colour) for tab, colour in ((first, BLUE), (second, GREEN))]
    reply = await backend.ok("media/session/create", type="listen", publisher_id=publishers[0], wait_reply=True)
    answer = await viewer.call(str, "answer", reply["offer"]["sdp"])
    await backend.ok("media/session/set_answer", session_id=reply["session_id"], answer={"sdp": answer})
    await sees(viewer, BLUE)
    for publisher, colour in ((publishers[1], GREEN), (publishers[0], BLUE)):
        await backend.ok(
            "media/session/set_type", session_id=reply["session_id"], type="listen", publisher_id=publisher
        )
        await sees(viewer, colour)


async def sending_rate(tab: Tab, seconds: int = 3) -> float:
    """Bits per second in the last so many seconds, when the sender has found its rate."""
    samples = [await tab.call(Sent, "sent")]

    async def look() -> list[Sent]:
        samples.append(await tab.call(Sent, "sent"))
        return samples

    await until_seen(look, lambda seen: seen[-1].at - seen[0].at > 4 + seconds, "some seconds of sending", WITHIN)
    first = next(one for one in samples if one.at >= samples[-1].at - seconds)
    return (samples[-1].bytes - first.bytes) * 8 / (samples[-1].at - first.at)


async def test_a_browser_sends_no_more_than_it_may(backend: NkMediaClient, open_tab: OpenTab) -> None:
    limit = 150_000
    camera = await open_tab("camera")
    publisher = await publish(backend, camera, "thin", BLUE, bitrate=limit)
    assert 0.3 * limit < await sending_rate(camera) < 1.3 * limit
    await backend.ok("media/session/update_media", session_id=publisher, bitrate=0)
    assert await sending_rate(camera) > 2 * limit, "or else that was no test"
    await backend.ok("media/session/update_media", session_id=publisher, bitrate=limit)
    assert 0.3 * limit < await sending_rate(camera) < 1.3 * limit
