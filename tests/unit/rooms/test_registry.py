import pytest

from roomful.rooms import JoinRequest, Room, RoomDefaults, RoomError, RoomErrorCode, RoomOptions, Rooms
from roomful.rooms.events import RoomClosed, RoomClosing, RoomEvent
from roomful.rooms.model import LeaveReason
from tests.unit.rooms.scene import START, Witness, enter


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


def create(rooms: Rooms, name: str, now: float = START) -> Room:
    return rooms.create(name, RoomOptions(), now)


def test_creating_a_room_that_is_there_changes_nothing(rooms: Rooms) -> None:
    room = rooms.create("lounge", RoomOptions(metadata="first", empty_timeout=10), START)
    assert rooms.create("lounge", RoomOptions(metadata="second", empty_timeout=20), START) is room
    assert (room.metadata, room.options.empty_timeout) == ("first", 10)


def test_rooms_are_found_by_name_and_by_sid(rooms: Rooms) -> None:
    room, other = create(rooms, "lounge"), create(rooms, "kitchen")
    assert rooms.get("lounge") is rooms.by_sid(room.sid) is rooms.with_name("lounge") is room
    assert rooms.list() == [room, other]
    assert rooms.list(["kitchen", "cellar", "kitchen"]) == [other]
    assert rooms.get("cellar") is None
    with pytest.raises(RoomError, match="requested room does not exist") as missing:
        rooms.with_name("cellar")
    assert missing.value.code is RoomErrorCode.NOT_FOUND


def test_a_name_is_free_as_soon_as_its_room_is_deleted(rooms: Rooms) -> None:
    room = create(rooms, "lounge")
    enter(room, "alice")
    rooms.delete("lounge", START)
    assert rooms.get("lounge") is None
    assert rooms.by_sid(room.sid) is None
    successor = create(rooms, "lounge")
    assert successor.sid != room.sid
    assert not successor.participants
    with pytest.raises(RoomError, match="requested room does not exist"):
        rooms.delete("cellar", START)


def test_a_room_can_be_opened_anew_while_its_predecessor_says_good_bye(rooms: Rooms) -> None:
    room = create(rooms, "lounge")
    successors: list[Room] = []

    def reopen(event: RoomEvent) -> None:
        if isinstance(event, RoomClosing):
            successors.append(create(rooms, "lounge", event.at))

    room.observers.add(reopen)
    rooms.delete("lounge", START)
    assert rooms.get("lounge") is successors[0]


def test_who_watches_the_server_sees_each_room_from_its_first_to_its_last_event(rooms: Rooms) -> None:
    witnesses: dict[str, Witness] = {}
    closed: list[Room] = []
    rooms.on_opened.append(lambda room: witnesses.update({room.name: Witness(room)}))
    rooms.on_closed.append(closed.append)
    room = create(rooms, "lounge")
    enter(room, "alice")
    rooms.delete("lounge", START)
    assert witnesses["lounge"].events[0].offset == 1
    assert isinstance(witnesses["lounge"].events[-1], RoomClosed)
    assert closed == [room]


def test_a_tick_reaches_exactly_the_rooms_that_are_due(rooms: Rooms) -> None:
    soon, later = rooms.create("soon", RoomOptions(empty_timeout=10), START), create(rooms, "later")
    assert rooms.next_tick() == START + 10
    rooms.tick(START + 9.9)
    assert len(rooms) == 2
    rooms.tick(START + 10)
    assert list(rooms) == [later]
    assert not soon.is_open


def test_a_room_is_ticked_in_time_for_deadlines_that_came_up_later(rooms: Rooms) -> None:
    room = create(rooms, "lounge")
    alice = enter(room, "alice", START + 1)
    room.leave(alice.sid, LeaveReason.CLIENT_INITIATED, START + 2)
    room.join(JoinRequest(identity="stuck"), START + 3)
    rooms.tick(START + 63)
    assert room.find("stuck") is None
    assert rooms.get("lounge") is room
    rooms.tick(START + 83)
    assert rooms.get("lounge") is None


def test_rooms_where_nothing_is_due_need_no_tick(rooms: Rooms) -> None:
    for number in range(100):
        enter(create(rooms, f"room {number}"), "alice")
    rooms.tick(START + 300)
    assert rooms.next_tick() is None


def test_a_room_opened_again_is_the_same_room_with_new_time_to_be_joined(rooms: Rooms) -> None:
    room = rooms.create("lounge", RoomOptions(empty_timeout=10), START, sid="RM_before", created_at=START - 5000)
    assert (room.sid, room.created_at) == ("RM_before", START - 5000)
    assert rooms.by_sid("RM_before") is room
    assert rooms.next_tick() == START + 10
    with pytest.raises(RoomError, match="another room has this sid") as refusal:
        rooms.create("kitchen", RoomOptions(), START, sid="RM_before")
    assert refusal.value.code is RoomErrorCode.ALREADY_EXISTS
    assert rooms.get("kitchen") is None


def test_the_end_of_the_server_closes_every_room(rooms: Rooms) -> None:
    witnesses = [Witness(create(rooms, name)) for name in ("lounge", "kitchen")]
    rooms.close_all(LeaveReason.SERVER_SHUTDOWN, START)
    assert len(rooms) == 0
    assert [witness.only(RoomClosed).reason for witness in witnesses] == [LeaveReason.SERVER_SHUTDOWN] * 2


def test_the_servers_defaults_are_those_of_its_rooms() -> None:
    rooms = Rooms(RoomDefaults(empty_timeout=7, departure_timeout=8, max_participants=9, sync_streams=True))
    options = create(rooms, "lounge").options
    assert (options.empty_timeout, options.departure_timeout, options.max_participants) == (7, 8, 9)
    assert options.sync_streams
