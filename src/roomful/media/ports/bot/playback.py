"""One film, played in real time: from its beginning, and from wherever it is put meanwhile."""

import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from roomful.media.ports.bot.film import Film
from roomful.media.ports.bot.plan import Command, FilmStatus, Pause, Resume, Seek
from roomful.media.ports.bot.sender import Sender
from roomful.media.ports.frames import TrackInfo
from roomful.media.ports.scene.clock import SECOND

LEAD_NS = SECOND // 20
"""Time before the first frame, in which the tracks become known."""
LAST_FRAME_NS = SECOND // 25
"""How long the last frame is to be seen before the film begins again: one picture at 25 a second."""
PAUSE_SECONDS = 10.0
"""How long a paused film sleeps at once."""

_command: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class Orders(Protocol):
    """Where commands come from and reports go to, as `worker.control.Control`."""

    def commands(self) -> list[bytes]: ...

    def send(self, message: msgspec.Struct) -> None: ...


class Playback:
    """See the module. Frames bear the times at which they are sent, over pauses and jumps too."""

    def __init__(
        self,
        opened: Callable[[], Film],
        sender: Sender,
        orders: Orders,
        *,
        loop: bool,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """`opened` is called for each turn. Raises Failed."""
        self._opened = opened
        self._sender = sender
        self._orders = orders
        self._loop = loop
        self._clock = clock
        self._film = opened()
        self._first: int | None = None
        """The film's own time of its first frame: a live stream begins at any."""
        self._origin = clock() + LEAD_NS
        self._zero = self._origin
        """When that frame was due, had all been played from there without a pause."""
        self._paused_at = 0
        """0: it is not paused."""
        self._sought: int | None = None
        """Time since the first frame from which it is to go on."""

    def run(self) -> None:
        """Play it to its end, or without end.

        Raises:
            Failed: it cannot be read on.
            Gone: nobody takes frames any more.
        """
        for strip in self._film.strips:
            width, height = strip.size
            source = "camera" if width else "microphone"
            channels = 0 if width else 2
            info = TrackInfo(source=source, width=width, height=height)
            self._sender.start(strip.number, strip.codec, info, channels)
        while True:
            length = self._turn()
            if self._sought is None:
                if not self._loop or not length:
                    return
                self._zero += length + LAST_FRAME_NS
            self._film.close()
            self._film = self._opened()

    def _turn(self) -> int:
        """Play on from where it was put to the end, or until it is put elsewhere; return when the last frame was."""
        sought, self._sought = self._sought, None
        if sought is not None and self._first is not None:
            self._film.seek(self._first + sought)
        latest, begun = 0, False
        for frame in self._film.frames():
            self._first = frame.at if self._first is None else self._first
            at = frame.at - self._first
            latest = max(latest, at)
            if not begun:
                begun = True
                if sought is not None:
                    self._go_on_from(at)
                self._report()
            self._wait_for(at)
            if self._sought is not None:
                break
            due = self._zero + at
            self._sender.send(
                frame.number, due - self._origin, due, frame.data, keyframe=frame.keyframe, level=frame.level
            )
        return latest

    def _go_on_from(self, at: int) -> None:
        now = self._clock()
        self._zero = now + LEAD_NS - at
        self._paused_at = now if self._paused_at else 0

    def _wait_for(self, at: int) -> None:
        """Wait for the time of a frame, and do what is asked meanwhile."""
        while self._sought is None:
            left = (self._zero + at - self._clock()) / SECOND
            self._sender.rest(PAUSE_SECONDS if self._paused_at else max(left, 0.0))
            self._listen()
            if not self._paused_at and self._zero + at <= self._clock():
                return

    def _listen(self) -> None:
        for line in self._orders.commands():
            now = self._clock()
            match _command.decode(line):
                case Pause() if not self._paused_at:
                    self._paused_at = now
                case Resume() if self._paused_at:
                    self._zero += now - self._paused_at
                    self._paused_at = 0
                case Seek(position=position) if self._film.duration:
                    self._sought = round(position * SECOND)
                    continue  # it is reported when it goes on from there
                case _:
                    pass
            self._report()

    def _report(self) -> None:
        now = self._clock()
        self._orders.send(
            FilmStatus(
                duration=self._film.duration / SECOND,
                position=max(0, (self._paused_at or now) - self._zero) / SECOND,
                at=now / SECOND,
                paused=bool(self._paused_at),
            )
        )
