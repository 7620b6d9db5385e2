"""Broadcasts, ours and those of others, and the encoded frames in them (specs/iroh-rooms.md §16.4)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec

from roomful._native import P2pChat, P2pLocalBroadcast, P2pMediaReader, P2pRemoteBroadcast, P2pTrackWriter
from roomful.p2p import catalog
from roomful.p2p.calls import call, direct
from roomful.p2p.catalog import AudioConfig, Catalog, VideoConfig
from roomful.p2p.errors import SubscribeError
from roomful.p2p.identity import EndpointId

FRAMES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class MediaFrame:
    """One access unit or packet, as it was encoded."""

    timestamp_us: int
    """From an epoch of the track's own: audio and video do not share one."""

    payload: bytes
    group: int
    index: int

    @property
    def keyframe(self) -> bool:
        """The first of its group: decoding can begin here."""
        return self.index == 0


class MediaTrack:
    """Iterates over the frames of one rendition, in order, until the track is over. For one reader."""

    def __init__(self, native: P2pMediaReader, name: str, config: VideoConfig | AudioConfig) -> None:
        self._native: P2pMediaReader | None = native
        self.name = name
        self.config = config

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading; the publisher is told."""
        self._native = None

    async def __aiter__(self) -> AsyncIterator[MediaFrame]:
        while self._native is not None and await call(self._native.ready):
            for timestamp, payload, group, index in self._native.take(FRAMES_AT_ONCE):
                yield MediaFrame(timestamp, payload, group, index)


class RemoteBroadcast:
    """A broadcast of another peer. It is read as long as something of it is held."""

    def __init__(self, native: P2pRemoteBroadcast) -> None:
        self._native = native

    @property
    def name(self) -> str:
        return self._native.name

    @property
    def remote(self) -> EndpointId:
        return EndpointId(self._native.remote)

    @property
    def catalog(self) -> Catalog:
        """The newest one."""
        return catalog.read(self._native.catalog())

    async def catalog_updates(self) -> AsyncIterator[Catalog]:
        """The catalog now, and each one that comes after it."""
        document: str | None = self._native.catalog()
        while document is not None:
            yield catalog.read(document)
            document = await self._after(document)

    async def _after(self, document: str) -> str | None:
        return await call(lambda calls: self._native.next_catalog(calls, document))

    async def video(
        self, rendition: str | None = None, *, max_pixels: int | None = None, max_latency: float = 0.15
    ) -> MediaTrack:
        """Read a video rendition: the one named, else the largest of at most `max_pixels`.

        Groups are skipped once newer ones hold more than `max_latency` seconds.

        Raises:
            SubscribeError: no_track when there is none such, closed when the broadcast is over.
        """
        renditions = self.catalog.video
        if rendition is None:
            sizes = {name: _pixels(config) for name, config in renditions.items()}
            fitting = {name: size for name, size in sizes.items() if max_pixels is None or size <= max_pixels}
            rendition = max(fitting, key=lambda name: (fitting[name], renditions[name].bitrate or 0), default=None)
        return self._media("video", rendition, renditions.get(rendition or ""), max_latency)

    async def audio(self, rendition: str | None = None, *, max_latency: float = 0.15) -> MediaTrack:
        """Read an audio rendition: the one named, else the one of most bits. Otherwise as `video`."""
        renditions = self.catalog.audio
        if rendition is None:
            rendition = max(renditions, key=lambda name: renditions[name].bitrate or 0, default=None)
        return self._media("audio", rendition, renditions.get(rendition or ""), max_latency)

    def _media(
        self, kind: str, rendition: str | None, config: VideoConfig | AudioConfig | None, max_latency: float
    ) -> MediaTrack:
        if rendition is None or config is None:
            raise SubscribeError("no_track", f"the broadcast has no {kind} {rendition or 'that fits'}")
        return MediaTrack(direct(lambda: self._native.media(rendition, max_latency)), rendition, config)

    async def closed(self) -> str:
        """Wait for the end and say why it ended."""
        return await call(self._native.closed)

    def __repr__(self) -> str:
        return f"<RemoteBroadcast {self.name!r} of {self.remote.short}>"


def _pixels(config: VideoConfig) -> int:
    return (config.coded_width or 0) * (config.coded_height or 0)


class TrackWriter:
    """Writes encoded frames into one rendition of ours. Nothing here waits."""

    def __init__(self, native: P2pTrackWriter, name: str) -> None:
        self._native = native
        self.name = name

    @property
    def subscribed(self) -> bool:
        """Somebody reads it. Frames written while nobody does are let go."""
        return self._native.subscribed()

    def write(self, timestamp_us: int, payload: bytes, *, keyframe: bool) -> bool:
        """Write one frame; says whether it went out. Video goes out from the first keyframe on.

        Raises:
            PublishError: the track or its broadcast is over.
        """
        return direct(lambda: self._native.write(timestamp_us, payload, keyframe))

    def finish(self) -> None:
        """End the track and take it out of the catalog."""
        self._native.finish()


class ChatPublisher:
    """The chat of a broadcast of ours."""

    def __init__(self, native: P2pChat) -> None:
        self.native = native


class LocalBroadcast:
    """A broadcast of ours: its catalog follows the tracks that are added and finished.

    Stock peers look at the catalog only once, so add what is known before publishing it.
    """

    def __init__(self, *, user: str | None = None) -> None:
        self.native = P2pLocalBroadcast()
        if user is not None:
            self.set_user(user)

    def set_user(self, name: str | None) -> None:
        """Who speaks here."""
        self.native.set_user(None, name)

    def add_video(self, name: str, config: VideoConfig) -> TrackWriter:
        """Add a rendition. Stock peers choose by the end of its name: 180p, 360p, 720p or 1080p.

        Raises:
            PublishError: the name is taken, or the configuration is one that stock peers do not read.
        """
        text = msgspec.json.encode(config).decode()
        return TrackWriter(direct(lambda: self.native.add_video(name, text)), name)

    def add_audio(self, name: str, config: AudioConfig, *, group_ms: int = 100) -> TrackWriter:
        """Add a rendition, whose packets travel in groups of `group_ms` milliseconds. Otherwise as `add_video`."""
        text = msgspec.json.encode(config).decode()
        return TrackWriter(direct(lambda: self.native.add_audio(name, text, group_ms / 1000)), name)

    def enable_chat(self) -> ChatPublisher:
        """Add the chat track. Raises PublishError the second time."""
        return ChatPublisher(direct(self.native.enable_chat))

    def close(self) -> None:
        """Retract it: peers see it end at once."""
        self.native.close()
