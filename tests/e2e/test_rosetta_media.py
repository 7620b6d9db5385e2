"""Media beside the room WebSocket: a browser sends and gets by WHIP and WHEP what LiveKit clients get and send."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from livekit import rtc

from tests.browser.tabs import Tabs
from tests.protocols.whip import offers
from tests.running_server import RunningServer

from .meeting import Meeting, open_to_all
from .room_client import RoomClient, room_client
from .showing import GREEN, RED
from .whip_page import WhipTab, page_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

OpenTab = Callable[[str], Awaitable[WhipTab]]
SDP = "application/sdp"


@pytest.fixture
async def meeting(roomful_server: RunningServer) -> AsyncIterator[Meeting]:
    async with open_to_all(roomful_server) as opened:
        yield opened


@pytest.fixture
async def moni(meeting: Meeting) -> AsyncIterator[RoomClient]:
    async with room_client(meeting.server.ws_url, meeting.name) as client:
        yield client


@pytest.fixture
async def open_tab() -> AsyncIterator[OpenTab]:
    async with Tabs.launch() as tabs, page_server() as url:

        async def open_one(name: str) -> WhipTab:
            return WhipTab(await tabs.open(name, url))

        yield open_one


async def test_whip_is_the_member_that_sends_and_whep_the_member_that_gets(
    meeting: Meeting, moni: RoomClient, open_tab: OpenTab
) -> None:
    publish = (await moni.join("moni"))["publish"]
    alice = await meeting.join("alice")
    camera, viewer = await open_tab("camera"), await open_tab("viewer")

    await camera.publish(meeting.server.http_url + publish["whip_url"], publish["token"], RED, 450)
    await alice.sees("moni", RED, name="")
    await alice.hears("moni", 450, name="")
    assert list(alice.room.remote_participants) == ["moni"], "one person, whatever it sends by"

    await alice.publish_picture(GREEN)
    stream = await moni.until("stream_published", user_id="alice")
    await viewer.play(meeting.server.http_url + stream["whep_url"], publish["token"])
    await viewer.sees(GREEN)

    # Who goes takes its media along.
    await moni.say("leave_room")
    left = await alice.until("participant_disconnected", "moni")
    assert left.details == (rtc.DisconnectReason.CLIENT_INITIATED,)
    await alice.sees_nothing("moni", name="")


async def test_a_force_muted_members_media_is_dropped_until_it_is_let_through(
    meeting: Meeting, moni: RoomClient, open_tab: OpenTab
) -> None:
    await moni.join("moni")
    alice = await meeting.join("alice")
    async with room_client(meeting.server.ws_url, meeting.name) as bob:
        publish = (await bob.join("bob"))["publish"]
        camera = await open_tab("camera")
        await camera.publish(meeting.server.http_url + publish["whip_url"], publish["token"], RED, 450)
        await alice.sees("bob", RED, name="")
        await alice.hears("bob", 450, name="")
        await moni.say("action", op="mute", target_id="bob", params={"kind": "audio"})
        await alice.hears_nothing("bob", name="")
        await alice.sees("bob", RED, name="")
        await moni.say("action", op="unmute", target_id="bob", params={"kind": "audio"})
        await alice.hears("bob", 450, name="")

        await moni.say("action", op="kick", target_id="bob")
        assert await bob.close_code() == 4010
        await alice.sees_nothing("bob", name="")
        assert (await camera.end()) == 404, "its session is over"


async def test_what_paths_and_tokens_allow(meeting: Meeting, moni: RoomClient) -> None:
    publish = (await moni.join("moni"))["publish"]
    url, path, token = meeting.server.http_url, publish["whip_url"], publish["token"]
    stranger = meeting.token("stranger")
    cases: list[tuple[str, str, str, int]] = [
        (path, "", offers.SENDING, 401),
        (path, "nonsense", offers.SENDING, 401),
        (path, stranger, offers.SENDING, 403),
        (path.replace("moni", "alice"), token, offers.SENDING, 403),
        (path.replace(meeting.name, "other"), token, offers.SENDING, 403),
        (path.replace("whip", "whep").replace("moni", "alice"), token, offers.RECEIVING, 404),
        ("/webrtc/whip/elsewhere/x/y", token, offers.SENDING, 404),
        (path, token, offers.RECEIVING, 422),
        (path, token, offers.SENDING, 201),
        (path, token, offers.SENDING, 409),
        (f"{path}/screen", token, offers.offer(offers.video()), 201),
    ]
    async with httpx.AsyncClient(base_url=url) as http:
        locations: list[str] = []
        for where, bearer, offer, status in cases:
            headers = {"content-type": SDP} | ({"authorization": f"Bearer {bearer}"} if bearer else {})
            answer = await http.post(where, content=offer, headers=headers)
            assert answer.status_code == status, (where, answer.text)
            locations += [answer.headers["location"]] if status == 201 else []
        assert all(location.startswith("/webrtc/session/") for location in locations)
        assert await streams(http, meeting) == [f"room/{meeting.name}/moni", f"room/{meeting.name}/moni/screen"]
        ended = await http.delete(locations[-1], headers={"authorization": f"Bearer {token}"})
        assert ended.status_code == 200
        assert await streams(http, meeting) == [f"room/{meeting.name}/moni"]
        with_query = await http.post(
            f"{path}/screen?token={token}", content=offers.offer(offers.video()), headers={"content-type": SDP}
        )
        assert with_query.status_code == 201


async def streams(http: httpx.AsyncClient, meeting: Meeting) -> list[str]:
    """The streams of the only member, as the API tells them."""
    users: list[dict[str, Any]] = (await http.get(f"/room/rooms/{meeting.name}/users")).json()["data"]
    return users[0]["streams"]
