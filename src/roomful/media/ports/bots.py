"""The bots of this server: which ones there are, and how they come and go."""

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from roomful.media.ports.bot import Act, BotPlan, BotProcess, Echo
from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.frames_out import FramesOut, FramesOutApi
from roomful.media.ports.guest import Guest, GuestMedia
from roomful.media.ports.worker import State, WorkerStatus
from roomful.rooms.errors import RoomError, RoomErrorCode
from roomful.rooms.events import ParticipantLeft, RoomEvent, TrackPublished, TrackUnpublished
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room
from roomful.rooms.tracks import Track

log = logging.getLogger(__name__)

MAX_BOTS = 256
"""Bots of one server. Each with frames is a process."""

STOP_SECONDS = 5.0


class BotsMedia(GuestMedia, FramesOutApi, Protocol):
    """What bots need of the media engine."""


class Bot(msgspec.Struct, kw_only=True):
    """One bot, as it is at the moment."""

    id: str
    room: str
    identity: str
    does: str
    """`play`, `pattern`, `echo` or `watch`."""
    started_at: float
    """Unix seconds."""
    state: State = State.STARTING
    error: str = ""


class Bots:
    """Starts and stops bots. One that ends is forgotten; its end is logged."""

    def __init__(self, media: BotsMedia) -> None:
        self._media = media
        self._running: dict[str, _Running] = {}
        self._numbers = itertools.count(1)

    def __iter__(self) -> Iterator[Bot]:
        return iter([running.bot for running in self._running.values()])

    async def start(self, room: Room, act: Act, identity: str = "", name: str = "", *, whom: str = "") -> Bot:
        """Let a bot enter a room. `whom` is the identity of whom an echo repeats.

        Raises:
            RoomError: there are too many bots, nobody is called `whom`, or the bot may not enter.
            BotFailed: its worker did not come up.
        """
        self._check_room_for(1)
        does = str(act.__struct_config__.tag)
        bot = self._new(room, does, identity)
        running = _Running(bot, room, self._media, self._forget)
        self._running[bot.id] = running
        try:
            await running.start(act, name, whom)
        except BaseException:
            self._running.pop(bot.id, None)
            raise
        return bot

    def watch(self, room: Room, count: int, identity: str = "viewer") -> list[Bot]:
        """Let simulated viewers enter: participants that publish nothing and get no media.

        Raises:
            RoomError: there are too many bots, or the room is full; those that are in stay.
        """
        self._check_room_for(count)
        bots: list[Bot] = []
        for number in range(1, count + 1):
            bot = self._new(room, "watch", f"{identity}-{number}")
            running = _Running(bot, room, self._media, self._forget)
            running.enter(f"{identity} {number}", None, Permission(can_publish=False))
            self._running[bot.id] = running
            bots.append(bot)
        return bots

    async def stop(self, room: Room, identity: str) -> bool:
        """Let a bot leave; return whether there was one."""
        found = [one for one in self._running.values() if one.bot.room == room.name and one.bot.identity == identity]
        for running in found:
            await running.stop()
        return bool(found)

    async def close(self) -> None:
        """Let all bots leave."""
        await asyncio.gather(*(running.stop() for running in list(self._running.values())))

    def _check_room_for(self, count: int) -> None:
        if len(self._running) + count > MAX_BOTS:
            raise RoomError(RoomErrorCode.RESOURCE_EXHAUSTED, f"a server has {MAX_BOTS} bots at most")

    def _new(self, room: Room, does: str, identity: str) -> Bot:
        return Bot(
            id=f"BOT_{secrets.token_urlsafe(9)}",
            room=room.name,
            identity=identity or f"{does}-{next(self._numbers)}",
            does=does,
            started_at=time.time(),
        )

    def _forget(self, bot: Bot) -> None:
        self._running.pop(bot.id, None)
        log.info("bot left", extra={"room": bot.room, "identity": bot.identity, "error": bot.error})


class _Running:
    """A bot with its participant and its process."""

    def __init__(self, bot: Bot, room: Room, media: BotsMedia, on_end: Callable[[Bot], None]) -> None:
        self.bot = bot
        self._room = room
        self._media = media
        self._on_end = on_end
        self._process: BotProcess | None = None
        self._guest: Guest | None = None
        self._heard: _Repeated | None = None

    async def start(self, act: Act, name: str, whom: str) -> None:
        if isinstance(act, Echo):
            _present(self._room, whom)
        self._process = process = await BotProcess.start(BotPlan(act=act), on_status=self._follow)
        try:
            if isinstance(act, Echo):
                self._heard = _Repeated(self._room, self._media, process.take_frames_fd(), whom)
            self.enter(name, process.take_output_fd(), Permission(can_subscribe=isinstance(act, Echo)))
        except BaseException:
            await self.stop()
            raise

    def enter(self, name: str, frames_fd: int | None, permission: Permission) -> None:
        request = JoinRequest(
            identity=self.bot.identity,
            name=name or self.bot.identity,
            permission=permission,
            protocol="bot",
            client={"sdk": "bot"},
        )
        self._guest = Guest(self._room, self._media, request, frames_fd=frames_fd, on_left=self._left)
        self.bot.state = State.ACTIVE

    async def stop(self) -> None:
        if self._guest is not None:
            self._guest.leave()
        if self._heard is not None:
            self._heard.close()
        if self._process is not None:
            try:
                await self._process.finished(STOP_SECONDS)
            except TimeoutError:
                await self._process.kill()

    def _follow(self, status: WorkerStatus) -> None:
        self.bot.state = status.state
        self.bot.error = status.error
        if status.state.final and self._guest is not None:
            self._guest.leave(status.error)

    def _left(self, reason: str) -> None:
        if self._heard is not None:
            self._heard.close()
        self.bot.error = self.bot.error or reason
        self.bot.state = self.bot.state if self.bot.state.final else State.COMPLETE
        self._on_end(self.bot)


class _Repeated:
    """The tracks of whom an echo repeats, on their way to its worker."""

    def __init__(self, room: Room, media: FramesOutApi, fd: int, whom: str) -> None:
        self._room = room
        self._sid = _present(room, whom)
        self._frames = FramesOut(media, room.sid, fd)
        room.observers.add(self._observe)
        for track in room.participant(self._sid).tracks.values():
            if track.published:
                self._add(track)

    def close(self) -> None:
        self._room.observers.discard(self._observe)
        self._frames.close()

    def _observe(self, event: RoomEvent) -> None:
        match event:
            case TrackPublished(publisher=self._sid):
                self._add(self._room.track(event.sid))
            case TrackUnpublished(publisher=self._sid):
                self._frames.remove(event.sid)
            case ParticipantLeft(sid=self._sid):
                self.close()
            case _:
                pass

    def _add(self, track: Track) -> None:
        self._frames.add(TrackInfo(track.sid, self._sid, source=track.source, name=track.name))


def _present(room: Room, identity: str) -> str:
    """Return the sid of somebody; raise NOT_FOUND."""
    participant = room.find(identity)
    if participant is None:
        raise RoomError(RoomErrorCode.NOT_FOUND, f"nobody in the room is called {identity!r}")
    return participant.sid
