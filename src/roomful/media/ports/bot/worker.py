"""The worker process: frames out, as the plan says."""

import contextlib
import heapq
import os
import socket
import time
from functools import partial

from roomful.media.ports.bot.echo import TICK_SECONDS, Echoing
from roomful.media.ports.bot.film import Film
from roomful.media.ports.bot.pattern import AUDIO_FRAME, Picture, moments, sound
from roomful.media.ports.bot.plan import Act, BotPlan, Echo, Pattern, Play, Pull
from roomful.media.ports.bot.playback import LEAD_NS, Playback
from roomful.media.ports.bot.remote import RemoteFilm
from roomful.media.ports.bot.sender import Gone, Sender
from roomful.media.ports.encoding import OpusEncoder, Vp8Encoder
from roomful.media.ports.frames import BadRecord, Codec, TrackInfo
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.voice import RATE
from roomful.media.ports.worker.control import Control
from roomful.media.ports.worker.intake import Intake
from roomful.media.ports.worker.states import Failed, Reason, State, WorkerStatus
from roomful.media.ports.worker.work import run_worker

PICTURE, SOUND = 0, 1
"""Numbers of the tracks of a pattern."""


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
        case Play(path=path, volume=volume, pictures=pictures):
            film = partial(Film, path, sender.keyframe_wanted, volume=volume, pictures=pictures)
            Playback(film, sender, control, loop=plan.loop).run()
        case Pull():
            Playback(lambda: RemoteFilm(plan, sender.keyframe_wanted), sender, control, loop=False).run()
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
            for packet in opus.encode(sound(plan.tone, at)):
                sender.send(SOUND, at - start, at, packet.data, keyframe=True, level=packet.level)


def run(frames_fd: int, control_fd: int, output_fd: int) -> int:
    """Run a worker on inherited descriptors; return the exit code of the process."""
    output = socket.socket(fileno=output_fd)
    return run_worker(
        control_fd, BotPlan, WorkerStatus, lambda plan, control: _work(plan.act, frames_fd, control, output)
    )


def _work(plan: Act, frames_fd: int, control: Control, output: socket.socket) -> bool:
    if not isinstance(plan, Echo):
        os.close(frames_fd)
    sender = Sender(output, control)
    _report(control, State.ACTIVE)
    try:
        perform(plan, sender, frames_fd, control)
        sender.stop()
    except (Failed, BadRecord) as error:
        with contextlib.suppress(Gone):
            sender.stop()
        reason = error.reason if isinstance(error, Failed) else Reason.BAD_INPUT
        _report(control, State.FAILED, reason, str(error))
        return False
    except Gone:
        pass  # as it ends for all who have nothing to say any more
    _report(control, State.COMPLETE)
    return True


def _report(control: Control, state: State, reason: Reason | None = None, error: str = "") -> None:
    with contextlib.suppress(OSError):
        control.send(WorkerStatus(state=state, reason=reason, error=error))
