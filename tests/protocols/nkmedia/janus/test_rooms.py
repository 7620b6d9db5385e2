"""Rooms on Janus, and a Janus that comes and goes."""

import pytest

from roomful.config import JanusConfig
from roomful.protocols.nkmedia.services import Settings
from roomful.rooms.options import RoomOptions
from tests.protocols.nkmedia.stage import Client, Stage

from .fake_janus import PLUGINS, FakeJanus

SFU = {"class": "sfu"}


def test_a_room_is_made_there_with_its_settings(janus: FakeJanus, client: Client) -> None:
    assert client.ok("media/room/create", **SFU, room_id="r1", video_codec="h264", bitrate=9) == {"room_id": "r1"}
    body = janus.last("create")["body"]
    number = body.pop("room")
    assert 1 <= number < 2**52
    assert body == {
        "request": "create",
        "description": "nkmedia:r1",
        "permanent": False,
        "is_private": False,
        "publishers": 1000,
        "bitrate": 9,
        "audiocodec": "opus",
        "videocodec": "h264",
        "admin_key": "key",
    }
    assert {one["apisecret"] for one in janus.asked} == {"secret"}
    assert client.events("room", "started")[0]["body"]["backend"] == "nkmedia_janus"
    info = client.ok("media/room/info", room_id="r1")
    assert (info["backend"], info["engine"]) == ("nkmedia_janus", "janus")
    client.ok("media/room/destroy", room_id="r1")
    assert janus.last("destroy")["body"]["room"] == number


def test_our_own_engine_is_there_for_who_asks_for_it(janus: FakeJanus, client: Client) -> None:
    client.ok("media/room/create", **SFU, room_id="r1", backend="roomful")
    assert client.ok("media/room/info", room_id="r1")["engine"] == "builtin"
    assert not janus.rooms


def test_a_number_that_is_taken_is_drawn_again(janus: FakeJanus, client: Client) -> None:
    janus.refusals["create"] = [427, 427]
    client.ok("media/room/create", **SFU, room_id="r1")
    assert len({one["body"]["room"] for one in janus.requests("create") if "body" in one}) == 3
    janus.refusals["create"] = [427, 427, 427]
    assert client.refused("media/room/create", **SFU, room_id="r2")[0] == 304002
    client.ok("media/room/create", **SFU, room_id="r2")


def test_a_refusal_makes_no_room(janus: FakeJanus, client: Client) -> None:
    janus.refusals["create"] = [499]
    assert client.refused("media/room/create", **SFU, room_id="r1") == (301001, "Janus error 499: no")
    assert client.refused("media/room/info", room_id="r1")[0] == 304001
    assert not client.events("room")


def test_a_room_is_taken_while_it_is_being_made(janus: FakeJanus, client: Client, stage: Stage) -> None:
    janus.silent.add("create")
    tid = client.begin("media/room/create", {**SFU, "room_id": "r1"})
    assert client.refused("media/room/create", **SFU, room_id="r1")[0] == 304002
    stage.pass_time(11)
    assert client.response(tid)["data"]["code"] == 301002


def test_another_protocol_may_be_faster(janus: FakeJanus, client: Client, stage: Stage) -> None:
    janus.silent.add("create")
    tid = client.begin("media/room/create", {**SFU, "room_id": "r1"})
    asked = janus.last("create")
    stage.rooms.create("r1", RoomOptions(), stage.now)
    plugindata = {"plugin": "janus.plugin.videoroom", "data": {"videoroom": "created"}}
    janus.tell("success", asked, transaction=asked["transaction"], plugindata=plugindata)
    assert client.response(tid)["data"]["code"] == 304002
    assert janus.last("destroy")["body"]["room"] == asked["body"]["room"]


def test_nothing_is_made_while_janus_is_away(stage: Stage, client: Client) -> None:
    assert client.refused("media/room/create", **SFU, room_id="r1")[0] == 300001
    assert client.refused("media/room/create", **SFU, backend="nkmedia_janus")[0] == 300001
    client.ok("media/room/create", **SFU, room_id="r1", backend="roomful")


def test_rooms_end_with_their_janus(stage: Stage, janus: FakeJanus, client: Client) -> None:
    client.ok("media/room/create", **SFU, room_id="r1")
    client.ok("media/room/create", **SFU, room_id="own", backend="roomful")
    janus.vanish()
    assert client.events("room", "destroyed")[0] == {
        "class": "media",
        "subclass": "room",
        "type": "destroyed",
        "obj_id": "r1",
        "body": {"code": 301003, "reason": "Janus op process down"},
    }
    assert client.ok("media/room/list") == [{"class": "sfu", "room_id": "own"}]
    assert client.refused("media/room/create", **SFU, room_id="r1")[0] == 300001
    janus.appear()
    assert not janus.rooms, "it still had the room, which had ended here"
    client.ok("media/room/create", **SFU, room_id="r1")


def test_rooms_of_an_earlier_life_are_found_or_made_again(stage: Stage, janus: FakeJanus, client: Client) -> None:
    for name in ("found", "lost", "ended"):
        client.ok("media/room/create", **SFU, room_id=name)
    described = {one["description"]: number for number, one in janus.rooms.items()}
    options = {name: stage.rooms.get(name) for name in ("found", "lost")}
    del janus.rooms[described["nkmedia:lost"]]
    janus.rooms[5] = {"room": 5, "description": "somebody else's"}

    later = Stage(settings=Settings(janus=JanusConfig(url="ws://janus")))
    for name, room in options.items():
        assert room is not None
        later.rooms.create(name, room.options, later.now)
    assert later.server.janus is not None
    again = FakeJanus(later.server.janus)
    again.rooms = janus.rooms
    again.appear()
    numbers = {one["description"]: number for number, one in again.rooms.items()}
    assert set(numbers) == {"nkmedia:found", "nkmedia:lost", "somebody else's"}
    assert numbers["nkmedia:found"] == described["nkmedia:found"]


def test_both_sides_are_compared_from_time_to_time(stage: Stage, janus: FakeJanus, client: Client) -> None:
    client.ok("media/room/create", **SFU, room_id="kept")
    client.ok("media/room/create", **SFU, room_id="lost")
    lost = next(number for number, one in janus.rooms.items() if one["description"] == "nkmedia:lost")
    del janus.rooms[lost]
    janus.rooms[7] = {"room": 7, "description": "nkmedia:nobody knows"}
    janus.rooms[8] = {"room": 8, "description": "somebody else's"}
    stage.pass_time(31)
    assert [one["obj_id"] for one in client.events("room", "destroyed")] == ["lost"]
    assert client.events("room", "destroyed")[0]["body"]["code"] == 304003
    assert {one["description"] for one in janus.rooms.values()} == {"nkmedia:kept", "somebody else's"}


def test_sessions_are_kept_alive(stage: Stage, janus: FakeJanus) -> None:
    stage.pass_time(60)
    assert len(janus.requests("keepalive")) == 2


@pytest.mark.parametrize(("plugins", "full_trickle"), [(PLUGINS[:1], False), (PLUGINS, True)])
def test_a_janus_that_will_not_do_is_none(stage: Stage, client: Client, plugins: list[str], full_trickle: bool) -> None:
    assert stage.server.janus is not None
    fake = FakeJanus(stage.server.janus)
    fake.plugins, fake.full_trickle = plugins, full_trickle
    fake.appear()
    assert fake.hung_up
    assert client.refused("media/room/create", **SFU)[0] == 300001


def test_the_end_of_the_session_for_rooms_ends_the_connection(janus: FakeJanus) -> None:
    janus.say(janus="timeout", session_id=janus.last("attach")["session_id"])
    assert janus.hung_up


def test_ids_may_be_text(client: Client) -> None:
    stage = Stage(settings=Settings(janus=JanusConfig(url="ws://janus", string_ids=True)))
    assert stage.server.janus is not None
    fake = FakeJanus(stage.server.janus)
    fake.appear()
    stage.client().ok("media/room/create", **SFU, room_id="r1")
    assert list(fake.rooms) == ["r1"]
