"""The worker process: frames out, as the plan says."""

import contextlib
import heapq
import os
import signal
import socket
import time
from collections.abc import Callable

from roomful.media.ports.bot.echo import TICK_SECONDS, Echoing
from roomful.media.ports.bot.film import Film
from roomful.media.ports.bot.pattern import AUDIO_FRAME, Picture, moments, sound
from roomful.media.ports.bot.plan import Act, BotPlan, Echo, Pattern, Play, Pull
from roomful.media.ports.bot.sender import Gone, Sender
from roomful.media.ports.encoding import OpusEncoder, Vp8Encoder
from roomful.media.ports.frames import BadRecord, Codec, TrackInfo
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.voice import RATE
from roomful.media.ports.worker.control import BadPlan, Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Reason, State, WorkerStatus

PICTURE, SOUND = 0, 1
"""Numbers of the tracks of a pattern."""

LEAD_NS = SECOND // 20
"""Time before the first frame, in which the tracks become known."""


def perform(plan: Act, sender: Sender, frames_fd: int, control: Control) -> None:
    """Do what is planned.

    Raises:
        Failed: it cannot be done.
        Gone: nobody takes frames any more.
        BadRecord: the stream of an echo is broken.
    """
    match plan:
        case Pattern():
            _show(plan, sender)
        case Play(path=path, loop=loop):
            _play(lambda: Film(path, sender.keyframe_wanted), sender, loop=loop)
        case Pull(url=url):
            _play(lambda: Film(url, sender.keyframe_wanted, remote=True), sender, loop=False)
        case Echo():
            Echoing(plan, sender).run(Intake(frames_fd, control, tick_seconds=TICK_SECONDS))


def _show(plan: Pattern, sender: Sender) -> None:
    picture, vp8, opus = Picture(plan), Vp8Encoder(plan.width, plan.height, plan.fps), OpusEncoder()
    sender.start(PICTURE, Codec.VP8, TrackInfo(source="camera", width=plan.width, height=plan.height))
    sender.start(SOUND, Codec.OPUS, TrackInfo(source="microphone"), channels=2)
    start = time.time_ns() + LEAD_NS
    end = start + round(plan.seconds * SECOND) if plan.seconds else None
    pictures = ((at, PICTURE) for at in moments(start, SECOND // plan.fps))
    sounds = ((at, SOUND) for at in moments(start, AUDIO_FRAME * SECOND // RATE))
    for at, number in heapq.merge(pictures, sounds):
        if end is not None and at >= end:
            return
        sender.wait_until(at)
        if number == PICTURE:
            for data, keyframe in vp8.encode(picture.at(at), keyframe=sender.keyframe_wanted(PICTURE)):
                sender.send(PICTURE, at - start, at, data, keyframe=keyframe)
        else:
            for data in opus.encode(sound(plan.tone, at)):
                sender.send(SOUND, at - start, at, data, keyframe=True)


def _play(opened: Callable[[], Film], sender: Sender, *, loop: bool) -> None:
    film = opened()
    for strip in film.strips:
        width, height = strip.size
        source = "camera" if width else "microphone"
        channels = 0 if width else 2
        sender.start(strip.number, strip.codec, TrackInfo(source=source, width=width, height=height), channels)
    start, shown = time.time_ns() + LEAD_NS, 0
    while True:
        first, length = None, 0
        for frame in film.frames():
            # A live stream begins at any time.
            first = frame.at if first is None else first
            at = shown + frame.at - first
            length = max(length, frame.at - first)
            sender.wait_until(start + at)
            sender.send(frame.number, at, start + at, frame.data, keyframe=frame.keyframe)
        if not loop or not length:
            return
        # The last frame lasts a while too: one picture at 25 a second.
        shown += length + SECOND // 25
        film.close()
        film = opened()


def run(frames_fd: int, control_fd: int, output_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    # A Ctrl-C in a terminal goes to the whole process group; the server decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = Control(control_fd)
    try:
        plan = control.read_plan(BotPlan).act
    except BadPlan as error:
        _report(control, State.FAILED, Reason.BAD_PLAN, str(error))
        return 2
    if not isinstance(plan, Echo):
        os.close(frames_fd)
    sender = Sender(socket.socket(fileno=output_fd), control)
    _report(control, State.ACTIVE)
    try:
        perform(plan, sender, frames_fd, control)
        sender.stop()
    except (Failed, BadRecord) as error:
        with contextlib.suppress(Gone):
            sender.stop()
        reason = error.reason if isinstance(error, Failed) else Reason.BAD_INPUT
        _report(control, State.FAILED, reason, str(error))
        return 1
    except Gone:
        pass  # as it ends for all who have nothing to say any more
    _report(control, State.COMPLETE)
    return 0


def _report(control: Control, state: State, reason: Reason | None = None, error: str = "") -> None:
    with contextlib.suppress(OSError):
        control.send(WorkerStatus(state=state, reason=reason, error=error))
