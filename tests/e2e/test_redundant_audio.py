"""Redundant audio (RFC 2198) between clients of the SDK: asked for unless they say no, and heard either way."""

import pytest
from livekit import api, rtc

from .client import Client
from .meeting import Meeting
from .modes import in_both_modes
from .showing import SAMPLE_RATE, play_tone
from .waiting import until_seen


@in_both_modes
@pytest.mark.parametrize(("red", "mime"), [(True, "audio/red"), (False, "audio/opus")], ids=["redundant", "plain"])
async def test_audio_is_sent_redundantly_unless_the_publisher_says_no(meeting: Meeting, red: bool, mime: str) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    source = rtc.AudioSource(SAMPLE_RATE, 1, queue_size_ms=200)
    track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, red=red)
    await alice.publish(track, options)
    alice.start(play_tone(source, 450))
    await bob.hears("alice", 450)
    told = await meeting.api.room.list_participants(api.ListParticipantsRequest(room=meeting.name))
    (info,) = [track for one in told.participants if one.identity == "alice" for track in one.tracks]
    assert (info.mime_type, info.disable_red) == (mime, not red)

    async def repeated() -> tuple[int, int]:
        return await packets_received(bob, "alice")

    total, again = await until_seen(repeated, lambda counts: counts[0] > 50, "packets come")
    assert (again > total // 2) is red, f"{again} of {total} packets came again"


async def packets_received(client: Client, publisher: str) -> tuple[int, int]:
    """How many packets have come of a publisher's audio, and how many of them came again, which is no use then."""
    (publication,) = client.other(publisher).track_publications.values()
    assert publication.track is not None
    (stats,) = [
        one.inbound_rtp for one in await publication.track.get_stats() if one.WhichOneof("stats") == "inbound_rtp"
    ]
    return stats.received.packets_received, stats.inbound.packets_discarded
