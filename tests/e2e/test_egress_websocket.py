"""The sound of a real client's microphone arrives at a WebSocket server, and what is wrong with that server is told."""

import socket
from collections.abc import AsyncIterator

import pytest
from livekit import api, rtc

from tests.running_server import free_port
from tests.sound_receiver import RATE, SoundReceiver

from .meeting import Meeting
from .test_egress import Status, active, ended, stop
from .waiting import until

GIVEN_UP_WITHIN = 80.0
"""Seconds; it is half a minute of the server's time."""


@pytest.fixture
async def receiver() -> AsyncIterator[SoundReceiver]:
    async with SoundReceiver() as one:
        yield one


async def send(meeting: Meeting, track: str, url: str) -> api.EgressInfo:
    return await meeting.api.egress.start_track_egress(
        api.TrackEgressRequest(room_name=meeting.name, track_id=track, websocket_url=url)
    )


async def test_a_microphone_is_heard_and_its_muting_told(meeting: Meeting, receiver: SoundReceiver) -> None:
    alice = await meeting.join("alice")
    microphone = await alice.publish_tone(450)
    started = await send(meeting, microphone.sid, receiver.url)
    info = await active(meeting, started.egress_id)
    assert info.track.websocket_url == receiver.shown_url
    await until(lambda: receiver.seconds > 3, "sound")
    assert receiver.pitch() == pytest.approx(450, abs=10)
    track = microphone.track
    assert isinstance(track, rtc.LocalAudioTrack)
    track.mute()
    await until(lambda: receiver.mutes == [True], "word that she is muted")
    muted_at = receiver.seconds
    # Time goes on for the receiver, without sound.
    await until(lambda: receiver.seconds > muted_at + 2, "silence")
    assert abs(receiver.sound[round((muted_at + 1) * RATE) :]).max() < 0.01
    track.unmute()
    await until(lambda: receiver.mutes == [True, False], "word that she is not")
    await until(lambda: abs(receiver.sound[-RATE:]).max() > 0.1, "sound again")
    info = await stop(meeting, started.egress_id)
    assert receiver.closed == [1000]
    [stream] = info.stream_results
    assert stream.duration == pytest.approx(receiver.seconds * 1e9)
    assert (stream.url, stream.error) == (receiver.shown_url, "")


@pytest.mark.timeout(180)  # it takes half a minute until a receiver is given up
async def test_receivers_that_are_not_there_or_never_read_are_given_up_and_another_goes_on_hearing(
    meeting: Meeting, receiver: SoundReceiver
) -> None:
    alice = await meeting.join("alice")
    microphone = await alice.publish_tone(450)
    good = await send(meeting, microphone.sid, receiver.url)
    nowhere = f"ws://127.0.0.1:{free_port(socket.SOCK_STREAM)}/a-secret-of-mine"
    async with SoundReceiver(reads=False) as deaf:
        egresses = [await send(meeting, microphone.sid, url) for url in (nowhere, deaf.url)]
        absent, silent = [await ended(meeting, one.egress_id, GIVEN_UP_WITHIN) for one in egresses]
        assert (absent.status, absent.error_code) == (Status.EGRESS_FAILED, 500)
        assert absent.error.startswith("no connection: ")
        assert "a-secret-of-mine" not in str(absent)
        assert silent.status == Status.EGRESS_FAILED
        assert silent.error == "the receiver neither read nor answered for 10 s"
    heard = receiver.seconds
    await until(lambda: receiver.seconds > heard + 1, "sound for the one who listens")
    info = await stop(meeting, good.egress_id)
    assert info.details == ""


async def test_an_address_that_is_nobodys_business_is_refused(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    microphone = await alice.publish_tone(450)
    with pytest.raises(api.TwirpError, match="does not connect"):
        await send(meeting, microphone.sid, "ws://169.254.169.254/latest/meta-data")
