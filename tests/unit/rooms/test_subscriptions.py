import pytest

from roomful.rooms import Limits, Participant, Permission, Room, RoomError, RoomErrorCode, RoomOptions
from roomful.rooms.events import SubscriptionExpired, SubscriptionPermissionChanged, SubscriptionsChanged
from roomful.rooms.model import LeaveReason
from roomful.rooms.subscriptions import SubscriptionPermission, TrackGrant, desired, permitted
from tests.unit.rooms.scene import HIDDEN, START, Witness, announce, enter, publish

NOBODY = SubscriptionPermission(all_participants=False)
DEAF = Permission(can_subscribe=False)


@pytest.fixture
def alice(room: Room) -> Participant:
    return enter(room, "alice")


@pytest.fixture
def bob(room: Room) -> Participant:
    return enter(room, "bob")


@pytest.fixture
def picky(room: Room) -> Participant:
    return enter(room, "picky", auto_subscribe=False)


def test_everybody_gets_every_published_track_but_its_own(room: Room, alice: Participant, bob: Participant) -> None:
    track = publish(room, alice)
    announce(room, alice)
    assert desired(room, bob) == {track.sid}
    assert desired(room, alice) == set()


def test_who_does_not_subscribe_by_itself_gets_what_it_asks_for(
    room: Room, alice: Participant, picky: Participant
) -> None:
    track = publish(room, alice)
    publish(room, alice)
    assert desired(room, picky) == set()
    room.subscribe(picky.sid, [track.sid], START)
    assert desired(room, picky) == {track.sid}
    room.unsubscribe(picky.sid, [track.sid], START)
    assert desired(room, picky) == set()


def test_a_track_turned_down_stays_turned_down(room: Room, alice: Participant, bob: Participant) -> None:
    refused = publish(room, alice)
    room.unsubscribe(bob.sid, [refused.sid], START)
    other = publish(room, alice)
    assert desired(room, bob) == {other.sid}


def test_a_wish_waits_for_the_permission_to_subscribe(room: Room, alice: Participant, picky: Participant) -> None:
    track = publish(room, alice)
    room.update_participant(picky.sid, START, permission=DEAF)
    room.subscribe(picky.sid, [track.sid], START)
    assert desired(room, picky) == set()
    room.update_participant(picky.sid, START, permission=Permission())
    assert desired(room, picky) == {track.sid}


def test_a_wish_for_an_announced_track_waits_for_its_binding(
    room: Room, alice: Participant, picky: Participant
) -> None:
    track = announce(room, alice)
    room.subscribe(picky.sid, [track.sid], START)
    assert desired(room, picky) == set()
    room.bind(track.sid, "audio/opus", "0", START)
    assert desired(room, picky) == {track.sid}


def test_tracks_of_a_hidden_participant_go_only_to_who_asks(room: Room, bob: Participant) -> None:
    ghost = enter(room, "ghost", permission=HIDDEN)
    track = publish(room, ghost)
    assert desired(room, bob) == set()
    room.subscribe(bob.sid, [track.sid], START)
    assert desired(room, bob) == {track.sid}


def test_tracks_of_who_stops_hiding_go_to_all(room: Room, bob: Participant) -> None:
    ghost = enter(room, "ghost", permission=HIDDEN)
    track = publish(room, ghost)
    room.update_participant(ghost.sid, START, permission=Permission())
    assert desired(room, bob) == {track.sid}


def test_nobody_subscribes_to_itself_by_asking(room: Room, witness: Witness, alice: Participant) -> None:
    track = publish(room, alice)
    room.subscribe(alice.sid, [track.sid], START)
    assert desired(room, alice) == set()
    assert not witness.of(SubscriptionsChanged)


def test_the_subscriber_is_told_of_wishes_made_for_it(
    room: Room, witness: Witness, alice: Participant, bob: Participant
) -> None:
    track = publish(room, alice)
    room.unsubscribe(bob.sid, [track.sid, track.sid], START)
    told = witness.only(SubscriptionsChanged)
    assert (told.subscriber, told.tracks, told.subscribed) == (bob.sid, (track.sid,), False)


def test_a_publisher_chooses_its_subscribers(
    room: Room, witness: Witness, alice: Participant, bob: Participant, picky: Participant
) -> None:
    first, second = publish(room, alice), publish(room, alice)
    grants = (
        TrackGrant(identity="bob", track_sids=frozenset({first.sid})),
        TrackGrant(participant_sid=picky.sid, all_tracks=True),
    )
    room.set_subscription_permission(alice.sid, SubscriptionPermission(all_participants=False, grants=grants), START)
    room.subscribe(picky.sid, [second.sid], START)
    assert desired(room, bob) == {first.sid}
    assert desired(room, picky) == {second.sid}
    assert not permitted(room, bob, second)
    assert witness.only(SubscriptionPermissionChanged).publisher == alice.sid


def test_an_allow_list_holds_for_later_tracks_until_it_is_replaced(
    room: Room, alice: Participant, bob: Participant
) -> None:
    room.set_subscription_permission(alice.sid, NOBODY, START)
    track = publish(room, alice)
    assert desired(room, bob) == set()
    room.set_subscription_permission(alice.sid, SubscriptionPermission(), START)
    assert desired(room, bob) == {track.sid}


def test_recorders_are_not_locked_out(room: Room, alice: Participant) -> None:
    recorder = enter(room, "recorder", permission=Permission(recorder=True))
    track = publish(room, alice)
    room.set_subscription_permission(alice.sid, NOBODY, START)
    assert desired(room, recorder) == {track.sid}


def test_a_grant_to_nobody_is_for_nobody(room: Room, alice: Participant, bob: Participant) -> None:
    publish(room, alice)
    anonymous = SubscriptionPermission(all_participants=False, grants=(TrackGrant(all_tracks=True),))
    room.set_subscription_permission(alice.sid, anonymous, START)
    assert desired(room, bob) == set()


def test_a_wish_for_an_unknown_track_is_given_up_after_a_minute(room: Room, witness: Witness, bob: Participant) -> None:
    room.subscribe(bob.sid, ["TR_unknown"], START)
    room.subscribe(bob.sid, ["TR_unknown"], START + 30)
    room.tick(START + 59)
    assert not witness.of(SubscriptionExpired)
    room.tick(START + 60)
    expired = witness.only(SubscriptionExpired)
    assert (expired.subscriber, expired.track) == (bob.sid, "TR_unknown")
    assert room.wishes.count(bob.sid) == 0


def test_wishes_go_with_their_track_and_with_their_subscriber(
    room: Room, alice: Participant, bob: Participant, picky: Participant
) -> None:
    track = publish(room, alice)
    room.subscribe(picky.sid, [track.sid, "TR_unknown"], START)
    room.unsubscribe(bob.sid, [track.sid], START)
    room.unpublish(track.sid, START)
    assert (room.wishes.count(picky.sid), room.wishes.count(bob.sid)) == (1, 0)
    room.leave(picky.sid, LeaveReason.CLIENT_INITIATED, START)
    assert room.wishes.count(picky.sid) == 0
    assert room.wishes.deadline() is None


def test_turning_down_an_unknown_track_takes_the_wish_back(room: Room, bob: Participant) -> None:
    room.subscribe(bob.sid, ["TR_unknown"], START)
    room.unsubscribe(bob.sid, ["TR_unknown"], START)
    assert room.wishes.count(bob.sid) == 0
    assert room.wishes.deadline() is None


def test_wishes_are_not_remembered_without_end() -> None:
    room = Room("r", "RM_r", RoomOptions(), START, limits=Limits(subscription_wishes=2))
    bob = enter(room, "bob")
    with pytest.raises(RoomError, match="too many subscriptions") as refusal:
        room.subscribe(bob.sid, ["TR_1", "TR_2", "TR_3"], START)
    assert refusal.value.code is RoomErrorCode.RESOURCE_EXHAUSTED
    assert room.wishes.count(bob.sid) == 0
