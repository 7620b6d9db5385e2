"""The NkMEDIA backend `nkmedia_janus` on a real Janus, with clients of LiveKit in the same room."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.browser.tabs import Tabs
from tests.janus import RunningJanus, running_janus
from tests.netlab import Neighbour
from tests.netlab.capability import missing_neighbour, require
from tests.rtc import Picture, Tone, peers
from tests.running_server import RunningServer, config_at, running_server

from . import browsers
from .meeting import Meeting
from .nkmedia_client import NkMediaClient, listen, nkmedia_client, publish
from .page_server import serve_page
from .showing import BLUE, GREEN, RED

pytestmark = pytest.mark.asyncio(loop_scope="module")
USER = "backend@example.com"


@pytest.fixture(scope="module")
def host() -> Iterator[Neighbour]:
    """Where both servers are."""
    require(missing_neighbour())
    with Neighbour() as neighbour:
        yield neighbour


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def janus(host: Neighbour, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningJanus]:
    async with running_janus(tmp_path_factory.mktemp("janus"), host) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(
    host: Neighbour, janus: RunningJanus, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningServer]:
    settings = {"users": {USER: "pw"}, "janus": {"url": janus.url, "api_secret": janus.api_secret}}
    config = config_at(host.address, host.device, nkmedia=settings)
    async with running_server(tmp_path_factory.mktemp("roomful"), config, through=host.command) as running:
        async with nkmedia_client(running.ws_url, USER, password="pw") as client:
            await client.until_ok(20, "media/room/create", **{"class": "sfu"}, room_id="first")
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def backend(server: RunningServer) -> AsyncIterator[NkMediaClient]:
    async with nkmedia_client(server.ws_url, USER, password="pw") as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def meeting(server: RunningServer, backend: NkMediaClient) -> AsyncIterator[Meeting]:
    """A room on Janus."""
    opened = Meeting(server)
    await backend.ok("media/room/create", **{"class": "sfu"}, room_id=opened.name)
    await backend.ok("core/event/subscribe", **{"class": "media"}, subclass="room", obj_id=opened.name)
    yield opened
    await opened.close()


async def test_a_publisher_is_seen_by_its_listeners_and_by_livekit(meeting: Meeting, backend: NkMediaClient) -> None:
    async with peers(3) as (camera, first, second):
        alice = await meeting.join("alice")
        camera.send(Picture(RED), Tone(450))
        publisher = await publish(backend, meeting.name, camera)
        started = (await backend.event("room", "started_publisher"))["body"]
        assert started == {"session_id": publisher, "user": USER}
        for peer in (first, second):  # at once: the server waits for the publisher's connection
            listener = await listen(backend, publisher, peer)
            body = (await backend.event("room", "started_listener"))["body"]
            assert body == {"session_id": listener, "user": USER, "peer": publisher, "peer_id": publisher}
        for peer in (first, second):
            await peer.sees(RED)
            await peer.hears(450)
        identity = f"{USER}/{publisher}"
        await alice.sees(identity, RED, name="")
        await alice.hears(identity, 450, name="")
        info = await backend.ok("media/room/info", room_id=meeting.name)
        assert (info["backend"], info["engine"]) == ("nkmedia_janus", "janus")
        assert list(info["publishers"]) == [publisher]
        assert {one["peer"] for one in info["listeners"].values()} == {publisher}
        assert list(alice.room.remote_participants) == [identity], "listeners are nobody's business"


async def test_a_listener_gets_what_a_client_of_livekit_publishes(meeting: Meeting, backend: NkMediaClient) -> None:
    alice = await meeting.join("alice")
    await alice.publish_tone(600)
    await backend.event("room", "started_publisher")
    await alice.publish_picture(GREEN)
    bob = await meeting.join("bob")
    await bob.sees("alice", GREEN)
    async with peers(2) as (first, second):
        listeners = [await listen(backend, alice.me.sid, peer) for peer in (first, second)]
        for peer in (first, second):
            await peer.sees(GREEN)
            await peer.hears(600)
        await alice.leave()
        for listener in listeners:
            assert (await backend.event("session", "destroyed", listener))["body"]["code"] == 304006


async def test_a_listener_is_switched_without_a_new_description(meeting: Meeting, backend: NkMediaClient) -> None:
    async with peers(3) as (red, blue, viewer):
        first = await publish(backend, meeting.name, red.send(Picture(RED), Tone(450)))
        second = await publish(backend, meeting.name, blue.send(Tone(700), Picture(BLUE)))
        listener = await listen(backend, first, viewer)
        picture, sound = await viewer.track("video"), await viewer.track("audio")
        await viewer.shows(picture, RED)
        started = (await backend.event("room", "started_listener"))["body"]
        assert started["peer"] == first
        details = await backend.ok("media/session/set_type", session_id=listener, type="listen", publisher_id=second)
        assert details == {"room_id": meeting.name, "publisher_id": second}
        await viewer.shows(picture, BLUE)
        await viewer.sounds(sound, 700)
        assert (await backend.event("room", "started_listener"))["body"]["peer"] == second
        assert (await backend.ok("media/room/info", room_id=meeting.name))["listeners"][listener]["peer"] == second
        alice = await meeting.join("alice")
        await alice.publish_tone(900)
        await alice.publish_picture(GREEN)
        await backend.ok("media/session/set_type", session_id=listener, type="listen", publisher_id=alice.me.sid)
        await viewer.shows(picture, GREEN)
        for kind, code in (("echo", 100006), ("listen", 100045)):
            refused = await backend.ask("media/session/set_type", session_id=listener, type=kind)
            assert refused["data"]["code"] == code
        refused = await backend.ask("media/session/set_type", session_id=listener, type="listen", publisher_id=listener)
        assert refused["data"]["code"] == 304005


async def test_mutes_hold_for_everybody_who_listens(meeting: Meeting, backend: NkMediaClient) -> None:
    async with peers(2) as (camera, viewer):
        alice = await meeting.join("alice")
        publisher = await publish(backend, meeting.name, camera.send(Picture(BLUE), Tone(450)))
        identity = f"{USER}/{publisher}"
        await alice.hears(identity, 450, name="")
        listener = await listen(backend, publisher, viewer)
        sound = await viewer.track("audio")
        await viewer.sounds(sound, 450)
        await backend.ok("media/session/update_media", session_id=publisher, mute_audio=True, bitrate=150_000)
        await alice.until("track_muted", identity)
        await alice.hears_nothing(identity, name="")
        await viewer.gets_nothing(sound)
        await backend.ok("media/session/update_media", session_id=publisher, mute_audio=False)
        await viewer.sounds(sound, 450)
        await backend.ok("media/session/update_media", session_id=listener, mute_audio=True)
        await viewer.gets_nothing(sound)
        await alice.hears(identity, 450, name="")
        await backend.ok("media/session/update_media", session_id=listener, mute_audio=False)
        await viewer.sounds(sound, 450)


async def test_who_loses_its_connection_takes_its_sessions_along(
    meeting: Meeting, backend: NkMediaClient, server: RunningServer
) -> None:
    async with peers(3) as (camera, *viewers):
        async with nkmedia_client(server.ws_url, USER, password="pw") as other:
            publisher = await publish(other, meeting.name, camera.send(Tone(450)))
            await backend.ok("core/event/subscribe", **{"class": "media"}, subclass="session", obj_id=publisher)
            listeners = {await listen(backend, publisher, viewer) for viewer in viewers}
            for viewer in viewers:
                await viewer.hears(450)
            backend.events.clear()
        await backend.event("room", "stopped_listener")
        await backend.event("room", "stopped_listener")
        told = [(one["type"], one["obj_id"], one["body"].get("code")) for one in backend.events]
        ends = [one for one in told if one[0] in ("destroyed", "stopped_publisher")]
        assert ends[:2] == [("destroyed", publisher, 100010), ("stopped_publisher", meeting.name, None)]
        assert set(ends[2:]) == {("destroyed", listener, 304006) for listener in listeners}


async def test_a_destroyed_room_ends_its_sessions(meeting: Meeting, backend: NkMediaClient) -> None:
    async with peers(2) as (camera, viewer):
        publisher = await publish(backend, meeting.name, camera.send(Tone(450)))
        listener = await listen(backend, publisher, viewer)
        await viewer.hears(450)
        await backend.ok("media/room/destroy", room_id=meeting.name)
        for session in (publisher, listener):
            assert (await backend.event("session", "destroyed", session))["body"]["code"] == 304003
        assert (await backend.event("room", "destroyed"))["body"]["code"] == 100013
        await camera.ended()


async def test_candidates_may_follow_the_offer(meeting: Meeting, backend: NkMediaClient) -> None:
    for held in (False, True):
        async with peers(2) as (camera, viewer):
            complete = await camera.send(Tone(450)).offer()
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
            await listen(backend, session_id, viewer)
            await viewer.hears(450)


async def test_what_cannot_be_done_is_refused(meeting: Meeting, backend: NkMediaClient) -> None:
    own = f"{meeting.name} own"
    await backend.ok("media/room/create", **{"class": "sfu"}, room_id=own, backend="roomful")
    assert (await backend.ok("media/room/info", room_id=own))["engine"] == "builtin"
    async with peers(2) as (camera, other):
        offer = {"sdp": await camera.send(Tone(450)).offer()}
        publishing = {"type": "publish", "offer": offer, "wait_reply": True}
        bad_offer = {"sdp": offer["sdp"].replace("a=fingerprint", "a=no-fingerprint")}
        for data, code in (
            ({**publishing, "room_id": "nowhere"}, 304001),
            ({**publishing, "room_id": own, "backend": "nkmedia_janus"}, 300002),
            ({**publishing, "room_id": meeting.name, "backend": "roomful"}, 300002),
            ({**publishing, "room_id": meeting.name, "offer": bad_offer}, 300016),
            ({"type": "listen", "publisher_id": "nobody"}, 304005),
        ):
            refused = await backend.ask("media/session/create", **data)
            assert refused["data"]["code"] == code, (data, refused)
        publisher = await publish(backend, meeting.name, other.send(Tone(450)))
        listening = await backend.ok("media/session/create", type="listen", publisher_id=publisher, wait_reply=True)
        await backend.ok(
            "media/session/set_answer",
            session_id=listening["session_id"],
            answer={"sdp": _unusable(listening["offer"]["sdp"])},
        )
        ended = await backend.event("session", "destroyed", listening["session_id"])
        assert ended["body"]["code"] == 300016
    taken = await backend.ask("media/room/create", **{"class": "sfu"}, room_id=meeting.name)
    assert taken["data"]["code"] == 304002


async def test_a_publisher_may_make_its_room(backend: NkMediaClient) -> None:
    async with peers(2) as (camera, viewer):
        offer = {"sdp": await camera.send(Picture(RED)).offer()}
        made = await backend.ok("media/session/create", type="publish", offer=offer, wait_reply=True)
        await camera.accept(made["answer"]["sdp"])
        assert (await backend.ok("media/room/info", room_id=made["room_id"]))["engine"] == "janus"
        await listen(backend, made["session_id"], viewer)
        await viewer.sees(RED)
        await backend.ok("media/room/destroy", room_id=made["room_id"])


async def test_an_echo_comes_back(backend: NkMediaClient) -> None:
    async with peers(1) as (caller,):
        offer = {"sdp": await caller.send_both(Picture(RED), Tone(450)).offer()}
        made = await backend.ok("media/session/create", type="echo", offer=offer, wait_reply=True)
        await caller.accept(made["answer"]["sdp"])
        await caller.sees(RED)
        await caller.hears(450)
        info = await backend.ok("media/session/info", session_id=made["session_id"])
        assert (info["backend"], info["engine"]) == ("nkmedia_janus", "janus"), "as nobody named another"
        await backend.ok("media/session/destroy", session_id=made["session_id"])
        await caller.ended()


async def test_two_clients_are_bridged(backend: NkMediaClient) -> None:
    async with peers(2) as (caller, callee):
        offer = {"sdp": await caller.send_both(Picture(RED), Tone(450)).offer()}
        proxy = (await backend.ok("media/session/create", type="proxy", offer=offer))["session_id"]
        made = await backend.ok("media/session/create", type="bridge", peer_id=proxy, wait_reply=True)
        bridge = made["session_id"]
        answer = await callee.answer(made["offer"]["sdp"], Picture(BLUE), Tone(700))
        await backend.ok("media/session/set_answer", session_id=bridge, answer={"sdp": answer})
        answered = await backend.event("session", "answer", proxy)
        await caller.accept(answered["body"]["answer"]["sdp"])
        await caller.sees(BLUE)
        await caller.hears(700)
        await callee.sees(RED)
        await callee.hears(450)
        await backend.ok("media/session/destroy", session_id=bridge)
        assert (await backend.event("session", "destroyed", proxy))["body"]["code"] == 300020
        await caller.ended()


async def test_janus_dies_and_comes_back(meeting: Meeting, backend: NkMediaClient, janus: RunningJanus) -> None:
    async with peers(4) as (camera, viewer, new_camera, new_viewer):
        alice = await meeting.join("alice")
        publisher = await publish(backend, meeting.name, camera.send(Tone(450)))
        listener = await listen(backend, publisher, viewer)
        await viewer.hears(450)
        await janus.kill()
        for session in (publisher, listener):
            assert (await backend.event("session", "destroyed", session))["body"]["code"] == 301003
        assert (await backend.event("room", "destroyed"))["body"]["code"] == 301003
        await alice.until("disconnected")
        refused = await backend.ask("media/room/create", **{"class": "sfu"}, room_id=meeting.name)
        assert refused["data"]["code"] == 300001
        await janus.start()
        await backend.until_ok(10, "media/room/create", **{"class": "sfu"}, room_id=meeting.name)
        again = await publish(backend, meeting.name, new_camera.send(Tone(700)))
        await listen(backend, again, new_viewer)
        await new_viewer.hears(700)


@pytest.mark.browser
async def test_browsers_publish_and_listen(meeting: Meeting, backend: NkMediaClient) -> None:
    limit = 150_000
    async with Tabs.launch() as tabs, serve_page(browsers.PAGE.read_bytes()) as url:
        camera, viewer = [await tabs.open(name, url) for name in ("camera", "viewer")]
        publisher = await browsers.publish(backend, camera, meeting.name, BLUE, bitrate=limit)
        assert (await backend.ok("media/session/info", session_id=publisher))["engine"] == "janus"
        await browsers.watch(backend, viewer, type="listen", publisher_id=publisher)
        await browsers.sees(viewer, BLUE)
        assert 0.3 * limit < await browsers.sending_rate(camera) < 1.3 * limit


def _unusable(offer: str) -> str:
    """An answer to it that nobody can use."""
    return offer.replace("a=sendonly", "a=recvonly").replace("a=fingerprint", "a=no-fingerprint")
