"""A browser sends by WHIP and receives by WHEP; LiveKit's clients are in the same room."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from livekit import api, rtc

from tests.browser.tabs import Tabs
from tests.running_server import RunningServer

from .meeting import Meeting
from .showing import BLUE, GREEN, RED
from .test_mixing import MixingDesk
from .whip_page import WhipTab, page_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

OpenTab = Callable[[str], Awaitable[WhipTab]]


@pytest.fixture
async def open_tab() -> AsyncIterator[OpenTab]:
    async with Tabs.launch() as tabs, page_server() as url:

        async def open_one(name: str) -> WhipTab:
            return WhipTab(await tabs.open(name, url))

        yield open_one


@pytest.fixture
async def meeting(roomful_server: RunningServer) -> AsyncIterator[Meeting]:
    opened = Meeting(roomful_server)
    yield opened
    await opened.close()


def whip(meeting: Meeting) -> str:
    return f"{meeting.server.http_url}/whip/v1"


def whep(meeting: Meeting) -> str:
    return f"{meeting.server.http_url}/whep/v1"


async def test_a_whip_publisher_is_an_ordinary_participant(meeting: Meeting, open_tab: OpenTab) -> None:
    alice = await meeting.join("alice")
    camera = await open_tab("camera")
    began = await camera.publish(whip(meeting), meeting.token("camera"), RED, 450)
    other = await alice.knows("camera")
    assert began.session.endswith(other.sid)
    await alice.sees("camera", RED, name="")
    await alice.hears("camera", 450, name="")
    tracks = {track.source: track for track in other.track_publications.values()}
    assert set(tracks) == {rtc.TrackSource.SOURCE_CAMERA, rtc.TrackSource.SOURCE_MICROPHONE}
    assert (await camera.state()).trickled > 0

    assert await camera.end() == 200
    left = await alice.until("participant_disconnected", "camera")
    assert left.details == (rtc.DisconnectReason.CLIENT_INITIATED,)


async def test_who_closes_the_page_leaves_the_room(meeting: Meeting, open_tab: OpenTab) -> None:
    alice = await meeting.join("alice")
    camera = await open_tab("camera")
    await camera.publish(whip(meeting), meeting.token("camera"), RED)
    await alice.sees("camera", RED, name="")
    await camera.vanish()
    await alice.until("participant_disconnected", "camera")


async def test_media_goes_on_over_an_ice_restart(meeting: Meeting, open_tab: OpenTab) -> None:
    alice = await meeting.join("alice")
    camera = await open_tab("camera")
    await camera.publish(whip(meeting), meeting.token("camera"), RED)
    await alice.sees("camera", RED, name="")
    restarted = await camera.restart_ice()
    assert restarted.etag != restarted.previous
    await camera.is_connected()
    await alice.sees("camera", RED, name="")
    assert alice.told("participant_disconnected") == []


async def test_a_viewer_sees_and_hears_a_participant(meeting: Meeting, open_tab: OpenTab) -> None:
    alice = await meeting.join("alice")
    await alice.publish_picture(GREEN)
    await alice.publish_tone()
    viewer = await open_tab("viewer")
    await viewer.play(whep(meeting), meeting.token("viewer"))
    await viewer.sees(GREEN)
    await viewer.hears()
    assert (await alice.knows("viewer")).track_publications == {}
    assert await viewer.end() == 200
    await alice.until("participant_disconnected", "viewer")


async def test_a_viewer_follows_a_publisher_who_comes_later_and_publishes_anew(
    meeting: Meeting, open_tab: OpenTab
) -> None:
    viewer = await open_tab("viewer")
    await viewer.play(whep(meeting), meeting.token("viewer"))
    await viewer.is_connected()
    alice = await meeting.join("alice")
    first = await alice.publish_picture(RED)
    await viewer.sees(RED)
    await alice.me.unpublish_track(first.sid)
    await alice.publish_picture(BLUE)
    await viewer.sees(BLUE)


async def test_a_viewer_without_a_wish_goes_on_with_the_next(meeting: Meeting, open_tab: OpenTab) -> None:
    alice = await meeting.join("alice")  # who was there first is shown first
    bob = await meeting.join("bob")
    await alice.publish_picture(RED)
    await bob.publish_picture(BLUE)
    viewer = await open_tab("viewer")
    await viewer.play(whep(meeting), meeting.token("viewer"))
    await viewer.sees(RED)
    await meeting.api.room.remove_participant(api.RoomParticipantIdentity(room=meeting.name, identity="alice"))
    await viewer.sees(BLUE)


async def test_a_viewer_gets_the_participant_it_asks_for(meeting: Meeting, open_tab: OpenTab) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_picture(RED)
    await bob.publish_picture(BLUE)
    viewer = await open_tab("viewer")
    await viewer.play(f"{whep(meeting)}?participant=bob", meeting.token("viewer"))
    await viewer.sees(BLUE)


async def test_from_browser_to_browser(meeting: Meeting, open_tab: OpenTab) -> None:
    camera, viewer = await open_tab("camera"), await open_tab("viewer")
    await camera.publish(whip(meeting), meeting.token("camera"), GREEN, 450)
    await viewer.play(whep(meeting), meeting.token("viewer", hidden=True))
    await viewer.sees(GREEN)
    await viewer.hears()


async def test_a_viewer_of_a_mixed_room_gets_the_mix(meeting: Meeting, open_tab: OpenTab) -> None:
    alice = await meeting.join("alice")
    await alice.publish_picture(RED)
    await alice.publish_tone()
    viewer = await open_tab("viewer")
    await viewer.play(whep(meeting), meeting.token("viewer"))
    await viewer.sees(RED)
    desk = MixingDesk(meeting)
    bob = await meeting.join("bob")
    await bob.publish_picture(BLUE)
    await desk.mix(layout="1x1", floor="bob")
    await viewer.sees(BLUE)
    await viewer.hears()
    assert (await desk.http.delete("")).status_code == 200
    await viewer.sees(RED)
