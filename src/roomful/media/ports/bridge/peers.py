"""The worker's way in: what peers broadcast goes to the engine as frames (specs/iroh-rooms.md §17.2, §17.4)."""

import asyncio
import contextlib
import itertools
import re
import time
from collections.abc import Callable

from roomful.media.ports.bot.sender import Gone, Sender
from roomful.media.ports.bridge.h264 import BadAccessUnit, ToWebRtc
from roomful.media.ports.bridge.plan import BridgePlan
from roomful.media.ports.bridge.states import PeerArrived, PeerLeft, PeerReport, PeerSaid, Unbridgeable
from roomful.media.ports.bridge.timeline import CaptureClock, MediaTime, opus_duration_ns
from roomful.media.ports.frames import Codec, TrackInfo
from roomful.media.ports.frames_out import TRACK_NUMBERS
from roomful.p2p import (
    AudioConfig,
    BroadcastEnded,
    BroadcastSubscribed,
    Catalog,
    ChatReceived,
    EndpointId,
    IrohRoomsError,
    MediaTrack,
    PeerJoined,
    PeerUpdated,
    RemoteAnnounced,
    RemoteBroadcast,
    RoomEvent,
    VideoConfig,
)
from roomful.p2p import PeerLeft as PeerGone

MAX_PIXELS = 1280 * 720
"""Of the rendition that is read, where there is a choice."""

RETRY_SECONDS = 0.5
_CUSTOMARY = re.compile(r"(?:camera|cam|(?P<screen>screen))(?:-\d+)?")
"""Broadcasts whose tracks need no name of their own; with a number what was added to them later."""


class Peers:
    """Who is there, and what of it is wanted."""

    def __init__(
        self, plan: BridgePlan, siblings: set[EndpointId], sender: Sender, report: Callable[[PeerReport], None]
    ) -> None:
        """`siblings` are the endpoints of this bridge itself, which are nobody."""
        self._plan = plan
        self._siblings = siblings
        self._sender = sender
        self._report = report
        self._numbers = itertools.count()
        self._names: dict[str, str | None] = {}
        """What they call themselves."""
        self._told: dict[str, str] = {}
        """Who is somebody, and by which name that was reported."""
        self._admitted: set[str] = set()
        self._broadcasts: dict[str, dict[str, RemoteBroadcast]] = {}
        self._reading: dict[tuple[str, str], asyncio.Task[None]] = {}

    def hear(self, event: RoomEvent) -> None:
        """Deal with an event of the room of peers."""
        match event:
            case PeerJoined(remote, name) | PeerUpdated(remote, name) if self._counts(remote):
                self._names[str(remote)] = name
                # Neither name nor broadcast has, besides others, the door of another bridge: it is nobody.
                if name or str(remote) in self._told:
                    self._tell(remote, name or remote.short)
            case RemoteAnnounced(remote, broadcasts) if broadcasts and self._counts(remote):
                if str(remote) not in self._told:
                    self._tell(remote, self._names.get(str(remote)) or remote.short)
            case PeerGone(remote) if self._counts(remote):
                self.dismiss(str(remote))
                self._names.pop(str(remote), None)
                if self._told.pop(str(remote), None) is not None:
                    self._report(PeerLeft(peer=str(remote)))
            case BroadcastSubscribed(broadcast) if self._counts(broadcast.remote):
                peer = str(broadcast.remote)
                if self._names.get(peer) is None and broadcast.catalog.user:
                    self._tell(broadcast.remote, broadcast.catalog.user)
                self._broadcasts.setdefault(peer, {})[broadcast.name] = broadcast
                if peer in self._admitted:
                    self._read(peer, broadcast)
            case BroadcastEnded(remote, name, _) if self._counts(remote):
                self._broadcasts.get(str(remote), {}).pop(name, None)
                self._stop(str(remote), name)
            case ChatReceived(remote, message) if str(remote) in self._admitted and not message.backlog:
                self._report(PeerSaid(peer=str(remote), text=message.text))
            case _:
                pass

    def admit(self, peer: str) -> None:
        """It is a participant: read what it broadcasts."""
        if peer not in self._admitted:
            self._admitted.add(peer)
            for broadcast in self._broadcasts.get(peer, {}).values():
                self._read(peer, broadcast)

    def dismiss(self, peer: str) -> None:
        """It is none: read nothing more of it."""
        self._admitted.discard(peer)
        for of, name in list(self._reading):
            if of == peer:
                self._stop(peer, name)

    async def close(self) -> None:
        """Stop reading."""
        for task in self._reading.values():
            task.cancel()
        await asyncio.gather(*self._reading.values(), return_exceptions=True)

    def _tell(self, remote: EndpointId, name: str) -> None:
        if self._told.get(str(remote)) != name:
            self._told[str(remote)] = name
            self._report(PeerArrived(peer=str(remote), name=name))

    def _counts(self, remote: EndpointId) -> bool:
        return remote not in self._siblings and self._plan.allows(str(remote))

    def _read(self, peer: str, broadcast: RemoteBroadcast) -> None:
        self._stop(peer, broadcast.name)
        reading = _Reading(peer, broadcast, self._sender, self._report, self._numbers)
        self._reading[peer, broadcast.name] = asyncio.create_task(reading.run())

    def _stop(self, peer: str, name: str) -> None:
        task = self._reading.pop((peer, name), None)
        if task is not None:
            task.cancel()


class _Reading:
    """Reads one broadcast: the video that fits best, and its sound."""

    def __init__(
        self,
        peer: str,
        broadcast: RemoteBroadcast,
        sender: Sender,
        report: Callable[[PeerReport], None],
        numbers: "itertools.count[int]",
    ) -> None:
        self._peer = peer
        self._broadcast = broadcast
        self._sender = sender
        self._report = report
        self._numbers = numbers
        self._tracks: dict[str, asyncio.Task[None]] = {}
        self._told: set[str] = set()

    async def run(self) -> None:
        try:
            async for catalog in self._broadcast.catalog_updates():
                self._follow(catalog)
        finally:
            for task in self._tracks.values():
                task.cancel()

    def _follow(self, catalog: Catalog) -> None:
        wanted: set[str] = set()
        for choice, all_of_kind in ((video_choice(catalog), catalog.video), (audio_choice(catalog), catalog.audio)):
            if choice is not None:
                wanted.add(choice)
            elif all_of_kind:
                self._refuse(", ".join(sorted({config.codec for config in all_of_kind.values()})))
        for name in self._tracks.keys() - wanted:
            self._tracks.pop(name).cancel()
        for name in wanted - self._tracks.keys():
            self._tracks[name] = asyncio.create_task(self._forward(name, is_video=name in catalog.video))

    async def _forward(self, name: str, *, is_video: bool) -> None:
        number = next(self._numbers) % TRACK_NUMBERS
        while True:
            try:
                track = await (self._broadcast.video(name) if is_video else self._broadcast.audio(name))
            except IrohRoomsError:
                return  # the catalog or the broadcast says the rest
            line = _Line(number, self._info(track, is_video=is_video), track.config, self._sender)
            try:
                async with track:
                    await line.forward(track)
            except NotBridgeable as refusal:
                self._refuse(str(refusal))
                return
            except Gone:
                return  # so is the bridge, in a moment
            finally:
                line.end()
            # It broke off, and is offered still.
            await asyncio.sleep(RETRY_SECONDS)

    def _info(self, track: MediaTrack, *, is_video: bool) -> TrackInfo:
        customary = _CUSTOMARY.fullmatch(self._broadcast.name)
        screen = customary is not None and customary["screen"] is not None
        config = track.config
        if isinstance(config, VideoConfig):
            source = "screen_share" if screen else "camera"
            size = (config.coded_width or 0, config.coded_height or 0)
        else:
            source, size = "screen_share_audio" if screen else "microphone", (0, 0)
        name = "" if customary else self._broadcast.name
        return TrackInfo(identity=self._peer, source=source, name=name, width=size[0], height=size[1])

    def _refuse(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._report(Unbridgeable(who=self._peer, what=f"{self._broadcast.name}: {what}"))


class NotBridgeable(Exception):
    """WebRTC cannot carry it."""


class _Line:
    """One rendition on its way to the engine, as one track."""

    def __init__(self, number: int, info: TrackInfo, config: VideoConfig | AudioConfig, sender: Sender) -> None:
        self._number = number
        self._info = info
        self._sender = sender
        self._codec = codec_of(config)
        self._channels = min(config.number_of_channels, 2) if isinstance(config, AudioConfig) else 0
        self._h264 = ToWebRtc(config.description if isinstance(config, VideoConfig) else None)
        self._clock, self._time = CaptureClock(), MediaTime()
        self._started = False

    async def forward(self, track: MediaTrack) -> None:
        """Raises NotBridgeable and `Gone`."""
        group, newest = -1, -1
        async for frame in track:
            if self._codec is Codec.OPUS:
                self._sound(frame.timestamp_us, frame.payload)
                continue
            if frame.group == group and frame.timestamp_us < newest:
                raise NotBridgeable("its pictures are not in the order they are shown in (B-frames)")
            group, newest = frame.group, frame.timestamp_us
            self._picture(frame.timestamp_us, frame.payload)

    def end(self) -> None:
        if self._started:
            with contextlib.suppress(Gone):
                self._sender.end(self._number)

    def _sound(self, timestamp_us: int, packet: bytes) -> None:
        duration = opus_duration_ns(packet)
        if not duration:
            return
        self._start()
        at = self._time.after(timestamp_us, duration)
        wall = self._clock.captured(timestamp_us, time.time_ns())
        self._sender.send(self._number, at, wall, packet, keyframe=True)

    def _picture(self, timestamp_us: int, payload: bytes) -> None:
        if self._codec is Codec.H264:
            try:
                data, keyframe = self._h264.convert(payload)
            except BadAccessUnit as error:
                raise NotBridgeable(str(error)) from error
        else:
            data, keyframe = payload, bool(payload) and not payload[0] & 1
        if not data or not (keyframe or self._started):
            return
        self._start()
        at = self._time.at(timestamp_us)
        wall = self._clock.captured(timestamp_us, time.time_ns())
        self._sender.send(self._number, at, wall, data, keyframe=keyframe)

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._sender.start(self._number, self._codec, self._info, self._channels)


def codec_of(config: VideoConfig | AudioConfig) -> Codec:
    """Of a rendition that was chosen."""
    if isinstance(config, AudioConfig):
        return Codec.OPUS
    return Codec.VP8 if config.codec == "vp8" else Codec.H264


def video_choice(catalog: Catalog) -> str | None:
    """The largest H.264 or VP8 that is not larger than needed, else the smallest."""
    sizes = {
        name: (config.coded_width or 0) * (config.coded_height or 0)
        for name, config in catalog.video.items()
        if config.codec == "vp8" or config.codec.startswith(("avc1", "avc3"))
    }
    fitting = [name for name, size in sizes.items() if size <= MAX_PIXELS]
    if fitting:
        return max(fitting, key=lambda name: sizes[name])
    return min(sizes, key=lambda name: sizes[name], default=None)


def audio_choice(catalog: Catalog) -> str | None:
    """The Opus of most bits."""
    opus = {name: config.bitrate or 0 for name, config in catalog.audio.items() if config.codec == "opus"}
    return max(opus, key=lambda name: opus[name], default=None)
