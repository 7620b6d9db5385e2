"""RoomService, called with livekit-api, has its effect on real clients."""

import pytest
from livekit import api, rtc

from .meeting import Meeting
from .modes import in_both_modes
from .waiting import until


@in_both_modes
async def test_a_removed_participant_is_out(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await meeting.api.room.remove_participant(api.RoomParticipantIdentity(room=meeting.name, identity="alice"))
    assert (await alice.until("disconnected")).details == (rtc.DisconnectReason.PARTICIPANT_REMOVED,)
    await bob.until("participant_disconnected", "alice")
    remaining = await meeting.api.room.list_participants(api.ListParticipantsRequest(room=meeting.name))
    assert [participant.identity for participant in remaining.participants] == ["bob"]


@in_both_modes
async def test_a_deleted_room_is_over_for_everybody_and_its_name_is_free(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    sid = await alice.room.sid
    await meeting.api.room.delete_room(api.DeleteRoomRequest(room=meeting.name))
    for client in (alice, bob):
        assert (await client.until("disconnected")).details == (rtc.DisconnectReason.ROOM_DELETED,)

    carol = await meeting.join("carol")
    assert await carol.room.sid != sid
    assert dict(carol.room.remote_participants) == {}


async def test_the_server_mutes_a_track(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    microphone = await alice.publish_tone()
    await bob.hears("alice")
    muted = await meeting.api.room.mute_published_track(
        api.MuteRoomTrackRequest(room=meeting.name, identity="alice", track_sid=microphone.sid, muted=True)
    )
    assert muted.track.muted
    assert (await bob.until("track_muted", "alice")).track == "microphone"
    assert (await alice.until("track_muted", "alice")).track == "microphone"
    await bob.hears_nothing("alice")

    with pytest.raises(api.TwirpError) as refused:
        await meeting.api.room.mute_published_track(
            api.MuteRoomTrackRequest(room=meeting.name, identity="alice", track_sid=microphone.sid, muted=False)
        )
    assert refused.value.code == "failed_precondition"

    assert microphone.track is not None
    microphone.track.unmute()
    await bob.hears("alice")


async def test_what_the_server_says_of_a_participant_is_told_to_all(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    updated = await meeting.api.room.update_participant(
        api.UpdateParticipantRequest(
            room=meeting.name, identity="alice", name="Alice", metadata="guest", attributes={"role": "speaker"}
        )
    )
    assert (updated.name, updated.metadata, dict(updated.attributes)) == ("Alice", "guest", {"role": "speaker"})
    for seen in (bob.other("alice"), alice.me):
        await until(
            lambda seen=seen: (seen.name, seen.metadata, seen.attributes) == ("Alice", "guest", {"role": "speaker"}),
            lambda seen=seen: f"the update arrives: {seen.name} {seen.metadata} {seen.attributes}",
        )


async def test_the_metadata_of_the_room_is_told_to_all(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await meeting.api.room.update_room_metadata(api.UpdateRoomMetadataRequest(room=meeting.name, metadata="chapter 2"))
    for client in (alice, bob):
        assert (await client.until("room_metadata_changed")).details == ("", "chapter 2")
        assert client.room.metadata == "chapter 2"


async def test_the_server_lists_who_is_there_with_what_they_publish(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    microphone, camera = await alice.publish_tone(), await alice.publish_picture()
    await bob.sees("alice")

    found = await meeting.api.room.get_participant(api.RoomParticipantIdentity(room=meeting.name, identity="alice"))
    assert (found.sid, found.is_publisher) == (alice.me.sid, True)
    assert {(track.sid, track.source, track.mime_type.split("/")[0]) for track in found.tracks} == {
        (microphone.sid, api.TrackSource.MICROPHONE, "audio"),
        (camera.sid, api.TrackSource.CAMERA, "video"),
    }
    rooms = await meeting.api.room.list_rooms(api.ListRoomsRequest(names=[meeting.name]))
    assert [room.name for room in rooms.rooms] == [meeting.name]


@in_both_modes
async def test_who_loses_the_right_to_publish_loses_its_tracks(meeting: Meeting) -> None:
    alice, bob = await meeting.meet("alice", "bob")
    await alice.publish_tone()
    await alice.publish_picture()
    await bob.sees("alice")

    permission = api.ParticipantPermission(
        can_subscribe=True, can_publish=True, can_publish_data=True, can_publish_sources=[api.TrackSource.MICROPHONE]
    )
    await meeting.api.room.update_participant(
        api.UpdateParticipantRequest(room=meeting.name, identity="alice", permission=permission)
    )
    assert (await bob.until("track_unpublished", "alice")).track == "camera"
    await bob.hears("alice")

    nothing = api.ParticipantPermission(can_subscribe=True)
    await meeting.api.room.update_participant(
        api.UpdateParticipantRequest(room=meeting.name, identity="alice", permission=nothing)
    )
    await until(lambda: dict(bob.other("alice").track_publications) == {}, "nothing of alice is left")
    assert not bob.other("alice").permissions.can_publish
