"""What the server measures and tells: who speaks, and how well everybody is connected."""

from livekit import rtc

from .meeting import Meeting
from .modes import in_both_modes
from .waiting import until


@in_both_modes
async def test_who_speaks_is_told_to_everybody_and_so_is_silence(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    microphone = await alice.publish_tone()
    for client in (alice, bob):
        await until(lambda client=client: client.speakers == ["alice"], f"{client.identity} is told that alice speaks")

    assert microphone.track is not None
    microphone.track.mute()
    for client in (alice, bob):
        await until(lambda client=client: client.speakers == [], f"{client.identity} is told that nobody speaks")


async def test_a_good_connection_is_told_to_be_good(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    await bob.hears("alice")
    good = (rtc.ConnectionQuality.QUALITY_EXCELLENT, rtc.ConnectionQuality.QUALITY_GOOD)
    for participant in (alice.me, bob.me, bob.other("alice")):
        await until(
            lambda participant=participant: participant.connection_quality in good,
            lambda participant=participant: f"{participant.identity} is {participant.connection_quality!r}",
        )
