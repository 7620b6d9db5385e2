"""How media sessions on Janus end, and in which order others hear of it. specs/nkmedia.md §8.3, §8.7, §9.7."""

import pytest

from roomful.rooms.room import Room
from tests.protocols.nkmedia.stage import OFFER, Client, Stage

from .fake_janus import FakeJanus
from .negotiating import CREATE, listen, publish, up


def ends(client: Client) -> dict[str, int]:
    """Session id → the code it ended with."""
    return {one["obj_id"]: one["body"]["code"] for one in client.events("session", "destroyed")}


def order(client: Client) -> list[tuple[str, str]]:
    """Type and object of what ended or stopped."""
    told = [(one["type"], one["obj_id"]) for one in client.events()]
    return [one for one in told if one[0].startswith(("destroyed", "stopped"))]


def test_a_publisher_whose_connection_closes_takes_its_listeners_along(
    stage: Stage, janus: FakeJanus, client: Client, room: Room
) -> None:
    other = stage.client("other")
    publish(other)
    up(stage, janus)
    listen(client)
    listen(client, session_id="l2")
    other.vanish()
    assert ends(client) == {"p1": 100010, "l1": 304006, "l2": 304006}
    assert order(client)[:2] == [("destroyed", "p1"), ("stopped_publisher", "r1")]
    assert sorted(order(client)[2:]) == sorted(
        [("destroyed", "l1"), ("stopped_listener", "r1"), ("destroyed", "l2"), ("stopped_listener", "r1")]
    )


def test_a_room_that_is_destroyed_ends_all_in_it_first(
    stage: Stage, janus: FakeJanus, client: Client, room: Room
) -> None:
    publish(client)
    up(stage, janus)
    listen(client)
    client.ok("media/room/destroy", room_id="r1")
    assert ends(client) == {"p1": 304003, "l1": 304003}
    assert [kind for kind, _ in order(client)[:2]] == ["destroyed", "destroyed"]
    assert {kind for kind, _ in order(client)[2:4]} == {"stopped_publisher", "stopped_listener"}
    assert order(client)[4:] == [("destroyed", "r1")]
    assert client.events()[-1]["body"]["code"] == 100013
    assert client.ok("media/session/list") == []


@pytest.mark.parametrize("end", [True, False])
def test_candidates_that_are_waited_for_and_do_not_come(
    stage: Stage, janus: FakeJanus, client: Client, room: Room, end: bool
) -> None:
    offer = {"sdp": OFFER, "trickle_ice": True}
    fields = {"type": "publish", "room_id": "r1", "offer": offer, "no_offer_trickle_ice": True}
    client.ok(CREATE, session_id="p1", trickle_ice_timeout=2000, **fields)
    if end:
        client.ok("media/session/set_candidate_end", session_id="p1")
    else:
        stage.pass_time(3)
    assert ends(client) == {"p1": 300014}
    assert not janus.requests("publish"), "Janus was not asked for anything"


def test_who_does_not_answer_in_time_is_gone(stage: Stage, janus: FakeJanus, client: Client, room: Room) -> None:
    publish(client)
    up(stage, janus)
    client.ok(CREATE, type="listen", publisher_id="p1", session_id="l1", wait_timeout=2)
    stage.pass_time(3)
    assert ends(client) == {"l1": 100060}
    assert not client.events("room", "stopped_listener"), "it never began to listen"


def test_an_id_is_taken_whatever_class_and_backend_it_is_of(janus: FakeJanus, client: Client, room: Room) -> None:
    for other in ({"class": "mcu"}, {"class": "sfu", "backend": "roomful"}, {"class": "sfu"}):
        assert client.refused("media/room/create", **other, room_id="r1") == (304002, "Room already exists")
