"""Media of live rooms, as browsers send and get it by WHIP and WHEP. specs/monibuca-rooms.md §6.5, §6.6, §10.2."""

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.browser.tabs import Tabs
from tests.protocols.whip import offers
from tests.running_server import RunningServer

from .live_show import live_api, running_show
from .room_client import RoomClient, room_client
from .showing import BLUE, RED
from .waiting import until_seen
from .whip_page import WhipTab, page_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]


@pytest.fixture
async def tabs() -> AsyncIterator[list[WhipTab]]:
    async with Tabs.launch() as browser, page_server() as url:
        yield [WhipTab(await browser.open(name, url)) for name in ("one", "two")]


def unique() -> str:
    return f"show-{uuid.uuid4().hex[:8]}"


async def refused(server: RunningServer, path: str, token: str, offer: str = offers.SENDING) -> int:
    headers = {"content-type": "application/sdp", "authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.http_url) as http:
        return (await http.post(path, content=offer, headers=headers)).status_code


async def test_who_is_on_the_mic_is_seen_and_who_is_not_cannot_publish(
    roomful_server: RunningServer, tabs: list[WhipTab]
) -> None:
    server, room = roomful_server, unique()
    camera, screen = tabs
    async with (
        live_api(server) as api,
        running_show(server, api, room) as host,
        room_client(server.ws_url, room) as ann,
        room_client(server.ws_url, room) as bob,
    ):
        own = (await ann.join("ann"))["publish"]
        watching = (await bob.join("bob"))["publish"]
        assert await refused(server, own["whip_url"], own["token"]) == 403
        await ann.ask("link_mic_request")
        await host.ask("link_mic_accept", user_id="ann")
        publish = (await ann.until("link_mic_accepted"))["publish"]
        await camera.publish(server.http_url + publish["whip_url"], publish["token"], RED)
        stream = await bob.until("stream_published", user_id="ann")
        await screen.play(server.http_url + stream["whep_url"], watching["token"])
        await screen.sees(RED)
        await host.ask("link_mic_end", user_id="ann")
        await bob.until("stream_unpublished", user_id="ann")
        assert await refused(server, publish["whip_url"], publish["token"]) == 403


async def test_viewers_of_a_battle_see_the_other_side_until_it_is_over(
    roomful_server: RunningServer, tabs: list[WhipTab]
) -> None:
    server, room, other = roomful_server, unique(), unique()
    camera, screen = tabs
    async with (
        live_api(server) as api,
        running_show(server, api, room, "kim") as kim,
        running_show(server, api, other, "lou") as lou,
        room_client(server.ws_url, room) as kims,
        room_client(server.ws_url, other) as bob,
    ):
        publish = await rejoined(kims, kim)
        token = (await bob.join("bob"))["publish"]["token"]
        await camera.publish(server.http_url + publish["whip_url"], publish["token"], BLUE)
        await kims.until("media_state")
        whep = publish["whip_url"].replace("whip", "whep")
        assert await refused(server, whep, token, offers.RECEIVING) == 403
        pk_id = (await kims.ask("pk_invite", target_room_id=other))["pk_id"]
        await lou.ask("pk_accept", pk_id=pk_id)
        started = await bob.until("pk_started")
        assert started["sides"][0]["whep_url"] == whep
        playing = await screen.play(server.http_url + whep, token)
        await screen.sees(BLUE)
        users = await api.call("GET", f"/room/rooms/{room}/users")
        assert [user["user_id"] for user in users] == ["kim"], "nobody sees who looks over from the other room"
        await kims.ask("pk_end", pk_id=pk_id)
        await bob.until("pk_ended")

        async def session() -> int:
            async with httpx.AsyncClient(
                base_url=server.http_url, headers={"authorization": f"Bearer {token}"}
            ) as http:
                return (await http.get(playing.session)).status_code

        await until_seen(session, lambda status: status == 404, "the end of the session")


async def rejoined(anew: RoomClient, before: RoomClient) -> dict[str, str]:
    """The streamer on another connection; returns how it publishes."""
    joined = await anew.join("kim")
    assert await before.close_code() == 4009
    return joined["publish"]
