"""What happens in a room, as its receivers are told. specs/livekit.md §4.2."""

import pytest
from livekit.protocol import models
from livekit.protocol.webhook import WebhookEvent

from roomful.protocols.livekit.webhooks import RoomEvents
from roomful.rooms.model import SERVER, DataKind, LeaveReason, ParticipantKind, TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.registry import Rooms
from roomful.rooms.room import Room
from roomful.rooms.tracks import TrackSpec

NOW = 1_700_000_000.0
CAMERA = TrackSpec(kind=TrackKind.VIDEO, source=TrackSource.CAMERA, name="cam", width=640, height=360)


class Told:
    """Rooms, and what is told of them."""

    def __init__(self) -> None:
        self.rooms = Rooms()
        self.events: list[WebhookEvent] = []
        self.keys: set[str] = set()
        self.kept: set[str] = set()
        self.room_events = RoomEvents(self._send, lambda room: room.name in self.kept, ["audio/opus"])
        self.rooms.on_opened.append(self.room_events.opened)

    def _send(self, event: WebhookEvent, key: str) -> None:
        self.events.append(event)
        self.keys.add(key)

    def open(self, name: str = "meet") -> Room:
        return self.rooms.create(name, RoomOptions(empty_timeout=300), NOW)

    def names(self) -> list[str]:
        return [event.event for event in self.events]


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_whole_visit_is_told_in_order(told: Told) -> None:
    room = told.open()
    alice = room.join(JoinRequest(identity="alice", name="Alice"), NOW)
    room.activate(alice.sid, NOW)
    track = room.publish(alice.sid, CAMERA, NOW)
    room.bind(track.sid, "video/VP8", "0", NOW)
    room.leave(alice.sid, LeaveReason.CLIENT_INITIATED, NOW)
    room.close(LeaveReason.ROOM_CLOSED, NOW)
    assert told.names() == [
        "room_started",
        "participant_joined",
        "track_published",
        "track_unpublished",
        "participant_left",
        "room_finished",
    ]
    assert told.keys == {"meet"}


def test_the_room_is_described_with_exact_counts(told: Told) -> None:
    room = told.open()
    for identity in ("alice", "bob"):
        room.activate(room.join(JoinRequest(identity=identity), NOW).sid, NOW)
    room.leave(room.with_identity("bob").sid, LeaveReason.CLIENT_INITIATED, NOW)
    assert [event.room.num_participants for event in told.events] == [0, 1, 2, 1]
    assert told.events[0].room.sid == room.sid
    assert told.events[0].room.empty_timeout == 300


def test_somebody_is_told_to_have_joined_when_media_is_up(told: Told) -> None:
    room = told.open()
    alice = room.join(JoinRequest(identity="alice", metadata="data"), NOW)
    assert told.names() == ["room_started"]
    room.activate(alice.sid, NOW)
    participant = told.events[-1].participant
    assert (participant.sid, participant.identity, participant.metadata) == (alice.sid, "alice", "data")
    assert participant.state == models.ParticipantInfo.State.ACTIVE


def test_who_never_got_media_has_aborted(told: Told) -> None:
    room = told.open()
    alice = room.join(JoinRequest(identity="alice"), NOW)
    room.leave(alice.sid, LeaveReason.JOIN_FAILURE, NOW)
    event = told.events[-1]
    assert event.event == "participant_connection_aborted"
    assert event.participant.disconnect_reason == models.DisconnectReason.JOIN_FAILURE


def test_who_leaves_is_disconnected_with_a_reason(told: Told) -> None:
    room = told.open()
    alice = room.join(JoinRequest(identity="alice"), NOW)
    room.activate(alice.sid, NOW)
    room.leave(alice.sid, LeaveReason.PARTICIPANT_REMOVED, NOW)
    participant = told.events[-1].participant
    assert participant.state == models.ParticipantInfo.State.DISCONNECTED
    assert participant.disconnect_reason == models.DisconnectReason.PARTICIPANT_REMOVED


def test_a_second_session_of_an_identity_is_a_departure_and_an_arrival(told: Told) -> None:
    room = told.open()
    for _ in range(2):
        room.activate(room.join(JoinRequest(identity="alice"), NOW).sid, NOW)
    assert told.names()[1:] == ["participant_joined", "participant_left", "participant_joined"]


def test_track_events_name_room_and_publisher_and_describe_the_track(told: Told) -> None:
    room = told.open()
    alice = room.join(JoinRequest(identity="alice"), NOW)
    track = room.publish(alice.sid, CAMERA, NOW)
    assert told.names() == ["room_started"], "an announced track is nobody's business yet"
    room.bind(track.sid, "video/VP8", "0", NOW)
    room.unpublish(track.sid, NOW)
    for event in told.events[1:]:
        assert event.room == models.Room(sid=room.sid, name="meet")
        assert event.participant == models.ParticipantInfo(sid=alice.sid, identity="alice")
        assert (event.track.sid, event.track.mime_type, event.track.width) == (track.sid, "video/VP8", 640)
        assert event.track.source == models.TrackSource.CAMERA


def test_a_track_that_goes_with_its_publisher_still_names_it(told: Told) -> None:
    room = told.open()
    alice = room.join(JoinRequest(identity="alice"), NOW)
    room.bind(room.publish(alice.sid, CAMERA, NOW).sid, "video/VP8", "0", NOW)
    room.close(LeaveReason.ROOM_DELETED, NOW)
    unpublished = next(event for event in told.events if event.event == "track_unpublished")
    assert unpublished.participant.identity == "alice"


@pytest.mark.parametrize(
    ("reason", "told_as"),
    [
        (LeaveReason.ROOM_DELETED, "ROOM_END_API_DELETE"),
        (LeaveReason.ROOM_CLOSED, "ROOM_END_IDLE_TIMEOUT"),
        (LeaveReason.SERVER_SHUTDOWN, "ROOM_END_SERVER_SHUTDOWN"),
    ],
)
def test_the_end_of_a_room_has_a_reason(told: Told, reason: LeaveReason, told_as: str) -> None:
    told.open().close(reason, NOW)
    assert models.RoomEndReason.Name(told.events[-1].room_end_reason) == told_as


def test_a_kept_room_neither_ends_nor_starts_with_the_server(told: Told) -> None:
    told.kept.add("meet")
    told.open().close(LeaveReason.SERVER_SHUTDOWN, NOW)
    assert told.names() == ["room_started"]
    told.room_events.follow(Room("meet", "RM_1", RoomOptions(), NOW))
    assert told.names() == ["room_started"]


def test_hidden_participants_and_recorders_are_told_like_others(told: Told) -> None:
    room = told.open()
    hidden = room.join(JoinRequest(identity="h", permission=Permission(hidden=True)), NOW)
    recorder = room.join(JoinRequest(identity="EG_1", kind=ParticipantKind.EGRESS), NOW)
    for participant in (hidden, recorder):
        room.activate(participant.sid, NOW)
    assert [event.participant.permission.hidden for event in told.events[1:]] == [True, False]
    assert told.events[-1].participant.kind == models.ParticipantInfo.Kind.EGRESS


def test_mutes_metadata_and_data_are_not_told(told: Told) -> None:
    room = told.open()
    alice = room.join(JoinRequest(identity="alice"), NOW)
    track = room.publish(alice.sid, CAMERA, NOW)
    room.bind(track.sid, "video/VP8", "0", NOW)
    before = len(told.events)
    room.mute(track.sid, True, alice.sid, NOW)
    room.set_metadata("new", NOW)
    room.update_participant(alice.sid, NOW, name="Alice")
    room.send_data(SERVER, b"x", NOW, kind=DataKind.LOSSY)
    assert len(told.events) == before
