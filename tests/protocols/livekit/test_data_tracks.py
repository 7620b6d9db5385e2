"""Data tracks: what may be published, who is told, and where packets go. specs/livekit.md §3.23."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from roomful._native import Event
from roomful.protocols.livekit.data_track_packets import Packet
from roomful.protocols.livekit.links import Settings
from roomful.protocols.livekit.responses import Reason
from roomful.rooms.permissions import Permission

from .stage import Player, Stage

PLAIN = bytes.fromhex("18 00 0003 0102 0304 00015f90") + b"frame"
"""Of the track 3, a frame in one packet at 1 s."""


def publish(player: Player, handle: int = 3, name: str = "lidar", **fields: Any) -> models.DataTrackInfo:
    player.ask(publish_data_track_request=request(handle, name, **fields))
    return player.client.last("publish_data_track_response").info


def request(handle: int = 3, name: str = "lidar", **fields: Any) -> rtc.PublishDataTrackRequest:
    return rtc.PublishDataTrackRequest(pub_handle=handle, name=name, **fields)


def subscribe(player: Player, sid: str, *, on: bool = True, fps: int = 0) -> dict[int, str]:
    """Returns what the client then knows: its handles and the tracks behind them."""
    update = rtc.UpdateDataSubscription.Update(track_sid=sid, subscribe=on)
    if fps:
        update.options.target_fps = fps
    player.ask(update_data_subscription=rtc.UpdateDataSubscription(updates=[update]))
    return handles(player)


def handles(player: Player) -> dict[int, str]:
    told = player.client.last("data_track_subscriber_handles")
    return {handle: track.track_sid for handle, track in told.sub_handles.items()}


def send(player: Player, data: bytes = PLAIN) -> None:
    player.engine(Event.Data(peer=player.session.peers.publisher, label="_data_track", data=data))


def hearing(player: Player) -> Player:
    player.engine(Event.ChannelOpen(peer=player.session.data_peer, label="_data_track"))
    return player


def sent(stage: Stage) -> list[tuple[list[int], bytes]]:
    return [(command.peers, command.data) for command in stage.media.named("send_data")]


def packet(frame: int, milliseconds: int, *, start: bool = True) -> bytes:
    flags = 0x10 if start else 0
    return bytes([flags, 0]) + b"".join(n.to_bytes(2, "big") for n in (3, 1, frame)) + (milliseconds * 90).to_bytes(4)


def test_a_published_track_is_answered_and_told_to_everybody(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    schema = models.DataTrackSchemaId(name="points", encoding=models.DataTrackSchemaEncoding(custom="mine"))
    info = publish(alice, schema=schema, encryption=models.Encryption.GCM)
    assert info.sid.startswith("DTR_")
    assert (info.pub_handle, info.name, info.schema, info.encryption) == (3, "lidar", schema, models.Encryption.GCM)
    (told,) = bob.client.last("update").participants
    assert (told.sid, list(told.data_tracks)) == (alice.sid, [info])
    carol = stage.join("carol")
    (known,) = (other for other in carol.client.last("join").other_participants if other.sid == alice.sid)
    assert list(known.data_tracks) == [info]

    alice.ask(unpublish_data_track_request=rtc.UnpublishDataTrackRequest(pub_handle=3))
    assert alice.client.last("unpublish_data_track_response").info == info
    (told,) = bob.client.last("update").participants
    assert not told.data_tracks


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (request(0), Reason.INVALID_HANDLE),
        (request(65_536), Reason.INVALID_HANDLE),
        (request(name=""), Reason.INVALID_NAME),
        (request(name="x" * 257), Reason.INVALID_NAME),
        (request(3, "other"), Reason.DUPLICATE_HANDLE),
        (request(4, "lidar"), Reason.DUPLICATE_NAME),
        (request(4, "b", frame_encoding=models.DataTrackFrameEncoding(custom="x" * 33)), Reason.INVALID_REQUEST),
        (request(4, "b", schema=models.DataTrackSchemaId(name="x" * 257)), Reason.INVALID_REQUEST),
    ],
)
def test_what_cannot_be_published(stage: Stage, asked: rtc.PublishDataTrackRequest, reason: Reason) -> None:
    alice = stage.join("alice")
    publish(alice)
    alice.ask(publish_data_track_request=asked)
    response = alice.client.last("request_response")
    assert (response.reason, response.publish_data_track) == (reason, asked)


def test_there_is_an_end_to_the_tracks_of_one_participant(stage: Stage) -> None:
    alice = stage.join("alice")
    for number in range(1, 258):
        alice.ask(publish_data_track_request=request(number, str(number)))
    response = alice.client.last("request_response")
    assert (response.reason, response.publish_data_track.pub_handle) == (Reason.LIMIT_EXCEEDED, 257)


def test_who_may_not_publish_data_publishes_no_tracks(stage: Stage) -> None:
    alice, bob = stage.join("alice"), hearing(stage.join("bob"))
    info = publish(alice)
    subscribe(bob, info.sid)
    stage.room.update_participant(alice.sid, stage.now, permission=Permission(can_publish_data=False))
    assert alice.client.last("unpublish_data_track_response").info == info
    assert handles(bob) == {}
    send(alice)
    assert sent(stage) == []
    alice.ask(publish_data_track_request=request())
    assert alice.client.last("request_response").reason == Reason.NOT_ALLOWED


def test_they_can_be_switched_off() -> None:
    alice = Stage(settings=Settings(data_tracks=False)).join("alice")
    alice.ask(publish_data_track_request=request())
    assert alice.client.last("request_response").reason == Reason.NOT_ALLOWED


def test_what_is_not_published_cannot_be_taken_away(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.ask(unpublish_data_track_request=rtc.UnpublishDataTrackRequest(pub_handle=9))
    assert alice.client.last("request_response").reason == Reason.INVALID_HANDLE


def test_packets_go_to_subscribers_under_a_handle_of_theirs(stage: Stage) -> None:
    alice, bob, carol = stage.join("alice"), hearing(stage.join("bob")), hearing(stage.join("carol"))
    publish(carol, name="other")
    info = publish(alice)
    ((handle, sid),) = subscribe(bob, info.sid).items()
    told = bob.client.last("data_track_subscriber_handles").sub_handles[handle]
    assert (sid, told.publisher_sid, told.publisher_identity) == (info.sid, alice.sid, "alice")

    send(alice)
    ((peers, data),) = sent(stage)
    assert peers == [bob.session.data_peer]
    # The server says whose it is: extension 1, the sid, in whole words with their number.
    extension = b"\x01" + bytes([len(alice.sid)]) + alice.sid.encode()
    words = -(-(len(extension) + 2) // 4)
    block = (words - 1).to_bytes(2, "big") + extension.ljust(4 * words - 2, b"\0")
    assert data == b"\x1c\x00" + handle.to_bytes(2, "big") + PLAIN[4:12] + block + b"frame"

    assert subscribe(bob, info.sid, on=False) == {}
    send(alice)
    assert len(sent(stage)) == 1


def test_who_publishes_and_who_may_not_subscribe_gets_nothing(stage: Stage) -> None:
    alice, bob = hearing(stage.join("alice")), hearing(stage.join("bob"))
    info = publish(alice)
    stage.room.update_participant(bob.sid, stage.now, permission=Permission(can_subscribe=False))
    assert subscribe(alice, info.sid) == subscribe(bob, info.sid) == subscribe(bob, "DTR_unknown") == {}


def test_who_wants_all_gets_all_without_asking(stage: Stage) -> None:
    alice = stage.join("alice")
    early = publish(alice)
    bob = hearing(stage.join("bob", auto_subscribe_data_tracks=True))
    assert list(handles(bob).values()) == [early.sid]
    late = publish(alice, 4, "radar")
    assert sorted(handles(bob).values()) == sorted([early.sid, late.sid])


def test_who_leaves_takes_tracks_and_subscriptions_along(stage: Stage) -> None:
    alice, bob = stage.join("alice"), hearing(stage.join("bob"))
    first, second = publish(alice), publish(bob)
    subscribe(bob, first.sid)
    subscribe(hearing(alice), second.sid)
    alice.ask(leave=rtc.LeaveRequest())
    assert handles(bob) == {}
    send(bob)
    assert sent(stage) == []


def test_frames_are_thinned_to_the_rate_that_is_asked_for(stage: Stage) -> None:
    alice, bob = stage.join("alice"), hearing(stage.join("bob"))
    subscribe(bob, publish(alice).sid, fps=10)
    for frame in range(10):
        send(alice, packet(frame, frame * 40))
        send(alice, packet(frame, frame * 40, start=False))
    assert [Packet(data).frame for _, data in sent(stage)] == [0, 0, 3, 3, 6, 6, 9, 9]


def test_a_client_that_resumes_is_told_again(stage: Stage) -> None:
    alice, bob = stage.join("alice"), hearing(stage.join("bob"))
    known = subscribe(bob, publish(alice).sid)
    bob.vanish()
    client = stage.resume(bob)
    told = client.last("data_track_subscriber_handles")
    assert {handle: track.track_sid for handle, track in told.sub_handles.items()} == known


@pytest.mark.parametrize("known", [True, False])
def test_the_state_that_a_client_tells_is_compared(stage: Stage, known: bool) -> None:
    alice, bob = stage.join("alice"), hearing(stage.join("bob"))
    info = publish(alice)
    lost = models.DataTrackInfo(sid="DTR_lost", pub_handle=7)
    published = rtc.PublishDataTrackResponse(info=info if known else lost)
    alice.ask(sync_state=rtc.SyncState(publish_data_tracks=[published]))
    assert alice.session.ended != known
    update = rtc.UpdateDataSubscription.Update(track_sid=info.sid, subscribe=True)
    bob.ask(sync_state=rtc.SyncState(data_subscription=rtc.UpdateDataSubscription(updates=[update])))
    assert len(handles(bob)) == known


@pytest.mark.parametrize(
    "data",
    [b"", PLAIN[:11], b"\x20" + PLAIN[1:], b"\x1c" + PLAIN[1:12], b"\x1c" + PLAIN[1:12] + b"\x00\x05aaaa"],
    ids=["nothing", "short", "another version", "no size", "too long a size"],
)
def test_what_is_no_packet_is_dropped(stage: Stage, data: bytes) -> None:
    alice, bob = stage.join("alice"), hearing(stage.join("bob"))
    subscribe(bob, publish(alice).sid)
    send(alice, data)
    send(alice, b"\x18\x00\x00\x09" + PLAIN[4:])
    assert sent(stage) == []


@given(st.binary(max_size=80))
def test_no_bytes_do_harm(data: bytes) -> None:
    try:
        read = Packet(data)
    except ValueError:
        return
    again = Packet(read.sent_on(7, "PA_x"))
    assert (again.handle, again.frame, again.timestamp) == (7, read.frame, read.timestamp)
    assert again.sent_on(7, "PA_x") == read.sent_on(7, "PA_x")
