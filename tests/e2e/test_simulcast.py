"""A publisher sends its camera in several sizes, and everybody gets the size it asks for."""

from livekit import rtc

from .client import Client
from .meeting import Meeting
from .modes import in_both_modes
from .waiting import until

SIZE = (960, 540)
"""In pixels; the SDK's smallest picture that it sends in three sizes."""
WIDTHS = {
    rtc.VideoQuality.VIDEO_QUALITY_LOW: 320,
    rtc.VideoQuality.VIDEO_QUALITY_MEDIUM: 640,
    rtc.VideoQuality.VIDEO_QUALITY_HIGH: 960,
}


@in_both_modes
async def test_a_subscriber_chooses_the_size(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_picture(size=SIZE, simulcast=True)
    published = await bob.knows_track("alice")
    assert published.simulcasted

    for quality in (
        rtc.VideoQuality.VIDEO_QUALITY_LOW,
        rtc.VideoQuality.VIDEO_QUALITY_HIGH,
        rtc.VideoQuality.VIDEO_QUALITY_MEDIUM,
    ):
        published.set_video_quality(quality)
        await sees_width(bob, WIDTHS[quality])
        await bob.sees("alice")


async def test_each_subscriber_gets_the_size_of_its_own_choice(meeting: Meeting) -> None:
    alice, bob, carol = await meeting.meet("alice", "bob", "carol")
    await alice.publish_picture(size=SIZE, simulcast=True)
    (await bob.knows_track("alice")).set_video_quality(rtc.VideoQuality.VIDEO_QUALITY_LOW)
    (await carol.knows_track("alice")).set_video_quality(rtc.VideoQuality.VIDEO_QUALITY_HIGH)
    await sees_width(bob, 320)
    await sees_width(carol, 960)


async def sees_width(client: Client, width: int) -> None:
    """Waits until the camera of alice comes to the client in that width, in pixels."""
    picture = client.picture("alice")
    await until(
        lambda: picture.size[0] == width,
        lambda: f"{client.identity} sees alice {width} wide: {picture.frames} frames, the latest is {picture.size}",
    )
