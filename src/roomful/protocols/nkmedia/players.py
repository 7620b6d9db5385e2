"""Films that are played to one session each: of the server's own folder, or from a URL. specs/nkmedia.md §9.4, §9.9."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from roomful.media.api import MediaError
from roomful.media.ports.bot import BotFailed, BotPlan, BotProcess, Command, FilmStatus, Play, Pull
from roomful.media.ports.films import find_film
from roomful.media.ports.guest import Guest, GuestMedia
from roomful.media.ports.worker import State
from roomful.media.ports.worker.states import Reason
from roomful.outgoing import AddressRules
from roomful.protocols.nkmedia.codes import Code, NkError
from roomful.protocols.nkmedia.screen import Screen, Viewer
from roomful.rooms.errors import RoomError
from roomful.rooms.ids import new_id
from roomful.rooms.model import ParticipantKind
from roomful.rooms.participant import JoinRequest
from roomful.rooms.permissions import Permission
from roomful.rooms.room import Room

MAX_PLAYING = 64
"""Films of a server at the same time; each is a process."""
STOP_SECONDS = 5.0
SHORTEST_TURN = 1.0
"""Seconds; what takes less from a URL is not begun again without end."""

_HTTP = ("http://", "https://")

logger = logging.getLogger(__name__)

OnEnd = Callable[[Code], None]
"""Called once: NORMAL_TERMINATION, INVALID_URI (it cannot be played) or SESSION_FAILED."""


class Film(msgspec.Struct, frozen=True):
    """What can be played."""

    uri: str
    act: Play | Pull


class Player(Protocol):
    """One film that is being played."""

    @property
    def sid(self) -> str:
        """Of the guest who plays it in a room; empty: it is in no room."""
        ...

    @property
    def is_over(self) -> bool: ...

    @property
    def status(self) -> FilmStatus | None:
        """None: the film has not begun."""
        ...

    def order(self, command: Command) -> None:
        """Let it pause, go on, or go elsewhere."""
        ...

    def stop(self) -> None: ...


class PlayersApi(Protocol):
    """Plays films."""

    def find(self, uri: str) -> Film:
        """The film.

        Raises NkError: INVALID_VALUE, it is not in the folder; INVALID_URI, it is not there; NO_MEDIASERVER, too many
        films are played.
        """
        ...

    def start(self, room: Room, film: Film, loops: int, on_end: OnEnd) -> Player:
        """Let a hidden guest of the room play it. Raises NkError, RoomError, MediaError."""
        ...

    def show(self, viewer: Viewer, film: Film, loops: int, on_end: OnEnd) -> Player:
        """Play it to a connection that is in no room. Raises NkError."""
        ...


class _Taker(Protocol):
    """Where the frames go. It says once that it has left."""

    @property
    def sid(self) -> str: ...

    def play(self, frames_fd: int) -> None:
        """Raises MediaError."""
        ...

    def leave(self) -> None: ...


class Players:
    """With the server's bot workers."""

    def __init__(self, media: GuestMedia, films: Path | None, rules: AddressRules) -> None:
        """`films` is the folder of the server's own; `rules` says where URLs may lead."""
        self._media = media
        self._films = films
        self._rules = rules
        self._playing: set[_Playing] = set()

    def find(self, uri: str) -> Film:
        self._check_place()
        if uri.startswith(_HTTP):
            return Film(uri, Pull(url=uri, allow=self._rules.allow, deny=self._rules.deny))
        name = uri.removeprefix("file://")
        try:
            path = find_film(self._films, name)
        except RoomError:
            if self._films is None or _leads_out(self._films, name):
                raise NkError(Code.INVALID_VALUE, "uri") from None
            raise NkError(Code.INVALID_URI) from None
        return Film(f"file://{path}", Play(path=str(path)))

    def start(self, room: Room, film: Film, loops: int, on_end: OnEnd) -> Player:
        request = JoinRequest(
            identity=new_id("player_"),
            name="Player",
            permission=Permission(can_subscribe=False, can_publish_data=False, hidden=True),
            kind=ParticipantKind.AGENT,
            protocol="player",
            auto_subscribe=False,
            passes_lobby=True,
        )
        return self._play(lambda left: Guest(room, self._media, request, on_left=left, stays=True), film, loops, on_end)

    def show(self, viewer: Viewer, film: Film, loops: int, on_end: OnEnd) -> Player:
        return self._play(lambda left: Screen(self._media, viewer, left), film, loops, on_end)

    def _play(self, enter: Callable[[Callable[[str], None]], _Taker], film: Film, loops: int, on_end: OnEnd) -> Player:
        self._check_place()

        def ended(code: Code) -> None:
            self._playing.discard(playing)
            on_end(code)

        playing = _Playing(enter, film, loops, ended)
        self._playing.add(playing)
        return playing

    def _check_place(self) -> None:
        if len(self._playing) >= MAX_PLAYING:
            raise NkError(Code.NO_MEDIASERVER)

    async def close(self) -> None:
        """End all."""
        playing = list(self._playing)
        for one in playing:
            one.stop()
        await asyncio.gather(*(one.finished() for one in playing), return_exceptions=True)


class _Playing:
    def __init__(self, enter: Callable[[Callable[[str], None]], _Taker], film: Film, loops: int, on_end: OnEnd) -> None:
        """Raises RoomError, MediaError."""
        self._film = film
        self._on_end = on_end
        self._code = Code.NORMAL_TERMINATION
        self._has_left = False
        self._ended = asyncio.Event()
        """The film has been played once, or nobody takes it any more."""
        self._process: BotProcess | None = None
        self._orders: set[asyncio.Task[None]] = set()
        self._taker = enter(self._on_left)
        self._task = asyncio.create_task(self._play(loops), name="nkmedia-player")

    @property
    def sid(self) -> str:
        return self._taker.sid

    @property
    def is_over(self) -> bool:
        return self._has_left

    @property
    def status(self) -> FilmStatus | None:
        return None if self._process is None else self._process.film

    def order(self, command: Command) -> None:
        if self._process is not None:
            order = asyncio.create_task(self._process.order(command))
            self._orders.add(order)
            order.add_done_callback(self._orders.discard)

    def stop(self) -> None:
        self._taker.leave()

    async def finished(self) -> None:
        await self._task

    async def _play(self, loops: int) -> None:
        act = self._film.act
        if isinstance(act, Play) and loops == 0:
            act, loops = msgspec.structs.replace(act, loop=True), 1  # by itself, without a gap
        clock = asyncio.get_running_loop().time
        try:
            for _ in range(loops) if loops else itertools.count():
                began = clock()
                await self._once(act)
                if self.is_over or (not loops and clock() - began < SHORTEST_TURN):
                    break
        except (BotFailed, MediaError) as error:
            logger.warning("a film is not played", extra={"uri": self._film.uri, "reason": str(error)})
            self._code = Code.SESSION_FAILED
        finally:
            self._taker.leave()

    async def _once(self, act: Play | Pull) -> None:
        """Raises BotFailed, MediaError."""
        self._ended.clear()
        process = self._process = await BotProcess.start(
            BotPlan(act=act), on_status=lambda status: self._ended.set() if status.state.final else None
        )
        try:
            if not self.is_over:
                self._taker.play(process.take_output_fd())
                await self._ended.wait()
        finally:
            await process.stop(STOP_SECONDS)
        if process.status.state is State.FAILED and not self.is_over:
            self._code = Code.INVALID_URI if process.status.reason is Reason.BAD_INPUT else Code.SESSION_FAILED
            self._taker.leave()

    def _on_left(self, reason: str) -> None:
        if reason:
            logger.info("a film ended", extra={"uri": self._film.uri, "reason": reason})
        self._has_left = True
        self._ended.set()
        self._on_end(self._code)


def _leads_out(films: Path, name: str) -> bool:
    try:
        return not (films / name).resolve().is_relative_to(films.resolve())
    except (ValueError, OSError):  # no file could have such a name
        return True
