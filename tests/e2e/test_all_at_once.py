"""Two live shows, two meetings and two calls on one server at once: everybody hears whom it should, and nobody else."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.rtc import Peer, Tone
from tests.running_server import RunningServer

from .call_centre import call_centre, customer, desk, in_call
from .live_show import live_api, member, running_show
from .room_client import RoomClient
from .test_meeting_rooms import gathering

pytestmark = pytest.mark.timeout(150)

PITCHES = iter(range(400, 4000, 100))
"""Hz; each who speaks has its own."""


class Venue:
    """A server, and the media of those who are in its rooms."""

    def __init__(self, server: RunningServer, http: httpx.AsyncClient, stack: AsyncExitStack) -> None:
        self.server = server
        self.stack = stack
        self._http = http

    async def speaks(self, client: RoomClient) -> int:
        """Publish a tone by WHIP; returns its pitch."""
        pitch = next(PITCHES)
        peer = self._peer().send(Tone(pitch))
        publish = client.joined["publish"]
        await self._post(peer, await peer.offer(), publish["whip_url"], publish["token"])
        return pitch

    async def hears(self, client: RoomClient, speaker: str, pitch: int) -> None:
        """Wait until what that user publishes is heard by WHEP."""
        stream = await client.until("stream_published", user_id=speaker)
        peer = self._peer()
        peer.connection.addTransceiver("audio", "recvonly")
        await self._post(peer, await peer.offer(), stream["whep_url"], client.joined["publish"]["token"])
        await peer.hears(pitch)

    def _peer(self) -> Peer:
        peer = Peer()
        self.stack.push_async_callback(peer.close)
        return peer

    async def _post(self, peer: Peer, offer: str, path: str, token: str) -> None:
        headers = {"content-type": "application/sdp", "authorization": f"Bearer {token}"}
        answer = await self._http.post(path, content=offer, headers=headers)
        assert answer.status_code == 201, answer.text
        await peer.accept(answer.text)


def unique(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def venue(roomful_server: RunningServer) -> AsyncIterator[Venue]:
    async with AsyncExitStack() as stack, httpx.AsyncClient(base_url=roomful_server.http_url, timeout=30) as http:
        yield Venue(roomful_server, http, stack)


async def a_show(venue: Venue) -> None:
    room = unique("show")
    api = await venue.stack.enter_async_context(live_api(venue.server))
    streamer = await venue.stack.enter_async_context(running_show(venue.server, api, room))
    viewer = await venue.stack.enter_async_context(member(venue.server, room, "ann"))
    await venue.hears(viewer, "kim", await venue.speaks(streamer))


async def a_meeting(venue: Venue) -> None:
    host, guest = await venue.stack.enter_async_context(gathering(venue.server, unique("meet"), "hanna", "ben"))
    assert (await host.ask("start_meeting"))["code"] == 0
    await venue.hears(guest, "hanna", await venue.speaks(host))
    await venue.hears(host, "ben", await venue.speaks(guest))


async def a_call(venue: Venue) -> None:
    centre = await venue.stack.enter_async_context(call_centre(venue.server))
    made = await centre.invite()
    _, token = await centre.hire("Wang")
    john = await venue.stack.enter_async_context(customer(venue.server, made["link"]))
    wang = await venue.stack.enter_async_context(desk(venue.server, token))
    await wang.until("incoming_call")
    call = await venue.stack.enter_async_context(in_call(venue.server, await wang.ask("accept_call")))
    await venue.hears(call, made["customer_id"], await venue.speaks(john))
    agent = call.joined["self"]["user_id"]
    await venue.hears(john, agent, await venue.speaks(call))


async def test_two_of_each_kind_of_room_at_once(venue: Venue) -> None:
    await asyncio.gather(a_show(venue), a_meeting(venue), a_call(venue), a_show(venue), a_meeting(venue))
    await a_call(venue)
