"""The worker's way out: each participant is a peer, with name, broadcasts and chat (specs/iroh-rooms.md §17)."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from roomful.media.ports.bridge.h264 import codec_string
from roomful.media.ports.bridge.states import PeerReport, Unbridgeable
from roomful.media.ports.frames import Codec, Frame, TrackInfo, TrackStarted
from roomful.media.ports.worker.states import KeyframeWanted
from roomful.p2p import (
    AudioConfig,
    EndpointAddr,
    EndpointId,
    IrohRoomsError,
    Live,
    LiveConfig,
    LocalBroadcast,
    Room,
    RoomOptions,
    RoomTicket,
    TrackWriter,
    VideoConfig,
)

CHAT = "chat"
GATHERING_SECONDS = 0.3
"""Stock viewers read a catalog once: microphone and camera get so long to be in it together."""

LONGEST_GATHERING_SECONDS = 3.0
"""How long a track that is there already is waited for: until its first keyframe, nobody can say what it is."""

KEYFRAME_SECONDS = 2.0
"""Peers can begin, and skip what they missed, only at keyframes; they cannot ask for one."""

MAX_NAME_BYTES = 128
_HEIGHTS = (180, 360, 720, 1080)


@dataclass(frozen=True)
class Doorway:
    """How a participant gets into the room of peers."""

    config: Callable[[], LiveConfig]
    """With a new key each time."""
    ticket: RoomTicket
    addresses: list[EndpointAddr]
    siblings: set[EndpointId]
    report: Callable[[PeerReport | KeyframeWanted], None]


class Participants:
    """All participants of the room as peers, and the tracks that the engine sends."""

    def __init__(self, doorway: Doorway) -> None:
        self._doorway = doorway
        self._present: dict[str, Participant] = {}
        self._tracks: dict[int, Outgoing] = {}
        self._early: dict[int, TrackStarted] = {}
        """Tracks whose participant is not known yet: word of it comes another way than they do."""
        self._tasks: set[asyncio.Task[None]] = set()

    def arrived(self, sid: str, name: str) -> None:
        if sid not in self._present:
            participant = self._present[sid] = Participant(name, self._doorway)
            self._start(participant.run())
            for started in [one for one in self._early.values() if one.info.participant == sid]:
                self.begin(started)

    def renamed(self, sid: str, name: str) -> None:
        if participant := self._present.get(sid):
            self._start(participant.rename(name))

    def left(self, sid: str) -> None:
        if participant := self._present.pop(sid, None):
            self._tracks = {
                number: track for number, track in self._tracks.items() if track.participant is not participant
            }
            participant.leave()

    def said(self, sid: str, text: str) -> None:
        if participant := self._present.get(sid):
            self._start(participant.say(text))

    def begin(self, started: TrackStarted) -> None:
        self.end(started.track)
        participant = self._present.get(started.info.participant)
        if participant is None:
            self._early[started.track] = started
            return
        if started.codec not in {Codec.OPUS, Codec.H264, Codec.VP8}:
            self._doorway.report(Unbridgeable(who=started.info.participant, what=started.codec.mime))
            return
        track = self._tracks[started.track] = Outgoing(participant, started.codec, started.channels, started.info)
        participant.expect(track)

    def frame(self, frame: Frame) -> None:
        if track := self._tracks.get(frame.track):
            track.write(frame)

    def end(self, number: int) -> None:
        self._early.pop(number, None)
        if track := self._tracks.pop(number, None):
            self._start(track.participant.finish(track))

    def tick(self, now: float) -> None:
        """Ask for the keyframes that are due; `now` is monotonic seconds."""
        for track in self._tracks.values():
            if track.wants_keyframe(now):
                self._doorway.report(KeyframeWanted(track=track.info.sid))

    async def close(self) -> None:
        """Everybody leaves."""
        for sid in list(self._present):
            self.left(sid)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@dataclass
class _Broadcast:
    kind: str
    """camera or screen."""
    local: LocalBroadcast
    tracks: "set[Outgoing]" = field(default_factory=set["Outgoing"])
    published: bool = False


class Participant:
    """One participant as a peer: in the room of peers from `run` to `leave`."""

    def __init__(self, name: str, doorway: Doorway) -> None:
        self._name = name
        self._doorway = doorway
        self._room: Room | None = None
        self._leaving = asyncio.Event()
        self._broadcasts: dict[str, _Broadcast] = {}
        self._made: Counter[str] = Counter()
        """How many broadcasts there were of each kind."""
        self._coming: set[Outgoing] = set()
        """Tracks of which no frame has come yet."""
        self._placed = asyncio.Event()
        """One of them has."""
        self._said: list[str] = []
        self._publishing: set[asyncio.Task[None]] = set()
        self.epoch_ns = time.time_ns()
        """What the timestamps of all its tracks count from."""

    async def run(self) -> None:
        """Be there until `leave`."""
        try:
            async with Live.bind(self._doorway.config()) as live:
                self._doorway.siblings.add(live.endpoint_id)
                for address in self._doorway.addresses:
                    live.add_peer_addr(address)
                options = RoomOptions(auto_subscribe=False)
                async with await live.join_room(
                    self._doorway.ticket, display_name=display_name(self._name), options=options
                ) as room:
                    await self._settle(room)
                    await self._leaving.wait()
        except IrohRoomsError as error:
            self._doorway.report(Unbridgeable(who=self._name, what=str(error)))

    def leave(self) -> None:
        self._room = None
        self._leaving.set()

    async def rename(self, name: str) -> None:
        self._name = name
        if self._room is not None:
            with contextlib.suppress(IrohRoomsError):
                await self._room.set_display_name(display_name(name))

    async def say(self, text: str) -> None:
        if self._room is None:
            self._said.append(text)
            return
        try:
            await self._room.send_chat(text)
        except IrohRoomsError as error:
            self._doorway.report(Unbridgeable(who=self._name, what=f"a message: {error}"))

    def expect(self, track: "Outgoing") -> None:
        """It will be added, or finished before it ever was."""
        self._coming.add(track)

    def add(self, track: "Outgoing", config: VideoConfig | AudioConfig) -> TrackWriter | None:
        """Offer a track, in a broadcast of the kind that its source belongs to.

        Stock viewers look into a broadcast once: what comes when it is out already is in another, `camera-2`.
        """
        self._no_more_coming(track)
        gathering = (name for name, one in self._broadcasts.items() if one.kind == track.kind and not one.published)
        name = next(gathering, None) or self._new_broadcast(track.kind)
        broadcast = self._broadcasts[name]
        try:
            if isinstance(config, VideoConfig):
                writer = broadcast.local.add_video(rendition_name(track.info.height), config)
            else:
                writer = broadcast.local.add_audio("audio/opus-hq", config)
        except IrohRoomsError as error:
            self._doorway.report(Unbridgeable(who=self._name, what=f"{name}: {error}"))
            return None
        broadcast.tracks.add(track)
        track.broadcast = name
        return writer

    def _no_more_coming(self, track: "Outgoing") -> None:
        self._coming.discard(track)
        self._placed.set()

    def _new_broadcast(self, kind: str) -> str:
        self._made[kind] += 1
        name = kind if self._made[kind] == 1 else f"{kind}-{self._made[kind]}"
        broadcast = self._broadcasts[name] = _Broadcast(kind, LocalBroadcast(user=display_name(self._name)))
        self._soon(self._publish(name, broadcast))
        return name

    async def finish(self, track: "Outgoing") -> None:
        """Take a track away, and its broadcast with the last one."""
        track.finish()
        self._no_more_coming(track)
        broadcast = self._broadcasts.get(track.broadcast)
        if broadcast is None:
            return
        broadcast.tracks.discard(track)
        if broadcast.tracks:
            return
        del self._broadcasts[track.broadcast]
        broadcast.local.close()
        if broadcast.published and self._room is not None:
            with contextlib.suppress(IrohRoomsError):
                await self._room.unpublish(track.broadcast)

    async def _settle(self, room: Room) -> None:
        chat = LocalBroadcast(user=display_name(self._name))
        await room.set_chat_publisher(chat.enable_chat())
        await room.publish(CHAT, chat)
        self._room = room
        for name, broadcast in self._broadcasts.items():
            self._soon(self._publish(name, broadcast))
        for text in self._said:
            await self.say(text)
        self._soon(self._forget_events(room))

    async def _publish(self, name: str, broadcast: _Broadcast) -> None:
        await self._gather(broadcast.kind)
        if self._room is None or broadcast.published or self._broadcasts.get(name) is not broadcast:
            return
        broadcast.published = True
        try:
            await self._room.publish(name, broadcast.local)
        except IrohRoomsError as error:
            self._doorway.report(Unbridgeable(who=self._name, what=f"{name}: {error}"))

    async def _gather(self, kind: str) -> None:
        await asyncio.sleep(GATHERING_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_GATHERING_SECONDS - GATHERING_SECONDS):
                while any(track.kind == kind for track in self._coming):
                    self._placed.clear()
                    await self._placed.wait()

    @staticmethod
    async def _forget_events(room: Room) -> None:
        """The bridge's own endpoint listens for all; unread events would end the room."""
        async for _ in room:
            pass

    def _soon(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._publishing.add(task)
        task.add_done_callback(self._publishing.discard)


class Outgoing:
    """A track of a participant on its way to its broadcast."""

    def __init__(self, participant: Participant, codec: Codec, channels: int, info: TrackInfo) -> None:
        self.participant = participant
        self.info = info
        self.kind = "screen" if info.source.startswith("screen") else "camera"
        """Of the broadcasts that it may be in."""
        self.broadcast = ""
        """Name of the one that it is in."""
        self._codec = codec
        self._channels = channels or 2
        self._writer: TrackWriter | None = None
        self._refused = False
        self._newest_us = -1
        self._subscribed = False
        self._asked = 0.0

    def write(self, frame: Frame) -> None:
        """Write a frame, from the first one on that says what the track is."""
        if self._writer is None and not self._begin(frame):
            return
        # Sender reports may move the clock a little; frames of a group may not go back.
        self._newest_us = max(self._newest_us + 1, (frame.wall_ns - self.participant.epoch_ns) // 1000)
        if self._writer is not None:
            try:
                self._writer.write(self._newest_us, frame.data, keyframe=frame.keyframe)
            except IrohRoomsError:
                self._writer, self._refused = None, True

    def finish(self) -> None:
        if self._writer is not None:
            self._writer.finish()
        self._writer, self._refused = None, True

    def wants_keyframe(self, now: float) -> bool:
        """Whether it is time to ask for one: to begin with, when somebody begins to read, and every while."""
        if self._codec.is_audio or self._refused:
            return False
        subscribed = self._writer is None or self._writer.subscribed
        begun = subscribed and not self._subscribed
        self._subscribed = subscribed
        if not begun and not (subscribed and now - self._asked >= KEYFRAME_SECONDS):
            return False
        self._asked = now
        return True

    def _begin(self, frame: Frame) -> bool:
        if self._refused or not frame.data or not (frame.keyframe or self._codec.is_audio):
            return False
        config = self._config(frame)
        if config is not None:
            self._writer = self.participant.add(self, config)
            self._refused = self._writer is None
        return self._writer is not None

    def _config(self, frame: Frame) -> VideoConfig | AudioConfig | None:
        if self._codec.is_audio:
            return AudioConfig(codec="opus", sample_rate=48_000, number_of_channels=self._channels)
        codec = "vp8" if self._codec is Codec.VP8 else codec_string(frame.data)
        if codec is None:
            return None
        return VideoConfig(codec=codec, coded_width=self.info.width or None, coded_height=self.info.height or None)


def rendition_name(height: int) -> str:
    """Stock viewers choose by the end of the name; a height that is not known counts as 720."""
    nearest = min(_HEIGHTS, key=lambda one: abs(one - (height or 720)))
    return f"video/h264-webrtc-{nearest}p"


def display_name(name: str) -> str:
    """As much of it as peers may have."""
    return name.encode()[:MAX_NAME_BYTES].decode(errors="ignore")
