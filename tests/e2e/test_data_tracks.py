"""Data tracks: frames of bytes from one client to those who subscribe, with LiveKit's Python SDK."""

import asyncio

from livekit import rtc

from .client import Client
from .meeting import Meeting
from .modes import in_both_modes
from .waiting import until

BIG = bytes(range(256)) * 200
"""A frame of several packets."""


@in_both_modes
async def test_frames_reach_who_subscribes(meeting: Meeting) -> None:
    alice, bob, carol = await meeting.meet("alice", "bob", "carol")
    lidar = await alice.me.publish_data_track(name="lidar")
    other = await carol.me.publish_data_track(name="lidar")
    assert other.info.sid != lidar.info.sid
    seen = await until(lambda: published(bob, "alice"), "bob hears of the track")
    assert (seen.info.name, seen.info.sid) == ("lidar", lidar.info.sid)

    stream = seen.subscribe()
    pushing = asyncio.create_task(push(lidar))
    try:
        async with asyncio.timeout(30):
            frames = [await anext(stream) for _ in range(3)]
        late = await meeting.join("dora")
        found = await until(lambda: published(late, "alice"), "who comes later is told")
        async with asyncio.timeout(30):
            frames.append(await anext(found.subscribe()))
    finally:
        pushing.cancel()
    assert {frame.payload for frame in frames} == {BIG}
    assert all(frame.user_timestamp == 17 for frame in frames)

    await lidar.unpublish()
    for client in (bob, late):
        await until(lambda client=client: gone(client, lidar.info.sid), f"{client.identity} hears that it ended")
    assert not seen.is_published()
    assert other.is_published()


async def push(track: rtc.LocalDataTrack) -> None:
    """Send the frame again and again: those before a subscription reach nobody."""
    while True:
        track.try_push(rtc.DataTrackFrame(payload=BIG, user_timestamp=17))
        await asyncio.sleep(0.05)


def published(client: Client, by: str) -> rtc.RemoteDataTrack | None:
    tracks = (happening.details[0] for happening in client.happened if happening.event == "data_track_published")
    return next((track for track in tracks if track.publisher_identity == by), None)


def gone(client: Client, sid: str) -> bool:
    return any(
        happening.event == "data_track_unpublished" and happening.details == (sid,) for happening in client.happened
    )
