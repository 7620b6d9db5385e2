"""Rooms of peers, from Python and the command line, each peer with an endpoint of its own on the loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TypeVar

import pytest

from roomful import p2p
from roomful.p2p.calls import Calls
from tests.e2e.peers import Peer

Event = TypeVar("Event", bound=p2p.RoomEvent)
LOOPBACK = p2p.LiveConfig(preset="minimal", bind=("127.0.0.1:0",))
VIDEO = p2p.VideoConfig(codec="avc3.42e01e", coded_width=320, coded_height=180, framerate=30.0)
OPUS = p2p.AudioConfig(codec="opus", sample_rate=48000, number_of_channels=2)


Member = tuple[p2p.Live, p2p.RoomHandle]


class Rooms:
    """Opens endpoints and joins rooms, and leaves and closes all of them in the end."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def enter(self, host: Member | None, name: str) -> tuple[p2p.Live, p2p.Room]:
        """Somebody's room, or a new one."""
        live = await self._stack.enter_async_context(p2p.Live.bind(LOOPBACK))
        ticket = None
        if host is not None:
            live.add_peer_addr(host[0].addr())
            ticket = host[1].ticket()
        room = await self._stack.enter_async_context(await live.join_room(ticket, display_name=name))
        return live, room


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    async with AsyncExitStack() as stack:
        yield Rooms(stack)
    assert Calls.here().running == 0, "calls were left behind"


async def expect(room: p2p.Room | p2p.RoomEvents, kind: type[Event]) -> Event:
    async with asyncio.timeout(20):
        while True:
            event = await room.recv()
            if isinstance(event, kind):
                return event


async def test_names_joins_chat_and_leaving(rooms: Rooms) -> None:
    alice = await rooms.enter(None, "Alice")
    bob = await rooms.enter(alice, "Bob")
    assert (await expect(alice[1], p2p.PeerJoined)).display_name == "Bob"
    assert (await expect(bob[1], p2p.PeerJoined)).display_name == "Alice"
    assert bob[1].peers == {alice[0].endpoint_id: "Alice"}
    await bob[1].joined(10)
    for _, room in (alice, bob):
        broadcast = p2p.LocalBroadcast()
        await room.set_chat_publisher(broadcast.enable_chat())
        await room.publish("chat", broadcast)
    for _, room in (alice, bob):
        await expect(room, p2p.BroadcastSubscribed)
    await alice[1].send_chat("hello")
    said = await expect(bob[1], p2p.ChatReceived)
    assert (said.message.text, said.remote) == ("hello", alice[0].endpoint_id)
    await bob[1].set_display_name("Robert")
    assert (await expect(alice[1], p2p.PeerUpdated)).display_name == "Robert"
    await bob[1].leave()
    assert (await expect(alice[1], p2p.PeerLeft)).remote == bob[0].endpoint_id
    assert not [event async for event in bob[1] if isinstance(event, p2p.PeerLeft)]
    with pytest.raises(p2p.RoomClosed):
        await bob[1].send_chat("still there?")


async def test_a_wait_for_events_can_be_cancelled_and_loses_none(rooms: Rooms) -> None:
    alice = await rooms.enter(None, "Alice")
    events, handle = alice[1].split()
    assert events.try_recv() is None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await events.recv()
    bob = await rooms.enter((alice[0], handle), "Bob")
    assert (await expect(events, p2p.PeerJoined)).remote == bob[0].endpoint_id


async def test_frames_arrive_as_they_were_written(rooms: Rooms) -> None:
    alice = await rooms.enter(None, "Alice")
    camera = p2p.LocalBroadcast(user="Alice")
    video = camera.add_video("video/h264-180p", VIDEO)
    audio = camera.add_audio("audio/opus-hq", OPUS)
    await alice[1].publish("cam", camera)
    _, room = await rooms.enter(alice, "Bob")
    broadcast = (await expect(room, p2p.BroadcastSubscribed)).broadcast
    assert broadcast.catalog.user == "Alice"
    assert broadcast.catalog.video == {"video/h264-180p": VIDEO}
    assert broadcast.catalog.audio == {"audio/opus-hq": OPUS}

    async def write() -> None:
        number = 0
        while True:
            video.write(number * 33_333, b"video %d" % number, keyframe=number % 10 == 0)
            audio.write(number * 20_000, b"audio %d" % number, keyframe=True)
            number += 1
            await asyncio.sleep(0.005)

    async with asyncio.timeout(20):
        writing = asyncio.create_task(write())
        try:
            for track, period in ((await broadcast.video(), 33_333), (await broadcast.audio(), 20_000)):
                frames: list[p2p.MediaFrame] = []
                async with track:
                    async for frame in track:
                        frames.append(frame)
                        if len(frames) == 15:
                            break
                assert frames[0].keyframe
                for frame in frames:
                    assert frame.payload.endswith(b" %d" % (frame.timestamp_us // period))
        finally:
            writing.cancel()
    with pytest.raises(p2p.SubscribeError) as refusal:
        await broadcast.video("video/4k")
    assert refusal.value.kind == "no_track"


async def test_camera_and_screen_are_switched_on_and_off(rooms: Rooms) -> None:
    alice = await rooms.enter(None, "Alice")
    bob = await rooms.enter(alice, "Bob")
    writers: dict[str, p2p.TrackWriter] = {}
    sources = p2p.MediaSources(
        camera=p2p.Source("video/h264-180p", VIDEO, lambda writer: writers.update(camera=writer)),
        screen=p2p.Source("video/h264-1080p", VIDEO, lambda writer: writers.update(screen=writer)),
    )
    publisher = p2p.RoomPublisherSync(alice[1], sources)
    await publisher.set_state(p2p.PublishOpts(camera=True))
    assert (await expect(bob[1], p2p.BroadcastSubscribed)).broadcast.name == "camera"
    await publisher.set_state(p2p.PublishOpts(camera=True, screen=True))
    assert (await expect(bob[1], p2p.BroadcastSubscribed)).broadcast.name == "screen"
    await publisher.set_state(p2p.PublishOpts(camera=True))
    assert (await expect(bob[1], p2p.BroadcastEnded)).name == "screen"
    with pytest.raises(p2p.PublishUpdateError, match="no source of audio"):
        await publisher.set_state(p2p.PublishOpts(camera=True, audio=True))
    assert publisher.state == p2p.PublishOpts(camera=True)
    await alice[1].send_chat("and chat is on")
    assert (await expect(bob[1], p2p.ChatReceived)).message.text == "and chat is on"


async def test_what_cannot_be_done_is_refused_by_name(rooms: Rooms) -> None:
    live, room = await rooms.enter(None, "Alice")
    with pytest.raises(p2p.TicketError):
        await live.join_room("room of my own")
    with pytest.raises(p2p.LimitExceeded):
        await live.join_room(display_name="x" * 129)
    with pytest.raises(p2p.LimitExceeded):
        await room.set_display_name("x" * 129)
    with pytest.raises(p2p.ChatDisabled):
        await room.send_chat("hello?")
    broadcast = p2p.LocalBroadcast()
    with pytest.raises(p2p.PublishError, match="stock peer"):
        broadcast.add_video("video", p2p.VideoConfig(codec="avc1.zz"))
    with pytest.raises(p2p.SubscribeError) as refusal:
        await live.subscribe(p2p.SecretKey.generate().public, "cam", patience=0.2)
    assert refusal.value.kind == "connect"
    with pytest.raises(ValueError, match="no address"):
        await p2p.Live.bind(p2p.LiveConfig(bind=("here",)))
    deaf = p2p.LiveConfig(preset="minimal", bind=("127.0.0.1:0",), gossip=False)
    async with p2p.Live.bind(deaf) as other:
        with pytest.raises(p2p.GossipDisabled):
            await other.join_room()


def test_two_processes_chat_on_the_command_line() -> None:
    with Peer.roomful("chat", "--name", "Ada") as ada:
        ready = ada.expect("ready")
        with Peer.roomful("chat", ready["ticket"], "--name", "Ben", "--peer", ready["peer"]) as ben:
            ada.expect("peer_joined", display_name="Ben")
            ben.expect("peer_joined", display_name="Ada")
            ada.expect("broadcast_subscribed", broadcast="chat")
            ben.expect("broadcast_subscribed", broadcast="chat")
            ada.say("hello Ben")
            ben.expect("chat", text="hello Ben")
            for number in range(20):
                ben.say(str(number))
            for number in range(20):
                ada.expect("chat", text=str(number))
            assert ben.end_input() == 0
            ada.expect("peer_left")
        assert ada.end_input() == 0


def test_the_command_line_refuses_what_is_no_ticket() -> None:
    with Peer.roomful("join", "room-of-my-own") as lost:
        assert lost.process.wait(30) == 1
