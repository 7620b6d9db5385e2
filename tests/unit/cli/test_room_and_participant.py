"""Managing a running server from the terminal."""

import asyncio
import json
import re
import time
from collections.abc import Callable

import pytest

from roomful.rooms.model import TrackKind, TrackSource
from roomful.rooms.options import RoomOptions
from roomful.rooms.participant import JoinRequest
from roomful.rooms.room import Room
from roomful.rooms.tracks import TrackSpec
from tests.unit.cli.conftest import Api, Outcome, Run

Call = Callable[..., "asyncio.Future[Outcome]"]


@pytest.fixture
def meet(api_server: Api) -> Room:
    """A room with Alice and her microphone in it."""
    now = time.time()
    room = api_server.rooms.create("meet", RoomOptions(metadata="weekly"), now)
    alice = room.join(JoinRequest(identity="alice", name="Alice"), now)
    track = room.publish(alice.sid, TrackSpec(kind=TrackKind.AUDIO, source=TrackSource.MICROPHONE), now)
    room.bind(track.sid, "audio/opus", "0", now)
    return room


async def test_a_room_is_made_with_its_options(call: Call, api_server: Api) -> None:
    made = await call("room", "create", "meet", "--empty-timeout", "5m", "--max-participants", "3", "--metadata", "x")
    room = api_server.rooms.with_name("meet")
    assert made == Outcome(0, f"✓ meet is open ({room.sid})\n", "")
    assert (room.options.empty_timeout, room.options.max_participants, room.metadata) == (300, 3, "x")


async def test_rooms_are_listed_for_people_and_for_programs(call: Call, meet: Room) -> None:
    listed = await call("room", "list")
    assert listed.status == 0
    [_, line] = listed.out.splitlines()
    assert re.fullmatch(rf"meet +{meet.sid} +1 +1 +\d+s +weekly *", line)
    [as_json] = json.loads((await call("room", "list", "--json")).out)
    assert (as_json["name"], as_json["num_participants"]) == ("meet", 1)


async def test_no_rooms_are_a_sentence(call: Call) -> None:
    assert (await call("room", "list")).out == "No rooms are open.\n"


@pytest.mark.usefixtures("meet")
async def test_rooms_are_deleted(call: Call, api_server: Api) -> None:
    assert (await call("room", "delete", "meet")).out == "✓ meet is closed\n"
    assert len(api_server.rooms) == 0
    again = await call("room", "delete", "meet")
    assert again == Outcome(1, "", "✗ the server refuses: requested room does not exist\n")


async def test_participants_are_listed_with_their_tracks(call: Call, meet: Room) -> None:
    [track] = meet.tracks
    listed = await call("participant", "list", "--room", "meet")
    assert f"alice     Alice  joining  microphone {track}" in listed.out
    [as_json] = json.loads((await call("participant", "list", "--room", "meet", "--json")).out)
    assert as_json["tracks"][0]["sid"] == track


async def test_a_participant_is_muted_by_its_microphone(call: Call, meet: Room) -> None:
    [track] = meet.tracks.values()
    muted = await call("participant", "mute", "alice", "--room", "meet")
    assert muted.out == f"✓ {track.sid} of alice is muted\n"
    assert track.muted
    refused = await call("participant", "mute", "alice", "--room", "meet", "--unmute")
    assert refused.err == "✗ the server refuses: remote unmute not enabled\n"


async def test_a_participant_is_removed(call: Call, meet: Room) -> None:
    assert (await call("participant", "remove", "alice", "--room", "meet")).out == "✓ alice is out of meet\n"
    assert not meet.participants


async def test_names_cannot_move_the_cursor(call: Call, api_server: Api) -> None:
    api_server.rooms.create("\x1b[2Jmeet\n[red]", RoomOptions(), time.time())
    listed = await call("room", "list")
    assert "\x1b" not in listed.out
    assert "?[2Jmeet?[red]" in listed.out


def test_without_a_key_the_command_says_what_to_give(run: Run) -> None:
    outcome = run("room", "list")
    assert outcome.status == 2
    assert outcome.err.splitlines()[0] == "✗ no API key"
    assert "LIVEKIT_API_KEY" in outcome.err


def test_a_server_that_is_not_there_is_one_line_and_advice(run: Run) -> None:
    outcome = run("room", "list", "--dev", "--url", "http://127.0.0.1:1")
    assert outcome.status == 1
    assert outcome.err.startswith("✗ cannot reach http://127.0.0.1:1: ")
    assert "roomful serve --dev" in outcome.err


async def test_the_environment_of_lk_is_understood(run: Run, api_server: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_URL", api_server.url.replace("http", "ws") + "/")
    monkeypatch.setenv("LIVEKIT_API_KEY", "devkey")
    monkeypatch.setenv("LIVEKIT_API_SECRET", "secret")
    assert (await asyncio.to_thread(run, "room", "list")).out == "No rooms are open.\n"


async def test_a_wrong_secret_is_told_by_the_server(run: Run, api_server: Api) -> None:
    flags = ["--url", api_server.url, "--api-key", "devkey", "--api-secret", "wrong"]
    outcome = await asyncio.to_thread(run, "room", "list", *flags)
    assert outcome.err == "✗ the server refuses (401): invalid token: the signature does not match\n"


async def test_the_metadata_of_a_room_is_changed(call: Call, meet: Room) -> None:
    changed = await call("room", "update", "meet", "--metadata", "daily")
    assert changed.out == "✓ the metadata of meet is 'daily'\n"
    assert meet.metadata == "daily"


async def test_a_participant_is_shown_whole(call: Call, meet: Room) -> None:
    shown = json.loads((await call("participant", "get", "alice", "--room", "meet")).out)
    assert (shown["name"], shown["permission"]["can_publish"]) == ("Alice", True)
    missing = await call("participant", "get", "bob", "--room", "meet")
    assert missing.err == "✗ the server refuses: participant does not exist\n"


async def test_a_participant_is_changed_and_the_rest_stays(call: Call, meet: Room) -> None:
    alice = meet.with_identity("alice")
    flags = ["--room", "meet", "--name", "Alicia", "--attribute", "seat=3", "--no-publish-data"]
    assert (await call("participant", "update", "alice", *flags)).out == "✓ alice is changed\n"
    assert (alice.name, alice.attributes) == ("Alicia", {"seat": "3"})
    assert not alice.permission.can_publish_data
    assert (alice.permission.can_publish, alice.permission.can_subscribe) == (True, True)
    nothing = await call("participant", "update", "alice", "--room", "meet")
    assert (nothing.status, nothing.err.splitlines()[0]) == (2, "✗ nothing to change")


async def test_agents_are_sent_for_listed_and_sent_away(call: Call, api_server: Api) -> None:
    sent = await call("dispatch", "create", "helper", "--room", "meet", "--metadata", "in French")
    [dispatch] = re.findall(r"\((AD_\w+)\)", sent.out)
    assert sent.out == f"✓ meet has sent for helper ({dispatch})\n"
    assert "meet" in [room.name for room in api_server.rooms]
    assert re.search(
        rf"{dispatch} +helper +\d+s +no worker yet +in French", (await call("dispatch", "list", "-r", "meet")).out
    )
    assert (await call("dispatch", "delete", dispatch, "-r", "meet")).out == f"✓ {dispatch} is gone\n"
    again = await call("dispatch", "delete", dispatch, "-r", "meet")
    assert again.err == "✗ the server refuses: dispatch ID not found\n"
