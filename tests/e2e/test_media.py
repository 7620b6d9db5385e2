"""What one publishes, the others see and hear, for as long as it is published."""

from livekit import rtc

from .meeting import Meeting
from .modes import in_both_modes
from .showing import BLUE, GREEN


@in_both_modes
async def test_two_clients_see_and_hear_each_other(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone(450)
    await alice.publish_picture(BLUE)
    await bob.publish_tone(700)
    await bob.publish_picture(GREEN)

    await bob.sees("alice", BLUE)
    await bob.hears("alice", 450)
    await alice.sees("bob", GREEN)
    await alice.hears("bob", 700)


@in_both_modes
async def test_who_comes_late_gets_everything_that_is_there(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    await alice.publish_picture(BLUE)
    await bob.publish_picture(GREEN, "screen", source=rtc.TrackSource.SOURCE_SCREENSHARE)

    carol = await meeting.join("carol")
    await carol.sees("alice", BLUE)
    await carol.hears("alice")
    await carol.sees("bob", GREEN, "screen")
    assert {(one.name, one.source) for one in carol.other("bob").track_publications.values()} == {
        ("screen", rtc.TrackSource.SOURCE_SCREENSHARE)
    }


@in_both_modes
async def test_a_muted_track_falls_silent_and_comes_back(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    microphone, camera = await alice.publish_tone(), await alice.publish_picture()
    await bob.hears("alice")
    await bob.sees("alice")

    for publication in (microphone, camera):
        assert publication.track is not None
        publication.track.mute()
        muted = await bob.until("track_muted", "alice", since=bob.mark())
        assert muted.track == publication.name
    await bob.hears_nothing("alice")
    await bob.sees_nothing("alice")

    for publication in (microphone, camera):
        assert publication.track is not None
        publication.track.unmute()
        unmuted = await bob.until("track_unmuted", "alice", since=bob.mark())
        assert unmuted.track == publication.name
    await bob.hears("alice")
    await bob.sees("alice")


@in_both_modes
async def test_an_unpublished_track_is_gone_and_another_can_follow(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    camera = await alice.publish_picture(BLUE)
    await bob.sees("alice", BLUE)

    await alice.me.unpublish_track(camera.sid)
    assert (await bob.until("track_unsubscribed", "alice")).track == "camera"
    assert (await bob.until("track_unpublished", "alice")).track == "camera"
    await bob.hears("alice")
    assert {one.name for one in bob.other("alice").track_publications.values()} == {"microphone"}

    await alice.publish_picture(GREEN, "other camera")
    await bob.sees("alice", GREEN, "other camera")


@in_both_modes
async def test_several_tracks_of_one_kind_are_told_apart(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_picture(BLUE)
    await alice.publish_picture(GREEN, "screen", source=rtc.TrackSource.SOURCE_SCREENSHARE)
    await alice.publish_tone(450)
    await alice.publish_tone(700, "second microphone")

    await bob.sees("alice", BLUE)
    await bob.sees("alice", GREEN, "screen")
    await bob.hears("alice", 450)
    await bob.hears("alice", 700, "second microphone")


@in_both_modes
async def test_a_room_of_five_sees_everybody(meeting: Meeting) -> None:
    names = ["alice", "bob", "carol", "dave", "erin"]
    clients = await meeting.meet(*names)
    for place, client in enumerate(clients):
        await client.publish_tone(300 + 50 * place)

    for client in clients:
        for place, name in enumerate(names):
            if name != client.identity:
                await client.hears(name, 300 + 50 * place)


async def test_the_publisher_is_told_that_somebody_watches(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    camera = await alice.publish_picture()
    assert alice.told("local_track_subscribed") == []

    await meeting.join("bob")
    watched = await alice.until("local_track_subscribed")
    assert watched.details == (camera.track,)
