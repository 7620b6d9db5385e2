"""The client of the lab tells what happens: who comes and goes, what is seen and heard."""

import pytest

from .remote_client import RtcClient
from .room_server import RoomServer
from .rtc_messages import (
    Connected,
    Disconnected,
    MediaReport,
    ParticipantJoined,
    ParticipantLeft,
    TrackMuted,
    TrackUnmuted,
)


@pytest.mark.timeout(60)
async def test_a_client_sees_hears_and_misses_another(room_server: RoomServer) -> None:
    async with room_server.client("alice", tone=400) as alice, room_server.client("bob", tone=500) as bob:
        (joined,) = bob.said(Connected)
        seen = await alice.wait_for(ParticipantJoined, within=10)
        assert (seen.identity, seen.sid) == ("bob", joined.sid)
        report = await alice.sees_and_hears("bob", within=10)
        assert {(track.kind, track.height) for track in report.tracks} == {("audio", 0), ("video", 180)}

        bob.mute()
        assert (await alice.wait_for(TrackMuted, within=5)).identity == "bob"
        await alice.wait_for(MediaReport, is_silent, within=5, since=alice.mark())
        bob.unmute()
        await alice.wait_for(TrackUnmuted, within=5)
        await alice.sees_and_hears("bob", within=5, since=alice.mark())

        bob.leave()
        left = await alice.wait_for(ParticipantLeft, within=5)
        assert left.sid == joined.sid
        assert (await bob.wait_for(Disconnected, within=20)).reason == "CLIENT_INITIATED"


@pytest.mark.timeout(60)
async def test_a_client_that_may_not_join_says_so(room_server: RoomServer) -> None:
    with pytest.raises(ConnectionRefusedError, match="401"):
        async with RtcClient(room_server.lab.host("mallory"), room_server.url, "no token"):
            pass


def is_silent(report: MediaReport) -> bool:
    """Whether no sound came in the interval, though the picture went on."""
    audio = [track.energy for track in report.tracks if track.kind == "audio"]
    return bool(audio) and max(audio) < 0.01 and any(track.frames for track in report.tracks if track.kind == "video")
