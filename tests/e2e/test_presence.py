"""Who is in the room: all see each other come and go, with what is known about each."""

from livekit import api, rtc

from .meeting import Meeting
from .modes import in_both_modes
from .waiting import until


@in_both_modes
async def test_who_comes_and_who_goes_is_told_to_everybody(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    sid = bob.other("alice").sid
    assert sid == alice.me.sid
    await until(lambda: bob.other("alice").state == rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE, "alice is active")

    await alice.leave()
    await bob.until("participant_disconnected", "alice")
    assert dict(bob.room.remote_participants) == {}


async def test_a_participant_is_what_its_token_says(meeting: Meeting) -> None:
    bob = await meeting.join("bob")
    token = (
        api.AccessToken(meeting.server.api_key, meeting.server.api_secret)
        .with_identity("alice")
        .with_name("Alice Liddell")
        .with_metadata('{"seat": 3}')
        .with_attributes({"language": "en"})
        .with_grants(api.VideoGrants(room_join=True, room=meeting.name, can_publish_sources=["microphone"]))
        .to_jwt()
    )
    alice = await meeting.join("alice", token=token)

    for seen in (await bob.knows("alice"), alice.me):
        assert (seen.name, seen.metadata, seen.attributes) == ("Alice Liddell", '{"seat": 3}', {"language": "en"})
        assert seen.kind == rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
    assert alice.me.permissions.can_publish
    assert list(alice.me.permissions.can_publish_sources) == [rtc.TrackSource.SOURCE_MICROPHONE]


async def test_the_room_is_the_same_for_everybody(meeting: Meeting) -> None:
    await meeting.api.room.create_room(api.CreateRoomRequest(name=meeting.name, metadata="agenda", empty_timeout=120))
    alice, bob = await meeting.meet("alice", "bob")
    assert (await alice.room.sid).startswith("RM_")
    assert await alice.room.sid == await bob.room.sid
    assert {client.room.name for client in (alice, bob)} == {meeting.name}
    assert {client.room.metadata for client in (alice, bob)} == {"agenda"}


@in_both_modes
async def test_the_same_identity_again_replaces_the_one_before(meeting: Meeting) -> None:
    bob = await meeting.join("bob")
    first = await meeting.join("alice")
    await bob.knows("alice")

    second = await meeting.join("alice")
    told = await first.until("disconnected")
    assert told.details == (rtc.DisconnectReason.DUPLICATE_IDENTITY,)
    await until(lambda: bob.other("alice").sid == second.me.sid, "bob sees the second alice")
    await second.publish_tone()
    await bob.hears("alice")
    assert set(bob.room.remote_participants) == {"alice"}


@in_both_modes
async def test_a_hidden_participant_sees_and_is_not_seen(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    await alice.publish_picture()
    ghost = await meeting.join("ghost", hidden=True)
    await ghost.sees("alice")
    carol = await meeting.join("carol")
    await alice.knows("carol")
    await ghost.knows("carol")

    await ghost.leave()
    await carol.leave()
    await alice.until("participant_disconnected", "carol")
    for client in (alice, carol):
        assert {one.identity for one in client.happened} & {"ghost"} == set()


async def test_rooms_know_nothing_of_each_other(meeting: Meeting) -> None:
    alice = await meeting.join("alice")
    await alice.publish_tone()
    other_room = meeting.name + " next door"
    bob = await meeting.join("bob", token=meeting.token("bob", room=other_room))
    carol = await meeting.join("carol", token=meeting.token("carol", room=other_room))
    await bob.knows("carol")
    assert set(bob.room.remote_participants) == {"carol"}
    assert set(carol.room.remote_participants) == {"bob"}
    assert dict(alice.room.remote_participants) == {}
