"""A room open to iroh peers: a LiveKit client and a peer in another process see, hear and read each other."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
import pytest_asyncio
from livekit import api, rtc

from roomful.p2p import SecretKey
from tests.e2e import media_peer
from tests.e2e.peers import STOCK, Peer, stock_peer
from tests.running_server import RunningServer, loopback_config, running_server

from .client import Client
from .meeting import Meeting
from .showing import GREEN, RED, is_like
from .waiting import until_seen

SETTINGS = {"enabled": True, "offline": True, "bind": "127.0.0.1"}

pytestmark = pytest.mark.timeout(150)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """A server whose rooms may be opened to peers."""
    async with running_server(tmp_path_factory.mktemp("bridge"), loopback_config(iroh=SETTINGS)) as running:
        yield running


@pytest.fixture
async def meeting(server: RunningServer) -> AsyncIterator[Meeting]:
    opened = Meeting(server)
    yield opened
    await opened.close()


class Bridge:
    """The API of who opens rooms to peers."""

    def __init__(self, meeting: Meeting) -> None:
        token = meeting.token("keeper", room_admin=True)
        self._http = httpx.AsyncClient(
            base_url=f"{meeting.server.http_url}/api/rooms/{meeting.name}/bridge",
            headers={"authorization": f"Bearer {token}"},
            timeout=60,
        )

    async def open(self, **wanted: Any) -> httpx.Response:
        return await self._http.put("", json=wanted)

    async def opened(self, *allow: str, ticket: str = "", peers: Sequence[str] = ()) -> dict[str, Any]:
        answer = await self.open(allow=list(allow), ticket=ticket, peers=peers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def state(self) -> dict[str, Any]:
        return (await self._http.get("")).json()

    async def close(self) -> httpx.Response:
        return await self._http.delete("")


def a_peer(bridge: dict[str, Any], name: str) -> Peer:
    return Peer(sys.executable, "-m", "tests.e2e.media_peer", bridge["ticket"], bridge["endpoint"], name)


async def expect(peer: Peer, event: str, **facts: Any) -> dict[str, Any]:
    return await asyncio.to_thread(lambda: peer.expect(event, **facts))


async def test_a_client_and_a_peer_see_hear_and_read_each_other(meeting: Meeting) -> None:
    alice, bridge = await meeting.join("alice"), Bridge(meeting)
    await alice.publish_tone(450)
    await alice.publish_picture(RED)
    read: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def take(reader: rtc.TextStreamReader, identity: str) -> None:
        await read.put((identity, await reader.read_all()))

    alice.room.register_text_stream_handler("lk.chat", lambda reader, identity: alice.start(take(reader, identity)))
    with a_peer(await bridge.opened("*"), "Ben") as ben:
        identity = f"iroh:{(await expect(ben, 'ready'))['id']}"
        assert (await alice.knows(identity)).name == "Ben"
        await alice.sees(identity, media_peer.COLOUR)
        await alice.hears(identity, media_peer.TONE)

        remote = (await expect(ben, "peer_joined", name="alice"))["remote"]
        picture = await expect(ben, "picture", remote=remote, broadcast="camera")
        assert is_like(tuple(picture["colour"]), RED), picture
        assert picture["user"] == "alice"
        await expect(ben, "sound", remote=remote, pitch=450)

        await alice.me.send_text("from alice", topic="lk.chat")
        await expect(ben, "chat", remote=remote, text="from alice")
        ben.say("from ben")
        assert await asyncio.wait_for(read.get(), 30) == (identity, "from ben")

        # A client that comes later, and one that goes.
        bob = await meeting.join("bob")
        await bob.sees(identity, media_peer.COLOUR)
        await bob.publish_picture(GREEN, source=rtc.TrackSource.SOURCE_SCREENSHARE)
        remote_bob = (await expect(ben, "peer_joined", name="bob"))["remote"]
        screen = await expect(ben, "picture", remote=remote_bob, broadcast="screen")
        assert is_like(tuple(screen["colour"]), GREEN), screen
        await alice.leave()
        await expect(ben, "peer_left", remote=remote)

        assert await asyncio.to_thread(ben.end_input) == 0
        await bob.until("participant_disconnected", identity)
        assert (await bridge.state())["peers"] == []


async def test_what_is_switched_on_later_is_offered_anew_and_what_is_muted_is_taken_back(meeting: Meeting) -> None:
    alice, bridge = await meeting.join("alice"), Bridge(meeting)
    microphone = (await alice.publish_tone(450)).track
    assert isinstance(microphone, rtc.LocalAudioTrack)
    with a_peer(await bridge.opened("*"), "Ben") as ben:
        remote = (await expect(ben, "peer_joined", name="alice"))["remote"]
        await expect(ben, "sound", remote=remote, broadcast="camera", pitch=450)
        await alice.publish_picture(RED)
        # Stock viewers read the catalog of a broadcast once, so it is another.
        await expect(ben, "picture", remote=remote, broadcast="camera-2")
        microphone.mute()
        await expect(ben, "broadcast_ended", remote=remote, broadcast="camera")
        microphone.unmute()
        await expect(ben, "sound", remote=remote, broadcast="camera-3", pitch=450)


async def test_two_rooms_that_are_open_to_the_same_peers_see_each_other_once(
    meeting: Meeting, server: RunningServer
) -> None:
    elsewhere = Meeting(server)
    try:
        alice, bob = await meeting.join("alice"), await elsewhere.join("bob")
        first = await Bridge(meeting).opened("*")
        with a_peer(first, "Ben") as ben:
            await expect(ben, "ready")
            second = await Bridge(elsewhere).opened("*", ticket=first["ticket"], peers=[first["endpoint"]])
            assert second["ticket"] != first["ticket"], "each begins with its own bridge"
            await expect(ben, "peer_joined", name="bob")
            names = {alice: {"Ben", "bob"}, bob: {"Ben", "alice"}}
            for client, wanted in names.items():

                async def others(client: Client = client) -> set[str]:
                    return {one.name for one in client.room.remote_participants.values()}

                await until_seen(others, lambda seen, wanted=wanted: seen == wanted, f"{client.identity} sees {wanted}")
            # What one says comes to the other once, and does not come back.
            await bob.publish_picture(GREEN)
            identity = next(iter(one.identity for one in alice.room.remote_participants.values() if one.name == "bob"))
            await alice.sees(identity, GREEN)
            await alice.me.send_text("from alice", topic="lk.chat")
            await expect(ben, "chat", text="from alice")
            assert {one.name for one in alice.room.remote_participants.values()} == names[alice]
            assert {one.name for one in bob.room.remote_participants.values()} == names[bob]
    finally:
        await elsewhere.close()


async def test_only_those_on_the_list_come_in(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bridge = await meeting.join("alice"), Bridge(meeting)
    key = SecretKey.generate()
    opened = await bridge.opened(str(key.public))
    with a_peer(opened, "Stranger") as stranger:
        unknown = (await expect(stranger, "ready"))["id"]
        # It is in the room of peers, which nobody can be kept out of.
        await expect(stranger, "peer_joined", name="alice")
        monkeypatch.setitem(os.environ, "IROH_SECRET", key.reveal().hex())
        with a_peer(opened, "Friend") as friend:
            await expect(friend, "ready")
            await alice.sees(f"iroh:{key.public}", media_peer.COLOUR)
        assert f"iroh:{unknown}" not in alice.room.remote_participants
        assert (await bridge.state())["peers"] in ([str(key.public)], [])


async def test_whoever_is_removed_is_gone_and_a_closed_bridge_takes_all_out(meeting: Meeting) -> None:
    alice, bridge = await meeting.join("alice"), Bridge(meeting)
    opened = await bridge.opened("*")
    with a_peer(opened, "Ben") as ben, a_peer(opened, "Eve") as eve:
        identities = [f"iroh:{(await expect(one, 'ready'))['id']}" for one in (ben, eve)]
        for identity in identities:
            await alice.sees(identity, media_peer.COLOUR)
        await meeting.api.room.remove_participant(_identity(meeting, identities[1]))
        await alice.until("participant_disconnected", identities[1])
        assert (await bridge.open(allow=["*"])).status_code == 409
        remote = (await expect(ben, "peer_joined", name="alice"))["remote"]
        assert (await bridge.close()).status_code == 200
        await alice.until("participant_disconnected", identities[0])
        await expect(ben, "peer_left", remote=remote)
        assert (await bridge.close()).status_code == 404


async def test_bad_requests_are_refused_by_name(meeting: Meeting, roomful_server: RunningServer) -> None:
    bridge = Bridge(meeting)
    assert (await bridge.open()).status_code == 400
    assert (await bridge.open(allow=["everybody"])).status_code == 400
    refused = await bridge.open(allow=["*"], peers=["somewhere"])
    assert refused.status_code == 400
    assert "ID@IP:PORT" in refused.text
    refused = await bridge.open(allow=["*"], ticket="room of my own")
    assert refused.status_code == 400
    assert "ticket" in refused.text
    # Nobody has switched it on there.
    elsewhere = Meeting(roomful_server)
    try:
        refused = await Bridge(elsewhere).open(allow=["*"])
        assert refused.status_code == 403
        assert "iroh.enabled" in refused.text
    finally:
        await elsewhere.close()


@pytest.mark.skipif(stock_peer() is None, reason=f"no {STOCK} in the folder of ROOMFUL_PEERS")
async def test_a_stock_peer_in_a_bridged_room(meeting: Meeting) -> None:
    alice, bridge = await meeting.join("alice"), Bridge(meeting)
    await alice.publish_tone(450)
    opened = await bridge.opened("*")
    path = stock_peer()
    assert path is not None
    arguments = ["--ticket", opened["ticket"], "--peer", opened["endpoint"], "--name", "Stock", "--decode"]
    with Peer(path, *arguments, "--publish-chat", "--publish-test-av") as stock:
        identity = f"iroh:{(await expect(stock, 'ready'))['id']}"
        assert (await alice.knows(identity)).name == "Stock"
        picture, sound = alice.picture(identity, "camera"), alice.sound(identity)

        async def counts() -> tuple[int, int]:
            return picture.frames, len(sound.heard_at)

        await until_seen(counts, lambda seen: seen[0] > 10 and seen[1] > 5, "pictures and sound of the stock peer")
        await expect(stock, "peer_joined", display_name="alice")
        await expect(stock, "audio")
        await alice.me.send_text("from alice", topic="lk.chat")
        await expect(stock, "chat", text="from alice")
        stock.say("/quit")
        await alice.until("participant_disconnected", identity)


def _identity(meeting: Meeting, identity: str) -> api.RoomParticipantIdentity:
    return api.RoomParticipantIdentity(room=meeting.name, identity=identity)
