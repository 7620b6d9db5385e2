"""Who comes and goes leaves nothing behind in the server: no task, no thread, no descriptor, no native object."""

import asyncio
from dataclasses import astuple, dataclass

import httpx
import psutil
import pytest
from livekit import api
from livekit import rtc as sdk
from livekit.protocol import models, rtc

from tests.running_server import RunningServer

from .client import Client
from .signal_client import signal_client
from .waiting import until_seen

JOINS = 200
AT_ONCE = 10
"""One of them with media, the others with signals alone."""


@dataclass(frozen=True)
class Holdings:
    """What a server has in hand."""

    descriptors: int
    threads: int
    tasks: int
    peers: int
    participants: int
    tracks: int
    """Published, and subscribed to."""

    def within(self, before: "Holdings") -> bool:
        """Whether nothing is more than it was."""
        return all(now <= then for now, then in zip(astuple(self), astuple(before), strict=True))


async def holdings(server: RunningServer, http: httpx.AsyncClient) -> Holdings:
    text = (await http.get(f"{server.http_url}/metrics")).text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    process = psutil.Process(server.pid)
    return Holdings(
        descriptors=process.num_fds(),
        threads=process.num_threads(),
        tasks=int(float(values["roomful_tasks"])),
        peers=int(float(values["roomful_peer_connections"])),
        participants=int(float(values["livekit_participant_total"])),
        tracks=sum(int(float(value)) for name, value in values.items() if name.startswith("livekit_track")),
    )


def token(server: RunningServer, identity: str) -> str:
    made = api.AccessToken(server.api_key, server.api_secret).with_identity(identity)
    return made.with_grants(api.VideoGrants(room_join=True, room="revolving door")).to_jwt()


async def visit(server: RunningServer, number: int) -> None:
    """Come in by one of the modes, announce a track, and go with or without a word."""
    async with signal_client(server.ws_url, token(server, f"visitor {number}"), single=number % 2 == 0) as client:
        await client.receive("join")
        await client.send(add_track=rtc.AddTrackRequest(cid="voice", name="voice", type=models.TrackType.AUDIO))
        await client.receive("track_published")
        if number % 3:
            await client.send(leave=rtc.LeaveRequest(reason=models.DisconnectReason.CLIENT_INITIATED))
            await client.closed()
        else:
            client.vanish()


async def visit_with_media(server: RunningServer, number: int) -> None:
    """Come in, hear the host, be heard, and go."""
    client = Client(f"speaker {number}")
    options = sdk.RoomOptions(single_peer_connection=number % 20 == 0)
    await client.connect(server.ws_url, token(server, client.identity), options)
    await client.publish_tone()
    await client.hears("host", 300)
    await client.leave()


async def visits(server: RunningServer, first: int, last: int) -> None:
    for batch in range(first, last, AT_ONCE):
        others = (visit(server, number) for number in range(batch + 1, batch + AT_ONCE))
        await asyncio.gather(visit_with_media(server, batch), *others)


@pytest.mark.timeout(170)
async def test_two_hundred_who_come_and_go_leave_nothing_behind(fresh_server: RunningServer) -> None:
    host = Client("host")
    await host.connect(fresh_server.ws_url, token(fresh_server, "host"), sdk.RoomOptions())
    await host.publish_tone(300)
    async with httpx.AsyncClient() as http:

        async def look() -> Holdings:
            return await holdings(fresh_server, http)

        # What the first of its kind makes once is no leftover.
        await visits(fresh_server, 0, 4 * AT_ONCE)
        before = await until_seen(
            look, lambda seen: seen.participants == seen.peers == seen.tracks == 1, "the first visitors are gone"
        )
        await visits(fresh_server, 4 * AT_ONCE, 4 * AT_ONCE + JOINS)
        await until_seen(look, lambda seen: seen.within(before), f"no more than {before}")
    await host.leave()
