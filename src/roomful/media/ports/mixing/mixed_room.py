"""One mixed room, from the wish to the end. It runs beside the room and never holds it up."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from enum import StrEnum, auto
from typing import Protocol

import msgspec

from roomful.media.api import MediaError
from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.frames_out import FramesOut, FramesOutApi
from roomful.media.ports.guest import Guest, GuestMedia
from roomful.media.ports.mixer import Mixer, MixerFailed, MixPlan, Status
from roomful.media.ports.mixer.plan import MAX_MEMBERS
from roomful.media.ports.mixing.desk import Desk
from roomful.media.ports.mixing.members import members_of
from roomful.media.ports.recording.selection import is_readable
from roomful.rooms.errors import RoomError
from roomful.rooms.events import (
    ParticipantJoined,
    ParticipantLeft,
    ParticipantUpdated,
    RoomClosing,
    RoomEvent,
    TrackMuted,
    TrackPublished,
    TrackUnpublished,
)
from roomful.rooms.ids import new_id
from roomful.rooms.model import ParticipantKind, TrackKind
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

log = logging.getLogger(__name__)

PAUSES = (0.0, 1.0, 5.0, 30.0)
"""Seconds before a mixer that died is started again; after the last it is given up, unless one was steady."""

STEADY_SECONDS = 60.0
STOP_SECONDS = 5.0


class MixMedia(GuestMedia, FramesOutApi, Protocol):
    """What mixing needs of the media engine."""


class MixState(StrEnum):
    """waiting → starting → active → (starting → active)* → ended."""

    WAITING = auto()
    """For somebody to come."""
    STARTING = auto()
    """A mixer is starting, the first or the next one."""
    ACTIVE = auto()
    ENDED = auto()


class MixInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How it is going, as the API tells. Participants are named by identity."""

    room: str
    state: MixState
    identity: str
    """Of the participant who publishes the mix."""
    layout: str
    """As it was wished."""
    shown: str = ""
    """The layout that is on show."""
    cells: list[str] = []
    """Who is in each cell, empty where nobody is."""
    floor: str = ""
    members: list[str] = []
    left_out: list[str] = []
    """Who finds no place in the mix."""
    unreadable: list[str] = []
    """Sids of tracks that are end-to-end encrypted."""
    playing: list[str] = []
    """Ids of the files that are played."""
    fps: float = 0.0
    """Pictures per second, fewer than configured where the machine does not keep up."""
    restarts: int = 0
    error: str = ""


class MixedRoom:
    """Begins with `begin`. `desk` is where things are set."""

    def __init__(self, media: MixMedia, room: Room, plan: MixPlan, on_over: Callable[["MixedRoom"], None]) -> None:
        self.room = room
        self.state = MixState.WAITING
        self.error = ""
        self.desk = Desk(room, plan.layout)
        self.on_rate: list[Callable[[float], None]] = []
        """Called with the pictures per second when they become fewer, or more again, as the machine keeps up."""
        self._rate = float(plan.fps)
        self._media = media
        self._plan = msgspec.structs.replace(plan, room_name=room.name, room_id=room.sid)
        self._on_over = on_over
        self._identity = new_id("MX_")
        self._restarts = -1
        self._status: Status | None = None
        self._frames: FramesOut | None = None
        self._guest: Guest | None = None
        self._awake = asyncio.Event()
        """There is somebody to mix for, or it is over."""
        self._started = asyncio.Event()
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def info(self) -> MixInfo:
        status, members = self._status, members_of(self.room)
        known = {sid: one.identity for sid, one in self.room.participants.items()}
        return MixInfo(
            room=self.room.name,
            state=self.state,
            identity=self._identity,
            layout=self.desk.layout,
            shown=status.shown if status else "",
            cells=[known.get(sid, "") for sid in status.cells] if status else [],
            floor=known.get(status.floor, "") if status else "",
            members=[one.identity for one in members[:MAX_MEMBERS]],
            left_out=[one.identity for one in members[MAX_MEMBERS:]],
            unreadable=[track.sid for track in self._tracks() if not is_readable(track)],
            playing=self.desk.playing,
            fps=status.fps if status else 0.0,
            restarts=max(0, self._restarts),
            error=self.error,
        )

    def begin(self) -> None:
        """From now on nobody gets anything but the mix.

        Raises:
            RoomError: the room is closed.
        """
        self._guest = Guest(self.room, self._media, self._request(), on_left=self._on_left, stays=True)
        self._entered(self._guest.sid)
        self.room.observers.add(self._on_event)
        self._task = asyncio.create_task(self._run(), name="mixed-room")
        self._changed()

    async def started(self) -> None:
        """Wait until the first mixer runs, or none will; there is nothing to wait for where nobody is."""
        if members_of(self.room):
            await self._started.wait()

    def stop(self, error: str = "") -> None:
        """End it: everybody gets everybody's tracks again. `finished` waits for the process."""
        if not self._over.is_set():
            self.state, self.error = MixState.ENDED, error
            for event in (self._over, self._awake, self._started):
                event.set()
            self._leave()
            self._on_over(self)

    async def finished(self) -> None:
        """Wait for the end."""
        if self._task is not None:
            await asyncio.shield(self._task)

    # The worker

    async def _run(self) -> None:
        try:
            await self._awake.wait()
            error = await self._mix_as_long_as_it_goes()
        except Exception:
            log.exception("a room is no longer mixed")
            error = "the mixer could not go on"
        self.stop(error)

    async def _mix_as_long_as_it_goes(self) -> str:
        """Run one mixer after the other until it is over; return what is wrong if it cannot go on."""
        failures = 0
        while not self._over.is_set():
            self.state = MixState.STARTING
            self._restarts += 1
            began = time.monotonic()
            error = await self._mix()
            if time.monotonic() - began > STEADY_SECONDS:
                failures = 0
            if failures == len(PAUSES):
                log.error("a room is no longer mixed", extra={"room": self.room.name, "reason": error})
                return f"the mixer does not run: {error}"
            if not self._over.is_set():
                log.warning("a mixer is started again", extra={"room": self.room.name, "reason": error})
                await self._pause(PAUSES[failures])
            failures += 1
        return ""

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass

    async def _mix(self) -> str:
        """Run one mixer from its start to its end; return why it ended."""
        plan = msgspec.structs.replace(self._plan, layout=self.desk.layout)
        try:
            mixer = await Mixer.start(plan, on_status=self._on_status, on_keyframe_wanted=self._on_keyframe_wanted)
        except (MixerFailed, OSError) as error:
            return str(error)
        talk = asyncio.create_task(self.desk.tell(mixer), name="mixer-orders")
        end = asyncio.create_task(self._over.wait(), name="mixer-end")
        ended = asyncio.create_task(mixer.ended(), name="mixer-ended")
        try:
            if self._guest is not None and not self._over.is_set():
                self._frames = FramesOut(self._media, self.room.sid, mixer.take_frames_fd())
                self._guest.play(mixer.take_output_fd())
                self._follow_tracks()
                self.state = MixState.ACTIVE
                self._started.set()
                await asyncio.wait([end, ended], return_when=asyncio.FIRST_COMPLETED)
        except MediaError as error:
            return str(error)
        finally:
            for task in (talk, end, ended):
                task.cancel()
            self._close_frames()
            await mixer.stop(STOP_SECONDS)
        return mixer.status.error

    def _on_status(self, status: Status) -> None:
        self._status = status
        self.desk.on_status(status)
        if status.fps and status.fps != self._rate:
            self._rate = status.fps
            for told in self.on_rate:
                told(status.fps)

    def _on_keyframe_wanted(self, track: str) -> None:
        if self._frames is not None:
            try:
                self._frames.request_keyframe(track)
            except MediaError as error:
                log.warning("a keyframe cannot be asked for", extra={"track": track, "reason": str(error)})

    # The room

    def _request(self) -> JoinRequest:
        """As whom the mix is published."""
        return JoinRequest(
            identity=self._identity,
            name="mix",
            permission=Permission(can_publish_data=False),
            kind=ParticipantKind.AGENT,
            protocol="mix",
            auto_subscribe=False,
        )

    def _entered(self, sid: str) -> None:
        """Who publishes the mix is in the room."""
        self.room.set_mixer(sid, time.time())

    def _on_event(self, event: RoomEvent) -> None:
        match event:
            case RoomClosing():
                self.stop()
            case ParticipantJoined() | ParticipantLeft() | ParticipantUpdated():
                self._changed()
            case TrackPublished() | TrackUnpublished():
                self._changed()
            case TrackMuted() if self._frames is not None and event.sid in self._frames.tracks:
                self._frames.mark({"mute": event.sid, "muted": event.muted})
            case _:
                pass

    def _on_left(self, reason: str) -> None:
        """The participant who publishes the mix is gone."""
        self.stop(reason)

    def _changed(self) -> None:
        self._follow_tracks()
        self.desk.changed()
        if members_of(self.room):
            self._awake.set()

    def _tracks(self) -> Iterable[Track]:
        """What members publish and a mix can show or play."""
        for member in members_of(self.room)[:MAX_MEMBERS]:
            for track in member.tracks.values():
                if track.published and (track.kind is TrackKind.AUDIO or self._plan.video_codecs):
                    yield track

    def _follow_tracks(self) -> None:
        """Let the engine write the tracks that are there to the mixer, and no others."""
        if self._frames is None or self._guest is None or self._over.is_set():
            return
        wanted = {track.sid: track for track in self._tracks() if is_readable(track)}
        try:
            for sid in self._frames.tracks - wanted.keys():
                self._frames.remove(sid)
            for sid in [sid for sid in wanted if sid not in self._frames.tracks]:
                publisher = self.room.participants[wanted[sid].publisher]
                source = wanted[sid].source.value
                self._frames.add(TrackInfo(sid, publisher.sid, publisher.identity, source, publisher.name))
                # Who is not asked for by anybody stops sending.
                self.room.subscribe(self._guest.sid, [sid], time.time())
        except (MediaError, RoomError) as error:
            log.warning("a track is left out of a mix", extra={"room": self.room.name, "reason": str(error)})

    def _close_frames(self) -> None:
        frames, self._frames = self._frames, None
        if frames is not None:
            try:
                frames.close()
            except MediaError as error:
                log.warning("the frames of a mix could not be ended", extra={"reason": str(error)})

    def _leave(self) -> None:
        self.room.observers.discard(self._on_event)
        self._close_frames()
        guest, self._guest = self._guest, None
        if guest is not None:
            guest.leave()
