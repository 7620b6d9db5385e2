import pytest

from roomful.rooms import Participant, Permission, Room, RoomError
from roomful.rooms.data import KEEP_BYTES, RecentData
from roomful.rooms.events import DataReceived
from roomful.rooms.model import SERVER, DataKind
from tests.unit.rooms.scene import HIDDEN, START, Witness, enter


@pytest.fixture
def alice(room: Room) -> Participant:
    return enter(room, "alice")


@pytest.fixture
def bob(room: Room) -> Participant:
    return enter(room, "bob")


@pytest.fixture
def carol(room: Room) -> Participant:
    return enter(room, "carol")


def receivers(room: Room, event: DataReceived | None) -> set[str]:
    return {p.identity for p in room.participants.values() if event is not None and event.is_for(p.sid)}


@pytest.mark.usefixtures("bob", "carol")
def test_data_goes_to_all_others(room: Room, witness: Witness, alice: Participant) -> None:
    event = room.send_data(alice.sid, b"hello", START, topic="greeting")
    assert receivers(room, event) == {"bob", "carol"}
    told = witness.only(DataReceived)
    assert told is event
    assert (told.sender, told.identity, told.topic, told.payload) == (alice.sid, "alice", "greeting", b"hello")


@pytest.mark.usefixtures("bob", "carol")
def test_data_from_the_server_goes_to_everybody_and_has_no_sender(room: Room, alice: Participant) -> None:
    event = room.send_data(SERVER, b"hello", START)
    assert event is not None
    assert receivers(room, event) == {"alice", "bob", "carol"}
    assert (event.sender, event.identity) == (SERVER, "")
    assert event.is_for(alice.sid)


@pytest.mark.usefixtures("carol")
def test_data_goes_to_whom_it_names_and_never_back(room: Room, alice: Participant, bob: Participant) -> None:
    event = room.send_data(alice.sid, b"x", START, identities=["alice", "bob", "nobody"])
    assert event is not None
    assert receivers(room, event) == {"bob"}
    assert event.destinations == ("alice", "bob", "nobody")
    assert receivers(room, room.send_data(alice.sid, b"x", START, sids=[bob.sid])) == {"bob"}


@pytest.mark.parametrize("identity", ["alice", "nobody"])
def test_data_for_nobody_here_is_no_event(room: Room, witness: Witness, alice: Participant, identity: str) -> None:
    assert room.send_data(alice.sid, b"x", START, identities=[identity]) is None
    assert not witness.of(DataReceived)


def test_data_of_who_may_not_send_is_dropped_silently(room: Room, witness: Witness) -> None:
    mute = enter(room, "mute", permission=Permission(can_publish_data=False))
    assert room.send_data(mute.sid, b"x", START) is None
    assert not witness.of(DataReceived)


def test_the_sender_of_data_can_be_hidden(room: Room) -> None:
    ghost = enter(room, "ghost", permission=HIDDEN)
    event = room.send_data(ghost.sid, b"x", START)
    assert event is not None
    assert event.sender_hidden


def test_what_a_protocol_attaches_reaches_its_own_sessions_untouched(room: Room, alice: Participant) -> None:
    attachment = object()
    event = room.send_data(alice.sid, b"x", START, envelope="some.Packet", attachment=attachment)
    assert event is not None
    assert event.attachment is attachment
    assert event.envelope == "some.Packet"


def test_data_leaves_no_trace_in_the_log(room: Room, alice: Participant) -> None:
    last = room.log.last
    event = room.send_data(alice.sid, b"x", START)
    assert event is not None
    assert (event.offset, room.log.last) == (last, last)


def test_too_much_data_and_half_a_nonce_are_refused(room: Room, alice: Participant) -> None:
    with pytest.raises(RoomError, match="data size exceeds limits"):
        room.send_data(alice.sid, bytes(64 * 1024 + 1), START)
    with pytest.raises(RoomError, match="nonce must be 16 bytes"):
        room.send_data(SERVER, b"x", START, nonce=b"short")


@pytest.mark.usefixtures("alice")
def test_a_repeated_nonce_sends_nothing_while_it_is_among_the_last_hundred(room: Room) -> None:
    nonces = [number.to_bytes(16, "big") for number in range(1, 102)]
    assert room.send_data(SERVER, b"x", START, nonce=nonces[0])
    assert room.send_data(SERVER, b"x", START, nonce=nonces[0]) is None
    for nonce in nonces[1:]:
        assert room.send_data(SERVER, b"x", START, nonce=nonce)
    assert room.send_data(SERVER, b"x", START, nonce=nonces[0])


def test_a_late_channel_gets_the_reliable_messages_of_two_seconds(
    room: Room, alice: Participant, bob: Participant
) -> None:
    room.send_data(alice.sid, b"old", START)
    room.send_data(alice.sid, b"lost", START + 1, kind=DataKind.LOSSY)
    room.send_data(alice.sid, b"fresh", START + 1)
    room.send_data(alice.sid, b"for carol", START + 1, identities=["carol"])
    assert [message.payload for message in room.recent_data(bob.sid, START + 2)] == [b"fresh"]
    assert room.recent_data(alice.sid, START + 2) == []


@pytest.mark.usefixtures("bob")
def test_what_was_said_before_one_joined_is_not_replayed(room: Room, alice: Participant) -> None:
    room.send_data(alice.sid, b"before", START + 1)
    carol = enter(room, "carol", START + 1.5)
    room.send_data(alice.sid, b"after", START + 1.7)
    assert [message.payload for message in room.recent_data(carol.sid, START + 2)] == [b"after"]


def test_recent_messages_are_bounded_in_bytes_and_forgotten_in_time(room: Room, alice: Participant) -> None:
    recent = RecentData()
    event = room.send_data(alice.sid, bytes(60_000), START)
    assert event is not None
    for _ in range(200):
        recent.add(event)
    assert len(recent) * 60_000 <= KEEP_BYTES
    recent.expire(START + 2)
    assert len(recent) == 0


def test_a_tick_forgets_recent_messages(room: Room, alice: Participant, bob: Participant) -> None:
    room.send_data(alice.sid, b"x", START)
    assert room.deadline() == START + 2
    room.tick(START + 2)
    assert room.recent_data(bob.sid, START) == []
