import pytest

from roomful.rooms import Limits, Permission, Room, RoomError, RoomErrorCode, RoomOptions, TrackSpec
from roomful.rooms.events import TrackPublished, TrackUnpublished, TrackUpdated, TrackWithdrawn
from roomful.rooms.model import AudioFeature, TrackKind, TrackSource, UnpublishReason, VideoQuality
from roomful.rooms.tracks import Layer
from tests.unit.rooms.scene import START, Witness, announce, enter, publish


def test_an_announced_track_has_its_sid_at_once_and_is_nobodys_business_until_bound(
    room: Room, witness: Witness
) -> None:
    alice = enter(room, "alice")
    witness.forget()
    track = announce(room, alice, TrackSource.CAMERA, name="cam", mime="video/vp8", width=640, height=480)
    assert track.sid.startswith("TR_VC")
    assert not track.published
    assert not alice.is_publisher
    assert not witness.events
    room.bind(track.sid, "video/VP8", "3", START + 1)
    assert track.published
    assert alice.is_publisher
    assert (track.name, track.mime, track.mid, track.width, track.updated_at) == (
        "cam",
        "video/VP8",
        "3",
        640,
        START + 1,
    )
    published = witness.only(TrackPublished)
    assert (published.sid, published.publisher) == (track.sid, alice.sid)


def test_binding_again_tells_what_changed(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = publish(room, alice, TrackSource.CAMERA)
    room.bind(track.sid, "video/VP8", "0", START)
    assert not witness.of(TrackUpdated)
    room.bind(track.sid, "video/VP9", "0", START)
    assert witness.only(TrackUpdated).changed == {"mime"}


def test_layers_get_their_streams_with_the_first_packets(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    layers = (Layer(quality=VideoQuality.LOW, rid="q"), Layer(quality=VideoQuality.HIGH, rid="h", spatial=1))
    track = publish(room, alice, TrackSource.CAMERA, layers=layers, simulcast=True)
    versions = (track.version, alice.version)
    streamed = (Layer(quality=VideoQuality.LOW, rid="q", ssrc=7, repair_ssrc=8), layers[1])
    assert room.set_layers(track.sid, streamed, START + 1)
    assert track.layers == streamed
    assert (track.version, alice.version) == (versions[0] + 1, versions[1] + 1)
    assert witness.only(TrackUpdated).changed == {"layers"}
    assert not room.set_layers(track.sid, streamed, START + 2)


def test_a_publisher_can_correct_what_it_said(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = publish(room, alice, TrackSource.MICROPHONE)
    assert track.dtx
    features = frozenset({AudioFeature.STEREO, AudioFeature.NO_DTX})
    assert room.update_track(track.sid, START, audio_features=features) == {"audio_features"}
    assert track.stereo
    assert not track.dtx
    assert witness.only(TrackUpdated).changed == {"audio_features"}


def test_changes_of_an_announced_track_are_not_told(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = announce(room, alice, TrackSource.CAMERA)
    witness.forget()
    assert room.update_track(track.sid, START, width=1280, height=720) == {"width", "height"}
    assert not witness.events


def test_unpublishing_gives_a_last_look_at_the_track(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = publish(room, alice, TrackSource.SCREEN_SHARE, name="slides", announcement=b"kept")
    assert room.unpublish(track.sid, START)
    gone = witness.only(TrackUnpublished)
    assert (gone.publisher, gone.reason) == (alice.sid, UnpublishReason.BY_PUBLISHER)
    assert (gone.track.name, gone.track.source) == ("slides", TrackSource.SCREEN_SHARE)
    assert gone.track.announcement == b"kept"
    assert not alice.is_publisher
    assert not room.unpublish(track.sid, START)


def test_withdrawing_an_announced_track_is_not_an_unpublish(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    track = announce(room, alice)
    room.unpublish(track.sid, START)
    assert witness.only(TrackWithdrawn).sid == track.sid
    assert not witness.of(TrackUnpublished)


@pytest.mark.parametrize(
    ("permission", "source"),
    [
        (Permission(can_publish=False), TrackSource.CAMERA),
        (Permission(can_publish_sources=frozenset({TrackSource.CAMERA})), TrackSource.MICROPHONE),
        (Permission(can_publish_sources=frozenset({TrackSource.CAMERA})), TrackSource.UNKNOWN),
    ],
)
def test_what_the_permission_does_not_cover_is_not_published(
    room: Room, permission: Permission, source: TrackSource
) -> None:
    alice = enter(room, "alice", permission=permission)
    with pytest.raises(RoomError, match="does not have permission to publish") as refusal:
        announce(room, alice, source)
    assert refusal.value.code is RoomErrorCode.PERMISSION_DENIED
    assert not room.tracks


def test_one_participant_cannot_announce_tracks_without_end() -> None:
    room = Room("r", "RM_r", RoomOptions(), START, limits=Limits(tracks_per_participant=2))
    alice = enter(room, "alice")
    announce(room, alice)
    publish(room, alice)
    with pytest.raises(RoomError, match="may publish 2") as refusal:
        announce(room, alice)
    assert refusal.value.code is RoomErrorCode.RESOURCE_EXHAUSTED


def test_a_track_belongs_to_its_publisher(room: Room) -> None:
    alice, bob = enter(room, "alice"), enter(room, "bob")
    track = publish(room, alice)
    assert room.track_of(alice.sid, track.sid) is track
    with pytest.raises(RoomError, match="track does not exist"):
        room.track_of(bob.sid, track.sid)


def test_a_track_name_has_a_limit_and_a_publisher_must_be_here(room: Room) -> None:
    alice = enter(room, "alice")
    with pytest.raises(RoomError, match="track name length exceeds limits: max length 256"):
        announce(room, alice, name="n" * 257)
    with pytest.raises(RoomError, match="participant does not exist"):
        room.publish("PA_x", TrackSpec(kind=TrackKind.AUDIO), START)
