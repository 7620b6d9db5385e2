"""Two clients with one identity."""

import pytest

from roomful.rooms.errors import IdentityTaken
from roomful.rooms.options import DuplicateIdentity, RoomDefaults

from .stage import Stage


def test_the_second_is_rejected_while_the_first_is_connected() -> None:
    stage = Stage(defaults=RoomDefaults(duplicate_identity=DuplicateIdentity.REJECT))
    first = stage.join("alice")
    with pytest.raises(IdentityTaken):
        stage.join("alice")
    assert first.client.close_code is None
    first.vanish()
    second = stage.join("alice")
    assert first.session.ended
    assert list(stage.room.participants) == [second.sid]


def test_who_resumed_is_connected_again() -> None:
    stage = Stage(defaults=RoomDefaults(duplicate_identity=DuplicateIdentity.REJECT))
    first = stage.join("alice")
    first.vanish()
    stage.resume(first)
    with pytest.raises(IdentityTaken):
        stage.join("alice")


def test_each_of_two_resumes_its_own_session() -> None:
    stage = Stage(defaults=RoomDefaults(duplicate_identity=DuplicateIdentity.ALLOW))
    first, second = stage.join("alice"), stage.join("alice")
    assert second.participant.identity == "alice/2"
    assert stage.minted[-1][0].identity == "alice"
    second.vanish()
    assert stage.resume(second, identity="alice").last("update").participants[0].sid == second.sid
    first.vanish()
    assert stage.resume(first, identity="alice").last("update").participants[0].sid == first.sid


def test_nobody_resumes_the_session_of_somebody_else() -> None:
    stage = Stage(defaults=RoomDefaults(duplicate_identity=DuplicateIdentity.ALLOW))
    stage.join("alice")
    second = stage.join("alice")
    second.vanish()
    assert stage.resume(second, identity="mallory").kinds == ["leave"]
