"""Who gets which track: by its own choice, by the publisher's, and by the server's."""

from livekit import api, rtc

from .meeting import Meeting
from .modes import in_both_modes, in_single_mode
from .showing import BLUE


@in_both_modes
async def test_a_client_gets_only_what_it_asks_for(meeting: Meeting) -> None:
    alice, bob = await meeting.join("alice"), await meeting.join("bob", auto_subscribe=False)
    microphone, camera = await alice.publish_tone(), await alice.publish_picture(BLUE)
    await bob.knows_track("alice", microphone.name)
    published = await bob.knows_track("alice", camera.name)

    published.set_subscribed(True)
    await bob.sees("alice", BLUE)
    assert [one.track for one in bob.told("track_subscribed")] == ["camera"]

    published.set_subscribed(False)
    await bob.until("track_unsubscribed", "alice")
    await bob.sees_nothing("alice")


@in_single_mode  # with two connections SDK 1.2.0 decodes the track that comes back, and does not hand it out
async def test_a_client_can_take_back_what_it_turned_down(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_picture(BLUE)
    await bob.sees("alice", BLUE)
    published = await bob.knows_track("alice")

    published.set_subscribed(False)
    await bob.sees_nothing("alice")
    published.set_subscribed(True)
    await bob.sees("alice", BLUE)


async def test_the_server_can_take_and_give_subscriptions(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    camera = await alice.publish_picture()
    await bob.sees("alice")

    async def update(*, subscribe: bool) -> None:
        await meeting.api.room.update_subscriptions(
            api.UpdateSubscriptionsRequest(
                room=meeting.name, identity="bob", track_sids=[camera.sid], subscribe=subscribe
            )
        )

    await update(subscribe=False)
    await bob.sees_nothing("alice")
    await update(subscribe=True)
    await bob.sees("alice")


async def test_the_publisher_says_who_may_watch(meeting: Meeting) -> None:
    alice, bob, carol = await meeting.meet("alice", "bob", "carol")
    await alice.publish_picture()
    await bob.sees("alice")
    await carol.sees("alice")

    alice.me.set_track_subscription_permissions(
        allow_all_participants=False,
        participant_permissions=[rtc.ParticipantTrackPermission(participant_identity="carol", allow_all=True)],
    )
    await bob.sees_nothing("alice")
    await carol.sees("alice")

    alice.me.set_track_subscription_permissions(allow_all_participants=True)
    await bob.sees("alice")


@in_both_modes
async def test_who_may_not_subscribe_gets_nothing_until_it_may(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    await alice.publish_picture()
    bob = await meeting.join("bob", can_subscribe=False)
    await bob.publish_tone()
    await alice.hears("bob")
    assert bob.told("track_subscribed") == []

    async def permit(*, subscribe: bool) -> None:
        permission = api.ParticipantPermission(can_subscribe=subscribe, can_publish=True, can_publish_data=True)
        await meeting.api.room.update_participant(
            api.UpdateParticipantRequest(room=meeting.name, identity="bob", permission=permission)
        )

    await permit(subscribe=True)
    await bob.sees("alice")
    await permit(subscribe=False)
    await bob.sees_nothing("alice")
    await permit(subscribe=True)
    await bob.sees("alice")
