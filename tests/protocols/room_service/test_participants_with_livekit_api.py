"""LiveKit's Python server SDK manages the participants of a room."""

import time

import httpx
import pytest
from livekit import api

from roomful.rooms.errors import Revoked
from roomful.rooms.events import DataReceived, ParticipantLeft, SubscriptionsChanged
from roomful.rooms.model import DataKind, LeaveReason, TrackKind, TrackSource
from roomful.rooms.options import RoomDefaults
from roomful.rooms.participant import JoinRequest, Participant
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track, TrackSpec
from tests.protocols.room_service.conftest import Server


@pytest.fixture
async def meet(livekit_api: api.LiveKitAPI, server: Server) -> Room:
    await livekit_api.room.create_room(api.CreateRoomRequest(name="meet"))
    return server.rooms.with_name("meet")


@pytest.fixture
def alice(server: Server, meet: Room) -> Participant:
    _, participant = server.join("meet", "alice", name="Alice", metadata="m", attributes={"a": "1", "b": "2"})
    return participant


@pytest.fixture
def microphone(meet: Room, alice: Participant) -> Track:
    now = time.time()
    spec = TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE, name="mic")
    track = meet.publish(alice.sid, spec, now)
    return meet.bind(track.sid, "audio/opus", "0", now)


async def test_participants_are_listed_hidden_ones_too(
    livekit_api: api.LiveKitAPI, server: Server, alice: Participant, microphone: Track
) -> None:
    server.join("meet", "ghost", permission=Permission(hidden=True))
    answer = await livekit_api.room.list_participants(api.ListParticipantsRequest(room="meet"))
    by_identity = {participant.identity: participant for participant in answer.participants}
    assert by_identity.keys() == {"alice", "ghost"}
    listed = by_identity["alice"]
    assert (listed.sid, listed.name, listed.metadata) == (alice.sid, "Alice", "m")
    assert [track.sid for track in listed.tracks] == [microphone.sid]
    assert listed.is_publisher
    assert by_identity["ghost"].permission.hidden


async def test_a_room_that_is_not_there_has_no_participants(livekit_api: api.LiveKitAPI) -> None:
    answer = await livekit_api.room.list_participants(api.ListParticipantsRequest(room="nowhere"))
    assert answer.participants == []


async def test_one_participant_is_found_by_identity(livekit_api: api.LiveKitAPI, alice: Participant) -> None:
    found = await livekit_api.room.get_participant(api.RoomParticipantIdentity(room="meet", identity="alice"))
    assert found.sid == alice.sid


@pytest.mark.usefixtures("meet")
async def test_somebody_who_is_not_there_is_not_found(livekit_api: api.LiveKitAPI) -> None:
    nobody = api.RoomParticipantIdentity(room="meet", identity="nobody")
    for call in (livekit_api.room.get_participant, livekit_api.room.remove_participant):
        with pytest.raises(api.TwirpError) as refused:
            await call(nobody)
        assert (refused.value.code, refused.value.message) == (
            api.TwirpErrorCode.NOT_FOUND,
            "participant does not exist",
        )


async def test_a_removed_participant_leaves_for_that_reason(
    livekit_api: api.LiveKitAPI, server: Server, alice: Participant, meet: Room
) -> None:
    events = server.observe("meet")
    await livekit_api.room.remove_participant(api.RoomParticipantIdentity(room="meet", identity="alice"))
    [left] = [event for event in events if isinstance(event, ParticipantLeft)]
    assert (left.sid, left.reason) == (alice.sid, LeaveReason.PARTICIPANT_REMOVED)
    assert meet.find("alice") is None


def may_join(room: Room, not_before: float) -> bool:
    try:
        room.check_door(JoinRequest(identity="alice", not_before=not_before), time.time())
    except Revoked:
        return False
    return True


async def test_tokens_of_a_removed_participant_are_revoked(
    livekit_api: api.LiveKitAPI, alice: Participant, meet: Room
) -> None:
    now = time.time()
    await livekit_api.room.remove_participant(api.RoomParticipantIdentity(room="meet", identity=alice.identity))
    assert not may_join(meet, now)
    assert not may_join(meet, now + 50)
    assert may_join(meet, now + 90)


async def test_tokens_are_revoked_from_a_given_time_on_even_of_who_is_not_there(
    livekit_api: api.LiveKitAPI, meet: Room
) -> None:
    now = int(time.time())
    removal = api.RoomParticipantIdentity(room="meet", identity="alice", revoke_token_ts=now - 100)
    with pytest.raises(api.TwirpError):
        await livekit_api.room.remove_participant(removal)
    assert not may_join(meet, now - 101)
    assert may_join(meet, now - 100)


class TestWithoutRevocation:
    @pytest.fixture
    def defaults(self) -> RoomDefaults:
        return RoomDefaults(revoke_removed=False)

    async def test_a_removed_participant_may_come_back(
        self, livekit_api: api.LiveKitAPI, alice: Participant, meet: Room
    ) -> None:
        await livekit_api.room.remove_participant(api.RoomParticipantIdentity(room="meet", identity=alice.identity))
        assert may_join(meet, time.time())


async def test_a_track_is_muted(livekit_api: api.LiveKitAPI, microphone: Track) -> None:
    answer = await livekit_api.room.mute_published_track(
        api.MuteRoomTrackRequest(room="meet", identity="alice", track_sid=microphone.sid, muted=True)
    )
    assert (answer.track.sid, answer.track.muted) == (microphone.sid, True)
    assert microphone.muted


async def test_unmuting_is_refused_by_default(livekit_api: api.LiveKitAPI, microphone: Track) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await livekit_api.room.mute_published_track(
            api.MuteRoomTrackRequest(room="meet", identity="alice", track_sid=microphone.sid, muted=False)
        )
    assert (refused.value.status, refused.value.code) == (412, api.TwirpErrorCode.FAILED_PRECONDITION)
    assert refused.value.message == "remote unmute not enabled"


class TestWithRemoteUnmute:
    @pytest.fixture
    def defaults(self) -> RoomDefaults:
        return RoomDefaults(enable_remote_unmute=True)

    async def test_a_track_is_unmuted(self, livekit_api: api.LiveKitAPI, microphone: Track) -> None:
        for muted in (True, False):
            await livekit_api.room.mute_published_track(
                api.MuteRoomTrackRequest(room="meet", identity="alice", track_sid=microphone.sid, muted=muted)
            )
            assert microphone.muted is muted


@pytest.mark.usefixtures("alice")
async def test_a_track_of_nobody_is_not_found(livekit_api: api.LiveKitAPI) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await livekit_api.room.mute_published_track(
            api.MuteRoomTrackRequest(room="meet", identity="alice", track_sid="TR_nothing", muted=True)
        )
    assert (refused.value.code, refused.value.message) == (api.TwirpErrorCode.NOT_FOUND, "track is not found")


@pytest.mark.usefixtures("alice")
async def test_empty_fields_of_an_update_leave_things_as_they_are(livekit_api: api.LiveKitAPI) -> None:
    answer = await livekit_api.room.update_participant(
        api.UpdateParticipantRequest(room="meet", identity="alice", name="Alicia", attributes={"a": "", "c": "3"})
    )
    assert (answer.name, answer.metadata) == ("Alicia", "m")
    assert dict(answer.attributes) == {"b": "2", "c": "3"}


async def test_a_permission_replaces_the_whole_set_and_unpublishes(
    livekit_api: api.LiveKitAPI, alice: Participant, microphone: Track, meet: Room
) -> None:
    answer = await livekit_api.room.update_participant(
        api.UpdateParticipantRequest(
            room="meet",
            identity="alice",
            permission=api.ParticipantPermission(can_publish=True, can_publish_sources=[api.TrackSource.CAMERA]),
        )
    )
    assert answer.permission.can_publish
    assert not answer.permission.can_subscribe
    assert alice.permission.can_publish_sources == {TrackSource.CAMERA}
    assert microphone.sid not in meet.tracks


async def test_metadata_over_the_limit_is_refused(livekit_api: api.LiveKitAPI, meet: Room, alice: Participant) -> None:
    limit = meet.limits.metadata
    with pytest.raises(api.TwirpError) as refused:
        await livekit_api.room.update_participant(
            api.UpdateParticipantRequest(room="meet", identity="alice", metadata="x" * (limit + 1))
        )
    assert refused.value.code == api.TwirpErrorCode.INVALID_ARGUMENT
    assert refused.value.message == f"metadata size exceeds limits {limit}"
    assert alice.metadata == "m"


async def test_subscriptions_are_changed_for_a_participant(
    livekit_api: api.LiveKitAPI, server: Server, microphone: Track, alice: Participant
) -> None:
    _, bob = server.join("meet", "bob")
    events = server.observe("meet")
    await livekit_api.room.update_subscriptions(
        api.UpdateSubscriptionsRequest(room="meet", identity="bob", track_sids=[microphone.sid], subscribe=False)
    )
    by_participant = api.ParticipantTracks(participant_sid=alice.sid, track_sids=[microphone.sid])
    await livekit_api.room.update_subscriptions(
        api.UpdateSubscriptionsRequest(room="meet", identity="bob", participant_tracks=[by_participant], subscribe=True)
    )
    changes = [event for event in events if isinstance(event, SubscriptionsChanged)]
    assert [(change.subscriber, change.tracks, change.subscribed) for change in changes] == [
        (bob.sid, (microphone.sid,), False),
        (bob.sid, (microphone.sid,), True),
    ]


async def test_data_is_sent_without_a_sender(livekit_api: api.LiveKitAPI, server: Server, alice: Participant) -> None:
    _, bob = server.join("meet", "bob")
    events = server.observe("meet")
    await livekit_api.room.send_data(
        api.SendDataRequest(
            room="meet",
            data=b"hello",
            kind=api.DataPacket.Kind.LOSSY,
            topic="greeting",
            destination_identities=["bob"],
        )
    )
    [data] = [event for event in events if isinstance(event, DataReceived)]
    assert (data.sender, data.identity, data.payload, data.topic) == ("", "", b"hello", "greeting")
    assert data.kind is DataKind.LOSSY
    assert data.is_for(bob.sid)
    assert not data.is_for(alice.sid)


async def test_data_that_is_sent_again_with_the_same_nonce_arrives_once(
    http: httpx.AsyncClient, server: Server, alice: Participant
) -> None:
    assert alice.identity == "alice"
    events = server.observe("meet")
    headers = {"authorization": f"Bearer {server.token(room_admin=True, room='meet')}"}
    # By hand: the SDK draws a nonce of its own for every call.
    body = {"room": "meet", "data": "b25jZQ==", "nonce": "MDEyMzQ1Njc4OWFiY2RlZg=="}
    for _ in range(2):
        assert (await http.post("/SendData", json=body, headers=headers)).status_code == 200
    assert [event.payload for event in events if isinstance(event, DataReceived)] == [b"once"]
