"""A back end hears what happens in the rooms of a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from livekit import api

from tests.protocols.webhooks.receiver import KEY, KEYS, Receiver
from tests.running_server import RunningServer, loopback_config, running_server

from .meeting import Meeting


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


def config(receiver: Receiver) -> dict[str, object]:
    return loopback_config(keys=KEYS, webhook={"urls": [receiver.url], "api_key": KEY})


def meeting_on(server: RunningServer) -> Meeting:
    server.api_key, server.api_secret = KEY, KEYS[KEY]
    return Meeting(server)


async def test_a_visit_is_told_from_beginning_to_end(receiver: Receiver, tmp_path: Path) -> None:
    async with running_server(tmp_path, config(receiver)) as server:
        meeting = meeting_on(server)
        alice = await meeting.join("alice")
        await alice.publish_tone()
        await receiver.until(lambda: "track_published" in receiver.names())
        await alice.leave()
        await receiver.until(lambda: "participant_left" in receiver.names())
        await meeting.api.room.delete_room(api.DeleteRoomRequest(room=meeting.name))
        events = await receiver.events_until(6)
        await meeting.api.aclose()
    assert [event.event for event in events] == [
        "room_started",
        "participant_joined",
        "track_published",
        "track_unpublished",
        "participant_left",
        "room_finished",
    ]
    assert {event.room.name for event in events} == {meeting.name}
    assert events[1].participant.identity == "alice"
    assert events[2].track.mime_type == "audio/red"


async def test_what_a_power_cut_kept_from_its_receiver_comes_after_it(receiver: Receiver, tmp_path: Path) -> None:
    settings = config(receiver)
    await receiver.stop()
    async with running_server(tmp_path, settings) as server:
        meeting = meeting_on(server)
        await meeting.api.room.create_room(api.CreateRoomRequest(name=meeting.name))
        await meeting.api.aclose()
        await server.kill()
    await receiver.start()
    async with running_server(tmp_path, settings):
        (event,) = await receiver.events_until(1)
    assert (event.event, event.room.name) == ("room_started", meeting.name)


async def test_a_server_that_stops_says_so_as_long_as_it_can(receiver: Receiver, tmp_path: Path) -> None:
    async with running_server(tmp_path, config(receiver)) as server:
        meeting = meeting_on(server)
        await meeting.join("alice")
        await receiver.until(lambda: "participant_joined" in receiver.names())
        assert await server.stop() == 0
        events = receiver.events()
        # The client's attempts to come back may make another room of that name for a moment.
        told = [event.event for event in events if event.room.sid == events[0].room.sid]
        assert told[-2:] == ["participant_left", "room_finished"]
        assert len([event for event in events if event.event == "room_finished"]) == len(
            {event.room.sid for event in events}
        )
        await meeting.close()


async def test_what_was_missed_can_be_asked_for(receiver: Receiver, tmp_path: Path) -> None:
    receiver.answers = [404, 404]
    async with running_server(tmp_path, config(receiver)) as server, httpx.AsyncClient() as http:
        meeting = meeting_on(server)
        alice = await meeting.join("alice")
        await receiver.until(lambda: len(receiver.deliveries) == 2)
        await alice.leave()
        await receiver.until(lambda: "participant_left" in receiver.names())
        address = f"{server.http_url}/api/rooms/{meeting.name}/webhooks"
        token = meeting.token("back end", room_join=False, room_admin=True)
        headers = {"authorization": f"Bearer {token}"}
        told = (await http.get(address, headers=headers)).json()
        names = ["room_started", "participant_joined", "participant_left"]
        assert [(one["event"], one["sequence"]) for one in told] == [(name, n) for n, name in enumerate(names, 1)]
        wanted = {"room_sid": told[0]["room_sid"], "url": receiver.url}
        replayed = (await http.post(f"{address}/replay", headers=headers, json=wanted)).json()
        assert (replayed["events"], replayed["more"]) == (told, False)
        await receiver.until(lambda: receiver.names() == ["participant_left", *names])

        for body, status in (({"url": "http://169.254.169.254/"}, 400), ({"after": -1}, 400), ({"else": 1}, 400)):
            assert (await http.post(f"{address}/replay", headers=headers, json=body)).status_code == status
        assert (await http.get(address, headers=headers, params={"limit": 0})).status_code == 400
        stranger = {"authorization": f"Bearer {meeting.token('eve')}"}
        assert (await http.get(address, headers=stranger)).status_code == 403
        assert (await http.post(f"{address}/replay", headers=stranger)).status_code == 403
        await meeting.api.aclose()
