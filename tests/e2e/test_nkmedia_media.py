"""Media of the NkMEDIA API: its publishers and listeners with clients of LiveKit in one room."""

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.rtc import Picture, Tone, peers
from tests.running_server import RunningServer

from .meeting import Meeting
from .nkmedia_client import NkMediaClient, listen, nkmedia_client, publish
from .showing import BLUE, GREEN, RED


@pytest.fixture
async def backend(roomful_server: RunningServer) -> AsyncIterator[NkMediaClient]:
    async with nkmedia_client(roomful_server.ws_url) as client:
        yield client


@pytest.fixture
async def meeting(roomful_server: RunningServer, backend: NkMediaClient) -> AsyncIterator[Meeting]:
    """A room of the back end's."""
    opened = Meeting(roomful_server)
    await backend.ok("media/room/create", **{"class": "sfu"}, room_id=opened.name)
    await backend.ok("core/event/subscribe", **{"class": "media"}, subclass="room", obj_id=opened.name)
    yield opened
    await opened.close()


async def test_a_publisher_is_seen_by_livekit_and_heard_by_listeners(meeting: Meeting, backend: NkMediaClient) -> None:
    async with peers(3) as (camera, first, second):
        alice = await meeting.join("alice")
        camera.send(Picture(RED), Tone(450))
        publisher = await publish(backend, meeting.name, camera)
        assert (await backend.event("session", "type", publisher))["body"] == {
            "type": "publish",
            "room_id": meeting.name,
        }
        await backend.event("session", "status", publisher)
        started = (await backend.event("room", "started_publisher"))["body"]
        assert started == {"session_id": publisher, "user": "backend@example.com"}
        identity = f"backend@example.com/{publisher}"
        await alice.sees(identity, RED, name="")
        await alice.hears(identity, 450, name="")

        listeners = [await listen(backend, publisher, peer) for peer in (first, second)]
        for peer, listener in ((first, listeners[0]), (second, listeners[1])):
            body = (await backend.event("room", "started_listener"))["body"]
            assert body == {
                "session_id": listener,
                "user": "backend@example.com",
                "peer": publisher,
                "peer_id": publisher,
            }
            await peer.sees(RED)
            await peer.hears(450)
        info = await backend.ok("media/room/info", room_id=meeting.name)
        assert list(info["publishers"]) == [publisher]
        assert {one["peer"] for one in info["listeners"].values()} == {publisher}
        assert list(alice.room.remote_participants) == [identity], "listeners are nobody's business"

        await backend.ok("media/session/destroy", session_id=publisher)
        assert (await backend.event("session", "destroyed", publisher))["body"]["code"] == 100011
        await backend.event("room", "stopped_publisher")
        for listener in listeners:
            ended = (await backend.event("session", "destroyed", listener))["body"]
            assert ended == {"code": 304006, "reason": "Publisher stopped"}
            await backend.event("room", "stopped_listener")
        await alice.until("participant_disconnected", identity)


async def test_a_listener_gets_what_a_client_of_livekit_publishes(meeting: Meeting, backend: NkMediaClient) -> None:
    alice = await meeting.join("alice")
    await alice.publish_tone(600)
    await backend.event("room", "started_publisher")
    await alice.publish_picture(GREEN)
    bob = await meeting.join("bob")
    await bob.sees("alice", GREEN)
    async with peers(1) as (viewer,):
        listener = await listen(backend, alice.me.sid, viewer)
        await viewer.sees(GREEN)
        await viewer.hears(600)
        await alice.leave()
        assert (await backend.event("session", "destroyed", listener))["body"]["code"] == 304006


async def test_a_muted_publisher_is_muted_for_everybody(meeting: Meeting, backend: NkMediaClient) -> None:
    async with peers(1) as (camera,):
        alice = await meeting.join("alice")
        camera.send(Picture(BLUE), Tone(450))
        publisher = await publish(backend, meeting.name, camera)
        identity = f"backend@example.com/{publisher}"
        await alice.hears(identity, 450, name="")
        await backend.ok("media/session/update_media", session_id=publisher, mute_audio=True)
        await alice.until("track_muted", identity)
        await alice.hears_nothing(identity, name="")
        await alice.sees(identity, BLUE, name="")
        await backend.ok("media/session/update_media", session_id=publisher, mute_audio=False)
        await alice.hears(identity, 450, name="")


async def test_a_listener_is_switched_to_another_publisher(meeting: Meeting, backend: NkMediaClient) -> None:
    async with peers(3) as (first, second, viewer):
        publishers = [
            await publish(backend, meeting.name, peer.send(Picture(colour), Tone(hertz)))
            for peer, colour, hertz in ((first, RED, 450), (second, BLUE, 700))
        ]
        listener = await listen(backend, publishers[0], viewer)
        await viewer.sees(RED)
        await viewer.hears(450)
        await backend.ok("media/session/set_type", session_id=listener, type="listen", publisher_id=publishers[1])
        await viewer.sees(BLUE, still=True)
        await viewer.hears(700, still=True)
        alice = await meeting.join("alice")
        await alice.publish_picture(GREEN)
        for _ in range(3):
            await backend.event("room", "started_publisher")
        await backend.ok("media/session/set_type", session_id=listener, type="listen", publisher_id=alice.me.sid)
        await viewer.sees(GREEN, still=True)
        peers_told = [(await backend.event("room", "started_listener"))["body"]["peer"] for _ in range(3)]
        assert peers_told == [*publishers, alice.me.sid]


async def test_who_loses_its_connection_takes_its_sessions_along(
    meeting: Meeting, backend: NkMediaClient, roomful_server: RunningServer
) -> None:
    async with peers(2) as (camera, viewer):
        async with nkmedia_client(roomful_server.ws_url, "other") as other:
            camera.send(Tone(450))
            publisher = await publish(other, meeting.name, camera)
            await backend.ok("core/event/subscribe", **{"class": "media"}, subclass="session", obj_id=publisher)
            listener = await listen(backend, publisher, viewer)
            await viewer.hears(450)
        assert (await backend.event("session", "destroyed", publisher))["body"]["code"] == 100010
        assert (await backend.event("session", "destroyed", listener))["body"]["code"] == 304006


async def test_candidates_may_follow_the_offer(meeting: Meeting, backend: NkMediaClient) -> None:
    for held in (False, True):
        async with peers(2) as (camera, viewer):
            camera.send(Tone(450))
            complete = await camera.offer()
            lines = complete.splitlines()
            candidates = [line.removeprefix("a=") for line in lines if line.startswith("a=candidate:")]
            bare = "".join(f"{line}\r\n" for line in lines if not line.startswith(("a=candidate:", "a=end-of")))
            session_id = uuid.uuid4().hex
            await backend.ok(
                "media/session/create",
                type="publish",
                session_id=session_id,
                room_id=meeting.name,
                offer={"sdp": bare, "trickle_ice": True},
                no_offer_trickle_ice=held,
            )
            for candidate in candidates:
                await backend.ok(
                    "media/session/set_candidate", session_id=session_id, sdpMLineIndex=0, candidate=candidate
                )
            await backend.ok("media/session/set_candidate_end", session_id=session_id)
            answer = await backend.ok("media/session/get_answer", session_id=session_id)
            await camera.accept(answer["answer"]["sdp"])
            await backend.event("session", "status", session_id)
            await listen(backend, session_id, viewer)
            await viewer.hears(450)
