"""The mixer as a process: frames in at one descriptor, out at another, keyframes on request."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from roomful.media.ports.frames import Codec, Frame, FrameDecoder, KeyframeRequest, Record, Stop, encode
from roomful.media.ports.mixer import MemberPlan, Mixer, MixerFailed, MixPlan, Playback
from roomful.media.ports.mixer.plan import RemoveMember, Reserve, SetFloor, SetLayout, StopPlayback
from roomful.media.ports.worker import Reason, State
from roomful.media.ports.worker.states import Problem
from tests.unit.media.ports.compositor.test_worker import until
from tests.unit.media.ports.mixer.listening import Heard, sound_file
from tests.unit.media.ports.recorder.footage import in_order, stream, track, video
from tests.unit.media.ports.scene.sounds import loudness, tone

Plans = Callable[..., MixPlan]


class Reader:
    """Reads what a mixer writes, as the engine does."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)
        self._decoder = FrameDecoder()
        self.records: list[Record] = []

    async def until(self, condition: Callable[[list[Record]], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition(self.records):
                data = await asyncio.get_running_loop().sock_recv(self._socket, 65536)
                assert data, "the mixer ended"
                self.records += self._decoder.feed(data)

    def ask(self, number: int) -> None:
        self._socket.sendall(encode(KeyframeRequest(number)))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
async def start(plan: Plans) -> AsyncIterator[Callable[..., Any]]:
    """Start mixers with their readers; whatever is left of them is killed in the end."""
    started: list[tuple[Mixer, Reader]] = []

    async def begin(*members: str, **fields: Any) -> tuple[Mixer, Reader]:
        mixer = await Mixer.start(plan(*members, **fields))
        reader = Reader(mixer.take_output_fd())
        started.append((mixer, reader))
        return mixer, reader

    yield begin
    for mixer, reader in started:
        await mixer.kill()
        reader.close()


def meeting(seconds: float = 2) -> bytes:
    tracks = [track(1, Codec.VP8, session="PA_1"), track(2, Codec.OPUS, session="PA_1")]
    return b"".join(stream(*tracks, *in_order(video(1, Codec.VP8, seconds), tone(2, seconds, 400))))


def ended(records: list[Record]) -> bool:
    return bool(records) and isinstance(records[-1], Stop)


async def test_what_goes_in_comes_out_mixed(start: Callable[..., Any]) -> None:
    mixer, reader = await start("PA_1", "PA_2")
    os.write(mixer.frames_fd, meeting() + encode(Stop()))
    await reader.until(ended)
    heard = Heard(reader.records)
    assert loudness(heard.sound("PA_2")[24000:72000], 400) > 0.2
    assert loudness(heard.sound("PA_1")[24000:72000], 400) < 0.01
    assert heard.film().color(1.5, 0.5, 0.5) == "red"
    assert (await mixer.finished(10)).state is State.COMPLETE


async def test_a_room_without_frames_has_silence_and_an_empty_picture(start: Callable[..., Any]) -> None:
    mixer, reader = await start("PA_1", offline=False)
    await reader.until(lambda records: sum(isinstance(one, Frame) and one.track == 1 for one in records) >= 20)
    await mixer.stop()
    await reader.until(ended)


async def test_a_keyframe_is_made_on_request_and_not_too_often(start: Callable[..., Any]) -> None:
    _, reader = await start("PA_1", offline=False)

    def keyframes(records: list[Record]) -> list[int]:
        return [one.wall_ns for one in records if isinstance(one, Frame) and one.track == 0 and one.keyframe]

    await reader.until(lambda records: len(keyframes(records)) == 1)
    for _ in range(5):
        reader.ask(0)
    await reader.until(lambda records: len(keyframes(records)) == 2)
    first, second = keyframes(reader.records)
    assert second - first >= 500_000_000
    reader.ask(77)


async def test_members_and_layout_change_while_it_runs(start: Callable[..., Any]) -> None:
    mixer, _ = await start(offline=False)
    await mixer.order(MemberPlan(sid="PA_7"))
    await mixer.order(SetLayout("3x3"))
    await mixer.order(SetLayout("nonsense"))
    await mixer.order(SetFloor("PA_7"))
    await mixer.order(Reserve("presenter", "PA_7"))
    await until(lambda: (mixer.status.members, mixer.status.shown, mixer.status.floor) == (["PA_7"], "3x3", "PA_7"))
    await mixer.order(RemoveMember("PA_7"))
    await until(lambda: not mixer.status.members)


async def test_a_file_is_played_as_long_as_it_is_wanted(start: Callable[..., Any], tmp_path: Path) -> None:
    music = str(sound_file(tmp_path / "music.wav", 400, 1))
    mixer, reader = await start("PA_1", offline=False)
    await mixer.order(Playback(id="again", path=music, loop=True))
    await mixer.order(Playback(id="once", path=music))
    await mixer.order(Playback(id="missing", path=str(tmp_path / "missing.wav")))
    await until(lambda: mixer.status.over == ["once", "missing"])
    assert mixer.status.problems == [Problem(track="missing", what="unreadable")]
    await reader.until(lambda records: sum(isinstance(one, Frame) and one.track == 1 for one in records) >= 150)
    assert loudness(Heard(reader.records).sound("PA_1")[-24000:], 400) > 0.05, "it began again"
    for playback in ("again", "once", "missing"):
        await mixer.order(StopPlayback(playback))
    await until(lambda: not mixer.status.over)


async def test_a_mixer_that_nobody_reads_any_more_ends(start: Callable[..., Any]) -> None:
    mixer, reader = await start("PA_1", offline=False)
    reader.close()
    assert (await mixer.finished(20)).state is State.COMPLETE


async def test_a_mixer_that_hangs_is_killed(start: Callable[..., Any]) -> None:
    mixer, _ = await start("PA_1", offline=False)
    os.kill(mixer.pid, signal.SIGSTOP)
    status = await mixer.finished(60)
    assert (status.state, status.reason) == (State.FAILED, Reason.KILLED)
    assert status.error == "the mixer said nothing for 15 s"


@pytest.mark.parametrize("change", [{"layout": "x"}, {"width": 3}, {"fps": 0}, {"video_codecs": [Codec.AV1]}])
async def test_a_plan_that_makes_no_sense_is_refused(plan: Plans, change: dict[str, Any]) -> None:
    with pytest.raises(MixerFailed) as failed:
        await Mixer.start(plan(**change))
    assert failed.value.status.reason is Reason.BAD_PLAN
