"""Media sessions of the NkMEDIA API in one room with clients of LiveKit, of the room WebSocket and of Room Signals.

DESIGN §3 has the table; every test is one of its rows.
"""

from collections.abc import AsyncIterator

import pytest
from livekit import api

from tests.rtc import Peer, Picture, Tone, peers
from tests.running_server import RunningServer

from .client import Client
from .meeting import Meeting, open_to_all
from .nkmedia_client import NkMediaClient, listen, nkmedia_client, publish
from .room_client import RoomClient, room_client
from .showing import GREEN, RED
from .signals_client import SignalsClient, signals_client
from .waiting import until

pytestmark = pytest.mark.timeout(90)

USER = "backend"


@pytest.fixture
async def meeting(roomful_server: RunningServer) -> AsyncIterator[Meeting]:
    async with open_to_all(roomful_server) as opened:
        yield opened


@pytest.fixture
async def sig(meeting: Meeting) -> AsyncIterator[SignalsClient]:
    """The owner, over Room Signals."""
    async with signals_client(meeting.server.ws_url, meeting.name, "sig") as client:
        await client.join(creating=True, chat=True)
        yield client


@pytest.fixture
async def moni(meeting: Meeting, sig: SignalsClient) -> AsyncIterator[RoomClient]:
    """A member, over the room WebSocket."""
    async with room_client(meeting.server.ws_url, meeting.name) as client:
        await client.join("moni")
        yield client


@pytest.fixture
async def alice(meeting: Meeting, moni: RoomClient) -> Client:
    return await meeting.join("alice")


@pytest.fixture
async def backend(meeting: Meeting, alice: Client) -> AsyncIterator[NkMediaClient]:
    async with nkmedia_client(meeting.server.ws_url, USER) as client:
        await client.ok("core/event/subscribe", **{"class": "media"}, subclass="room", obj_id=meeting.name)
        yield client


@pytest.fixture
async def camera() -> AsyncIterator[Peer]:
    async with peers(1) as (peer,):
        yield peer.send(Picture(RED), Tone(450))


async def listed(sig: SignalsClient, **wanted: bool) -> None:
    """Wait until Room Signals lists the back end so; nothing wanted: until it lists it no more."""
    while True:
        entries = (await sig.until("PUBLISH_LIST_CHANGED"))["b"]["pps"]
        found = [{name: entry[name] for name in wanted} for entry in entries if entry["userId"] == USER]
        if found == ([wanted] if wanted else []):
            return


async def test_publish_mute_and_leave(
    meeting: Meeting, backend: NkMediaClient, camera: Peer, alice: Client, moni: RoomClient, sig: SignalsClient
) -> None:
    publisher = await publish(backend, meeting.name, camera)
    identity = f"{USER}/{publisher}"
    await alice.sees(identity, RED, name="")
    assert (await moni.until("stream_published", user_id=USER))["user_id"] == USER
    await listed(sig, publish=True, audio=True, video=True)

    await backend.ok("media/session/update_media", session_id=publisher, mute_audio=True)
    await alice.until("track_muted", identity)
    await moni.until("media_state", user_id=USER, audio=False)
    await listed(sig, publish=True, audio=False, video=True)

    await backend.ok("media/session/destroy", session_id=publisher)
    await alice.until("participant_disconnected", identity)
    await moni.until("user_left", user_id=USER)
    await listed(sig)


async def test_what_others_publish_is_listened_to(
    meeting: Meeting, backend: NkMediaClient, alice: Client, moni: RoomClient
) -> None:
    await alice.publish_picture(GREEN)
    started = (await backend.event("room", "started_publisher"))["body"]
    assert started == {"session_id": alice.me.sid, "user": "alice"}
    async with peers(1) as (viewer,):
        await listen(backend, alice.me.sid, viewer)
        await viewer.sees(GREEN)
        assert USER not in {one.identity for one in alice.room.remote_participants.values()}


async def test_chat(
    meeting: Meeting, backend: NkMediaClient, alice: Client, moni: RoomClient, sig: SignalsClient
) -> None:
    texts = alice.texts("lk.chat")
    await backend.ok("media/room/msglog_send", room_id=meeting.name, msg={"text": "from a back end", "tone": "kind"})
    told = await moni.until("chat", user_id=USER)
    assert (told["content"], told["extra"]) == ("from a back end", {"tone": "kind"})
    told = await sig.until("CHAT", ack=False)
    assert (told["msg"], told["username"]) == ("from a back end", USER)
    await until(lambda: texts == [(USER, "from a back end")], lambda: f"alice reads it: {texts}")

    await alice.me.send_text("from alice", topic="lk.chat")
    await moni.until("chat", user_id="alice")
    await moni.say("chat", content="from moni")
    await moni.until("chat", user_id="moni")
    await sig.ask("CHAT", msg="from sig")
    written = [(await backend.event("room", "msglog_new_msg"))["body"] for _ in range(4)]
    assert [(one["user_id"], one["text"]) for one in written] == [
        (USER, "from a back end"),
        ("alice", "from alice"),
        ("moni", "from moni"),
        ("sig", "from sig"),
    ]
    assert await backend.ok("media/room/msglog_get", room_id=meeting.name) == written


async def test_kick_from_livekits_api(meeting: Meeting, backend: NkMediaClient, camera: Peer) -> None:
    publisher = await publish(backend, meeting.name, camera)
    gone = api.RoomParticipantIdentity(room=meeting.name, identity=f"{USER}/{publisher}")
    await meeting.api.room.remove_participant(gone)
    assert (await backend.event("session", "destroyed", publisher))["body"]["code"] == 100012


async def test_close(meeting: Meeting, backend: NkMediaClient, camera: Peer, alice: Client, moni: RoomClient) -> None:
    publisher = await publish(backend, meeting.name, camera)
    await backend.ok("media/room/destroy", room_id=meeting.name)
    await alice.until("disconnected")
    await moni.until("room_closed")
    assert (await backend.event("session", "destroyed", publisher))["body"]["code"] == 304003
    assert (await backend.event("room", "destroyed"))["body"] == {"code": 100013, "reason": "API stop received"}
