"""Data blobs: who stores them, who gets them, how much there may be. specs/livekit.md §3.23."""

import pytest
from livekit.protocol import models, rtc

from roomful.protocols.livekit.links import Settings
from roomful.protocols.livekit.responses import Reason
from roomful.rooms.permissions import Permission

from .stage import Player, Stage

KEY = models.DataBlobKey(generic="points")


@pytest.fixture
def stage() -> Stage:
    return Stage(settings=Settings(data_blobs=True))


def store(player: Player, contents: bytes = b"a schema", key: models.DataBlobKey = KEY) -> None:
    blob = models.DataBlob(key=key, contents=contents)
    player.ask(store_data_blob_request=rtc.StoreDataBlobRequest(request_id=5, blob=blob))


def ask(player: Player, identity: str, key: models.DataBlobKey = KEY) -> None:
    player.ask(get_data_blob_request=rtc.GetDataBlobRequest(request_id=9, participant_identity=identity, key=key))


def refusal(player: Player) -> tuple[int, Reason]:
    response = player.client.last("request_response")
    return response.request_id, response.reason


def test_a_blob_is_there_for_everybody_until_its_owner_leaves(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    store(alice, b"old")
    store(alice)
    stored = alice.client.last("store_data_blob_response")
    assert (stored.request_id, stored.key) == (5, KEY)
    ask(bob, "alice")
    found = bob.client.last("get_data_blob_response")
    assert (found.request_id, found.blob.key, found.blob.contents) == (9, KEY, b"a schema")
    alice.ask(leave=rtc.LeaveRequest())
    ask(bob, "alice")
    assert refusal(bob) == (9, Reason.NOT_FOUND)


def test_what_is_not_there_is_not_found(stage: Stage) -> None:
    alice = stage.join("alice")
    store(alice)
    for identity, key in (("alice", models.DataBlobKey(generic="other")), ("bob", KEY), ("", KEY)):
        ask(alice, identity, key)
        assert refusal(alice) == (9, Reason.NOT_FOUND)


def test_there_is_so_much_room_for_one_participant(stage: Stage) -> None:
    alice = stage.join("alice")
    store(alice, b"x" * 63_000)
    store(alice, b"y" * 63_900)
    assert alice.client.last("store_data_blob_response").request_id == 5
    store(alice, b"z" * 100, models.DataBlobKey(generic="other"))
    assert refusal(alice) == (5, Reason.LIMIT_EXCEEDED)
    store(alice, b"", models.DataBlobKey(generic="k" * 257))
    assert refusal(alice) == (5, Reason.LIMIT_EXCEEDED)
    store(alice, key=models.DataBlobKey())
    assert refusal(alice) == (5, Reason.INVALID_REQUEST)


def test_not_everybody_may_store(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.room.update_participant(alice.sid, stage.now, permission=Permission(can_publish_data=False))
    store(alice)
    assert refusal(alice) == (5, Reason.NOT_ALLOWED)


def test_they_are_off_unless_switched_on() -> None:
    alice = Stage().join("alice")
    store(alice)
    assert refusal(alice) == (5, Reason.NOT_ALLOWED)
    ask(alice, "alice")
    assert refusal(alice) == (9, Reason.NOT_FOUND)
