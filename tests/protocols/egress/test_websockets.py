"""LiveKit's Python server SDK sends the sound of a track to a WebSocket server, which hears it."""

import socket
import time
from collections.abc import AsyncIterator

import pytest
from livekit import api

from roomful.media.ports.frames import Codec
from roomful.rooms.tracks import Track
from tests.protocols.egress.conftest import Server
from tests.running_server import free_port
from tests.sound_receiver import SoundReceiver
from tests.venue import until

Status = api.EgressStatus


@pytest.fixture
async def receiver() -> AsyncIterator[SoundReceiver]:
    async with SoundReceiver() as one:
        yield one


async def send(livekit_api: api.LiveKitAPI, track: Track, url: str) -> api.EgressInfo:
    return await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(room_name="standup", track_id=track.sid, websocket_url=url)
    )


async def test_the_sound_of_a_track_is_heard_until_it_is_gone(
    livekit_api: api.LiveKitAPI, server: Server, receiver: SoundReceiver
) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await send(livekit_api, microphone, receiver.url)
    assert started.track.websocket_url == receiver.shown_url
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    await until(lambda: receiver.seconds > 1.5)
    server.unpublish(microphone)
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    assert receiver.closed == [1000]
    assert abs(receiver.sound).max() > 0.1
    [stream] = info.stream_results
    assert (stream.url, stream.status, stream.error) == (receiver.shown_url, api.StreamInfo.Status.FINISHED, "")
    assert stream.duration == pytest.approx(receiver.seconds * 1e9)
    assert info.stream.info[0] == stream
    assert not info.manifest_location
    assert "a-secret" not in str(server.events)
    assert not server.folder.exists()


async def test_muting_is_told_also_if_it_was_before(
    livekit_api: api.LiveKitAPI, server: Server, receiver: SoundReceiver
) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    server.room.mute(microphone.sid, True, microphone.publisher, time.time())
    started = await send(livekit_api, microphone, receiver.url)
    await until(lambda: receiver.mutes == [True])
    server.room.mute(microphone.sid, False, microphone.publisher, time.time())
    await until(lambda: receiver.mutes == [True, False])
    stopped = await livekit_api.egress.stop_egress(api.StopEgressRequest(egress_id=started.egress_id))
    assert stopped.status == Status.EGRESS_ENDING
    await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)


async def test_a_receiver_that_refuses_is_a_failed_egress_and_the_room_goes_on(
    livekit_api: api.LiveKitAPI, server: Server, receiver: SoundReceiver
) -> None:
    receiver.refusals = [403]
    started = await send(livekit_api, server.publish(server.join("alice"), Codec.OPUS), receiver.url)
    info = await server.wait_for(started.egress_id, Status.EGRESS_FAILED)
    assert (info.error, info.error_code) == ("no connection: HTTP status 403", 500)
    assert info.stream_results[0].status == api.StreamInfo.Status.FAILED
    assert server.room.is_open


async def test_a_receiver_that_was_never_there_fails_the_egress_when_it_is_stopped(
    livekit_api: api.LiveKitAPI, server: Server
) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await send(livekit_api, microphone, f"ws://127.0.0.1:{free_port(socket.SOCK_STREAM)}/a/secret-of-12")
    await until(lambda: any(one.stream_results and one.stream_results[0].error for _, one in server.events))
    server.unpublish(microphone)
    info = await server.wait_for(started.egress_id, Status.EGRESS_FAILED)
    assert "no connection" in info.error
    assert "secret-of-12" not in str(server.events)
