"""Media sessions of the NkMEDIA API whose clients are browsers."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.browser.tabs import Tab, Tabs
from tests.running_server import RunningServer

from .browsers import PAGE, publish, sees, sending_rate, watch
from .nkmedia_client import NkMediaClient, nkmedia_client
from .page_server import serve_page
from .showing import BLUE, GREEN, Colour

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

BLACK: Colour = (0, 0, 0)
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


async def test_a_browser_is_switched_to_another_publisher(backend: NkMediaClient, open_tab: OpenTab) -> None:
    first, second, viewer = [await open_tab(name) for name in ("first", "second", "viewer")]
    publishers = [await publish(backend, tab, "browsers", colour) for tab, colour in ((first, BLUE), (second, GREEN))]
    listener = await watch(backend, viewer, type="listen", publisher_id=publishers[0])
    await sees(viewer, BLUE)
    for publisher, colour in ((publishers[1], GREEN), (publishers[0], BLUE)):
        await backend.ok("media/session/set_type", session_id=listener, type="listen", publisher_id=publisher)
        await sees(viewer, colour)


async def test_browsers_are_members_of_a_conference(backend: NkMediaClient, open_tab: OpenTab) -> None:
    camera, viewer = [await open_tab(name) for name in ("camera", "viewer")]
    conference = {"room_id": "browsers of a conference"}
    member = await publish(backend, camera, **conference, colour=BLUE, type="mcu")
    await watch(backend, viewer, **conference, type="mcu")
    await sees(viewer, BLUE)
    await backend.ok("media/session/room_action", session_id=member, action="vmute")
    await sees(viewer, BLACK)
    await backend.ok("media/session/room_action", session_id=member, action="unvmute")
    await sees(viewer, BLUE)


async def test_a_browser_sends_no_more_than_it_may(backend: NkMediaClient, open_tab: OpenTab) -> None:
    limit = 150_000
    camera = await open_tab("camera")
    publisher = await publish(backend, camera, "thin", BLUE, bitrate=limit)
    assert 0.3 * limit < await sending_rate(camera) < 1.3 * limit
    await backend.ok("media/session/update_media", session_id=publisher, bitrate=0)
    assert await sending_rate(camera) > 2 * limit, "or else that was no test"
    await backend.ok("media/session/update_media", session_id=publisher, bitrate=limit)
    assert 0.3 * limit < await sending_rate(camera) < 1.3 * limit
