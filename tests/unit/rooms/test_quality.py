from roomful.rooms import JoinRequest, Room
from roomful.rooms.events import ParticipantQuality, QualityChanged
from roomful.rooms.model import LeaveReason, Quality
from tests.unit.rooms.scene import START, Witness, enter

FINE = (Quality.EXCELLENT, 4.5)
BAD = (Quality.POOR, 2.0)


def test_one_change_of_class_tells_all(room: Room, witness: Witness) -> None:
    alice, bob = enter(room, "alice"), enter(room, "bob")
    room.set_quality({alice.sid: FINE, bob.sid: FINE}, START)
    room.set_quality({alice.sid: FINE, bob.sid: BAD}, START + 5)
    assert witness.of(QualityChanged)[1].qualities == (
        ParticipantQuality(sid=alice.sid, quality=Quality.EXCELLENT, score=4.5),
        ParticipantQuality(sid=bob.sid, quality=Quality.POOR, score=2.0),
    )


def test_a_new_score_in_the_same_class_is_no_news(room: Room, witness: Witness) -> None:
    alice = enter(room, "alice")
    room.set_quality({alice.sid: (Quality.GOOD, 3.9)}, START)
    room.set_quality({alice.sid: (Quality.GOOD, 3.5)}, START + 5)
    witness.only(QualityChanged)
    reading = room.quality(alice.sid)
    assert reading is not None
    assert reading.score == 3.5


def test_only_who_is_active_has_a_quality(room: Room, witness: Witness) -> None:
    alice = room.join(JoinRequest(identity="alice"), START)
    room.set_quality({alice.sid: FINE, "PA_gone": FINE}, START)
    assert not witness.of(QualityChanged)
    assert room.quality(alice.sid) is None


def test_the_quality_leaves_with_the_participant(room: Room, witness: Witness) -> None:
    alice, bob = enter(room, "alice"), enter(room, "bob")
    room.set_quality({alice.sid: FINE, bob.sid: FINE}, START)
    room.leave(alice.sid, LeaveReason.CLIENT_INITIATED, START)
    room.set_quality({bob.sid: BAD}, START + 5)
    assert [reading.sid for reading in witness.of(QualityChanged)[1].qualities] == [bob.sid]


def test_readings_that_come_after_the_end_are_ignored(room: Room, witness: Witness) -> None:
    room.close(LeaveReason.ROOM_DELETED, START)
    room.set_quality({"PA_gone": FINE}, START)
    assert not witness.of(QualityChanged)
