"""Somebody is heard in another one's place: files that are mixed into a voice."""

import pytest

from roomful.rooms import Participant, Permission, Room
from roomful.rooms.events import SubscriptionPermissionChanged
from roomful.rooms.model import LeaveReason, ParticipantKind, TrackSource
from roomful.rooms.subscriptions import desired
from tests.unit.rooms.scene import START, Witness, enter, publish


@pytest.fixture
def agent(room: Room) -> Participant:
    return enter(room, "agent")


@pytest.fixture
def customer(room: Room) -> Participant:
    return enter(room, "customer")


@pytest.fixture
def stand_in(room: Room) -> Participant:
    return enter(room, "mix", kind=ParticipantKind.AGENT, announces=True)


def test_the_others_hear_the_stand_in_and_see_whom_it_stands_for(
    room: Room, agent: Participant, customer: Participant, stand_in: Participant
) -> None:
    voice, picture = publish(room, agent), publish(room, agent, TrackSource.CAMERA)
    mixed = publish(room, stand_in, only_for=customer.sid)
    witness = Witness(room)
    assert room.set_stand_in(agent.sid, stand_in.sid, START)
    assert witness.only(SubscriptionPermissionChanged).publisher == agent.sid
    assert desired(room, customer) == {picture.sid, mixed.sid}
    room.subscribe(customer.sid, [voice.sid], START)
    assert voice.sid not in desired(room, customer), "no wish leads around it"
    assert voice.sid in desired(room, stand_in), "somebody has to hear it"
    assert not room.set_stand_in(agent.sid, stand_in.sid, START)
    assert room.set_stand_in(agent.sid, "", START)
    assert voice.sid in desired(room, customer)


def test_recorders_get_the_voice_itself(room: Room, agent: Participant, stand_in: Participant) -> None:
    recorder = enter(room, "recorder", permission=Permission(recorder=True))
    voice = publish(room, agent)
    room.set_stand_in(agent.sid, stand_in.sid, START)
    assert desired(room, recorder) == {voice.sid}


def test_who_is_on_hold_does_not_hear_it(
    room: Room, agent: Participant, customer: Participant, stand_in: Participant
) -> None:
    publish(room, stand_in, only_for=customer.sid)
    room.set_stand_in(agent.sid, stand_in.sid, START)
    room.set_receiving("customer", False, START)
    assert desired(room, customer) == set()


@pytest.mark.parametrize("who", ["agent", "mix"])
def test_it_ends_when_one_of_them_leaves(
    room: Room, agent: Participant, customer: Participant, stand_in: Participant, who: str
) -> None:
    voice = publish(room, agent)
    room.set_stand_in(agent.sid, stand_in.sid, START)
    leaving = room.with_identity(who)
    room.leave(leaving.sid, LeaveReason.CLIENT_INITIATED, START)
    assert not room.stand_ins
    assert desired(room, customer) == ({voice.sid} if who == "mix" else set())
