"""Who of a room of peers is somebody, and what of a broadcast can cross."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, Self

import msgspec
import pytest

from roomful.media.ports.bridge.peers import Peers, audio_choice, video_choice
from roomful.media.ports.bridge.plan import BridgePlan
from roomful.media.ports.bridge.states import PeerArrived, PeerLeft, PeerSaid, Unbridgeable
from roomful.p2p import (
    BroadcastSubscribed,
    ChatMessage,
    ChatReceived,
    EndpointId,
    PeerJoined,
    PeerUpdated,
    RemoteAnnounced,
    SubscribeError,
)
from roomful.p2p import PeerLeft as PeerGone
from roomful.p2p.catalog import read

BEN = EndpointId(bytes([1]) * 32)
WITHIN = 5.0


def video(codec: str, width: int = 640, height: int = 360) -> dict[str, Any]:
    return {"codec": codec, "codedWidth": width, "codedHeight": height}


def audio(codec: str) -> dict[str, Any]:
    return {"codec": codec, "sampleRate": 48_000, "numberOfChannels": 2}


def document(*, user: str | None = None, videos: Any = (), audios: Any = ()) -> str:
    whole = {"video": {"renditions": dict(videos)}, "audio": {"renditions": dict(audios)}, "user": {"name": user}}
    return msgspec.json.encode(whole).decode()


class Broadcast:
    """A broadcast whose catalogs are told by the test, and whose tracks never have a frame."""

    def __init__(self, name: str, catalog: str) -> None:
        self.name, self.remote, self.catalog = name, BEN, read(catalog)
        self.catalogs: asyncio.Queue[str] = asyncio.Queue()
        self.catalogs.put_nowait(catalog)
        self.reading: set[str] = set()
        self.changed = asyncio.Event()

    async def catalog_updates(self) -> AsyncIterator[Any]:
        while True:
            self.catalog = read(await self.catalogs.get())
            yield self.catalog

    async def video(self, name: str) -> Any:
        return self._track(name, self.catalog.video.get(name))

    async def audio(self, name: str) -> Any:
        return self._track(name, self.catalog.audio.get(name))

    def _track(self, name: str, config: Any) -> Any:
        if config is None:
            raise SubscribeError("no_track", name)
        return Track(self, name, config)

    async def until_reading(self, *wanted: str) -> None:
        async with asyncio.timeout(WITHIN):
            while self.reading != set(wanted):
                self.changed.clear()
                await self.changed.wait()


class Track:
    def __init__(self, broadcast: Broadcast, name: str, config: Any) -> None:
        self._broadcast, self.name, self.config = broadcast, name, config

    async def __aenter__(self) -> Self:
        self._broadcast.reading.add(self.name)
        self._broadcast.changed.set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._broadcast.reading.discard(self.name)
        self._broadcast.changed.set()

    async def __aiter__(self) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield


class Door:
    """The worker's way in, and what it reports."""

    def __init__(self, *, allow: str = "*", siblings: set[EndpointId] | None = None) -> None:
        self.reports: list[object] = []
        sender: Any = SimpleNamespace()
        self.peers = Peers(BridgePlan(allow=[allow]), siblings or set(), sender, self.reports.append)

    def hear(self, *events: Any) -> list[object]:
        """What is reported of them."""
        before = len(self.reports)
        for event in events:
            self.peers.hear(event)
        return self.reports[before:]


def arrived(name: str) -> PeerArrived:
    return PeerArrived(peer=str(BEN), name=name)


def test_a_peer_with_a_name_is_somebody_and_so_is_one_that_offers_something() -> None:
    assert Door().hear(PeerJoined(BEN, "Ben")) == [arrived("Ben")]
    assert Door().hear(PeerJoined(BEN, None), RemoteAnnounced(BEN, ("cam",))) == [arrived(BEN.short)]


def test_a_peer_with_neither_is_nobody_as_another_bridge_is() -> None:
    door = Door()
    assert door.hear(PeerJoined(BEN, None), RemoteAnnounced(BEN, ()), RemoteAnnounced(BEN, ()), PeerGone(BEN)) == []
    assert door.hear(PeerJoined(BEN, None), PeerUpdated(BEN, "Ben")) == [arrived("Ben")]


def test_it_is_reported_once_and_again_with_another_name() -> None:
    door = Door()
    door.hear(PeerJoined(BEN, "Ben"))
    assert door.hear(RemoteAnnounced(BEN, ("cam",)), RemoteAnnounced(BEN, ("cam",))) == []
    assert door.hear(PeerUpdated(BEN, "Benjamin")) == [arrived("Benjamin")]
    assert door.hear(PeerGone(BEN), PeerJoined(BEN, "Ben")) == [PeerLeft(peer=str(BEN)), arrived("Ben")]


async def test_without_a_display_name_it_goes_by_that_of_its_broadcast() -> None:
    door = Door()
    broadcast: Any = Broadcast("cam", document(user="Ben's camera"))
    door.hear(PeerJoined(BEN, None), RemoteAnnounced(BEN, ("cam",)))
    assert door.hear(BroadcastSubscribed(broadcast)) == [arrived("Ben's camera")]
    await door.peers.close()


@pytest.mark.parametrize("door", [Door(siblings={BEN}), Door(allow="0" * 64)], ids=["of this bridge", "not allowed"])
def test_who_does_not_count_is_not_heard(door: Door) -> None:
    message = ChatMessage(text="hi", received_at=0, broadcast="cam", sequence=0, backlog=False)
    assert door.hear(PeerJoined(BEN, "Ben"), RemoteAnnounced(BEN, ("cam",)), ChatReceived(BEN, message)) == []


def test_chat_is_heard_of_participants_and_not_what_was_said_before() -> None:
    def said(text: str, *, backlog: bool = False) -> ChatReceived:
        return ChatReceived(BEN, ChatMessage(text, 0, "cam", 0, backlog))

    door = Door()
    door.hear(PeerJoined(BEN, "Ben"))
    assert door.hear(said("too soon")) == []
    door.peers.admit(str(BEN))
    assert door.hear(said("old", backlog=True), said("new")) == [PeerSaid(peer=str(BEN), text="new")]


async def test_what_webrtc_cannot_carry_is_refused_by_name_once_and_the_rest_is_read() -> None:
    door = Door()
    document_ = document(videos={"v": video("hev1.1.6.L93")}, audios={"a": audio("opus"), "b": audio("mp4a.40.2")})
    broadcast: Any = Broadcast("cam", document_)
    door.hear(PeerJoined(BEN, "Ben"), BroadcastSubscribed(broadcast))
    door.peers.admit(str(BEN))
    await broadcast.until_reading("a")
    broadcast.catalogs.put_nowait(document_)
    broadcast.catalogs.put_nowait(document(videos={"v": video("avc3.42e01e")}))
    await broadcast.until_reading("v")
    refusals = [report for report in door.reports if isinstance(report, Unbridgeable)]
    assert refusals == [Unbridgeable(who=str(BEN), what="cam: hev1.1.6.L93")]
    await door.peers.close()


async def test_a_catalog_that_changes_is_followed() -> None:
    door = Door()
    small, large = {"video/180p": video("avc3.42e01e", 320, 180)}, {"video/720p": video("avc3.42e01f", 1280, 720)}
    broadcast: Any = Broadcast("cam", document(videos=small))
    door.hear(PeerJoined(BEN, "Ben"), BroadcastSubscribed(broadcast))
    door.peers.admit(str(BEN))
    await broadcast.until_reading("video/180p")
    broadcast.catalogs.put_nowait(document(videos=small | large, audios={"opus": audio("opus")}))
    await broadcast.until_reading("video/720p", "opus")
    broadcast.catalogs.put_nowait(document())
    await broadcast.until_reading()
    broadcast.catalogs.put_nowait(document(videos=small))
    await broadcast.until_reading("video/180p")
    door.peers.dismiss(str(BEN))
    await broadcast.until_reading()
    await door.peers.close()


def test_the_largest_picture_that_is_not_too_large_is_chosen_and_the_sound_of_most_bits() -> None:
    videos = {
        "1080p": video("avc3.640028", 1920, 1080),
        "720p": video("avc3.42e01f", 1280, 720),
        "180p": video("avc3.42e01e", 320, 180),
        "av1": video("av01.0.04M.08", 1280, 720),
    }
    audios = {"lq": audio("opus") | {"bitrate": 32_000}, "hq": audio("opus") | {"bitrate": 128_000}}
    assert video_choice(read(document(videos=videos))) == "720p"
    assert video_choice(read(document(videos={"1080p": videos["1080p"]}))) == "1080p"
    assert video_choice(read(document(videos={"av1": videos["av1"]}))) is None
    assert audio_choice(read(document(audios=audios))) == "hq"
    assert audio_choice(read(document(audios={"pcm": audio("pcm")}))) is None
