"""Somebody joins with an identity that is in the room, or with a token that is revoked."""

import pytest

from roomful.rooms import JoinRequest, Room, RoomError, RoomErrorCode
from roomful.rooms.bans import Bans
from roomful.rooms.errors import IdentityTaken, Revoked
from roomful.rooms.model import LeaveReason
from roomful.rooms.options import DuplicateIdentity, RoomDefaults
from tests.unit.rooms.scene import START, enter, open_room


def room_that(policy: DuplicateIdentity) -> Room:
    return open_room(defaults=RoomDefaults(duplicate_identity=policy))


def test_the_earlier_one_is_replaced() -> None:
    room = room_that(DuplicateIdentity.REPLACE)
    first, second = enter(room, "alice"), enter(room, "alice")
    assert list(room.participants) == [second.sid]
    assert first.sid != second.sid


def test_the_later_one_is_rejected() -> None:
    room = room_that(DuplicateIdentity.REJECT)
    first = enter(room, "alice")
    with pytest.raises(IdentityTaken) as refused:
        enter(room, "alice")
    assert refused.value.code is RoomErrorCode.ALREADY_EXISTS
    with pytest.raises(IdentityTaken):
        room.check_door(JoinRequest(identity="alice"), START)
    assert list(room.participants) == [first.sid]


@pytest.mark.parametrize("lost", ["connection", "away"])
def test_who_lost_its_connection_is_replaced_whatever_the_policy(lost: str) -> None:
    for policy in DuplicateIdentity:
        room = room_that(policy)
        first = enter(room, "alice")
        if lost == "connection":
            room.note_connection(first.sid, connected=False)
        else:
            room.set_away(first.sid, True, START)
        second = enter(room, "alice")
        assert list(room.participants) == [second.sid]
        assert second.identity == "alice"


def test_both_are_allowed_as_one_user() -> None:
    room = room_that(DuplicateIdentity.ALLOW)
    three = [enter(room, "alice") for _ in range(3)]
    assert [one.identity for one in three] == ["alice", "alice/2", "alice/3"]
    assert room.of_user("alice") == three
    room.leave(three[1].sid, LeaveReason.CLIENT_INITIATED, START)
    assert enter(room, "alice").identity == "alice/2"
    assert room.users == 1


def test_a_revoked_token_lets_nobody_in() -> None:
    room = open_room()
    room.revoke_tokens("alice", START + 60)
    for not_before in (0.0, START, START + 59):
        with pytest.raises(Revoked):
            room.join(JoinRequest(identity="alice", not_before=not_before), START)
    room.join(JoinRequest(identity="alice", not_before=START + 60), START + 60)
    room.join(JoinRequest(identity="bob", not_before=START), START)
    # Who comes without a token is not kept out by this; a ban does that.
    room.join(JoinRequest(identity="alice"), START)


def test_a_revocation_is_never_taken_back() -> None:
    bans, told = Bans(), list[tuple[str, str, float]]()
    bans.on_revocation.append(lambda *revoked: told.append(revoked))
    bans.revoke("room", "alice", 200.0)
    bans.revoke("room", "alice", 100.0)
    assert bans.is_revoked("room", "alice", 150.0)
    assert not bans.is_revoked("other", "alice", 150.0)
    assert told == [("room", "alice", 200.0)]


def test_the_refusal_of_a_revoked_token_is_for_good() -> None:
    room = open_room()
    room.revoke_tokens("alice", START + 60)
    with pytest.raises(RoomError) as refused:
        room.check_door(JoinRequest(identity="alice", not_before=START), START)
    assert refused.value.code is RoomErrorCode.PERMISSION_DENIED
