"""Fresh tokens: when, and what is in them."""

from livekit.protocol import rtc

from roomful.rooms.permissions import Permission

from .stage import Stage


def test_a_token_comes_every_five_minutes(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.advance(15 * 60 + 1)
    assert len(alice.client.all("refresh_token")) == 4


def test_a_token_lives_as_long_as_the_original_or_ten_minutes(stage: Stage) -> None:
    stage.join("alice")
    assert stage.minted[-1][1] == 3600
    stage.advance(3500)
    assert stage.minted[-1][1] == 600


def test_a_token_says_what_the_participant_is_now(stage: Stage) -> None:
    alice = stage.join("alice", can_update_own_metadata=True)
    alice.ask(update_metadata=rtc.UpdateParticipantMetadata(name="A", metadata="m", attributes={"a": "1"}))
    stage.room.update_participant(alice.sid, stage.now, permission=Permission(can_publish_data=False))
    grant, _ = stage.minted[-1]
    assert (grant.identity, grant.name, grant.metadata, grant.attributes) == ("alice", "A", "m", {"a": "1"})
    assert (grant.video.room_join, grant.video.room) == (True, "room")
    assert (grant.video.can_publish, grant.video.can_publish_data) == (True, False)
    assert not grant.video.can_update_own_metadata


def test_nobody_gets_tokens_after_it_left(stage: Stage) -> None:
    alice = stage.join("alice")
    alice.ask(leave=rtc.LeaveRequest())
    minted = len(stage.minted)
    stage.advance(600)
    assert len(stage.minted) == minted
