"""Who is on hold hears announcements alone, and who hears whom can be set."""

import pytest

from roomful.rooms import Participant, Room, RoomError
from roomful.rooms.events import SubscriptionsChanged
from roomful.rooms.model import ParticipantKind, TrackSource
from roomful.rooms.subscriptions import SubscriptionPermission, TrackGrant, desired
from tests.unit.rooms.scene import HIDDEN, START, Witness, enter, publish


@pytest.fixture
def customer(room: Room) -> Participant:
    return enter(room, "customer")


@pytest.fixture
def agent(room: Room) -> Participant:
    return enter(room, "agent")


def test_on_hold_only_announcements_are_heard(room: Room, customer: Participant, agent: Participant) -> None:
    voice = publish(room, agent)
    announcer = enter(room, "music", kind=ParticipantKind.AGENT, announces=True)
    music = publish(room, announcer)
    assert desired(room, customer) == {voice.sid, music.sid}
    room.set_receiving("customer", False, START)
    assert desired(room, customer) == {music.sid}
    room.set_receiving("customer", True, START)
    assert desired(room, customer) == {voice.sid, music.sid}


def test_an_announcement_for_some_is_for_nobody_else(room: Room, customer: Participant, agent: Participant) -> None:
    announcer = enter(room, "music", kind=ParticipantKind.AGENT, announces=True)
    grants = (TrackGrant(identity="customer", all_tracks=True),)
    room.set_subscription_permission(
        announcer.sid, SubscriptionPermission(all_participants=False, grants=grants), START
    )
    music = publish(room, announcer)
    for one in (customer, agent):
        room.set_receiving(one.identity, False, START)
    assert desired(room, customer) == {music.sid}
    assert desired(room, agent) == set()


def test_a_voice_can_be_kept_from_one_listener(room: Room, customer: Participant, agent: Participant) -> None:
    room.set_hearing("customer", "coach", False, START)
    coach = enter(room, "coach")
    voice, picture = publish(room, coach), publish(room, coach, TrackSource.CAMERA)
    assert desired(room, customer) == {picture.sid}
    assert desired(room, agent) == {voice.sid, picture.sid}
    witness = Witness(room)
    assert room.set_hearing("customer", "coach", True, START)
    told = witness.only(SubscriptionsChanged)
    assert (told.subscriber, told.tracks, told.subscribed) == (customer.sid, (voice.sid,), True)
    assert desired(room, customer) == {voice.sid, picture.sid}
    assert not room.set_hearing("customer", "coach", True, START)


def test_somebody_hidden_is_heard_by_whom_it_shall_be_heard(
    room: Room, customer: Participant, agent: Participant
) -> None:
    coach = enter(room, "coach", permission=HIDDEN)
    voice = publish(room, coach)
    assert desired(room, customer) == desired(room, agent) == set()
    room.set_hearing("agent", "coach", True, START)
    assert (desired(room, agent), desired(room, customer)) == ({voice.sid}, set())


def test_a_room_remembers_only_so_much_of_who_hears_whom(room: Room) -> None:
    for number in range(1000):
        room.set_hearing(f"listener-{number}", "coach", False, START)
    with pytest.raises(RoomError, match="too much"):
        room.set_hearing("one-more", "coach", False, START)
