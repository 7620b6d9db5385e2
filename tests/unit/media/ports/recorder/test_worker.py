"""The worker process and who watches it: whatever ends it, the files play and the status says what happened."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomful.media.ports.frames import Codec, Frame, Stop, encode
from roomful.media.ports.recorder import Plan, Reason, Recorder, RecorderFailed, State, Status, Upload, UploadState
from tests.unit.media.ports.recorder.footage import SECOND, in_order, opus, stream, track, video
from tests.unit.media.ports.recorder.watching import watch

Plans = Callable[..., Plan]
Starter = Callable[..., Any]


@pytest.fixture
async def start(plan: Plans) -> AsyncIterator[Starter]:
    """Start recorders; whatever is left of them is killed in the end."""
    started: list[Recorder] = []

    async def begin(given: Plan | None = None, **callbacks: Any) -> Recorder:
        recorder = await Recorder.start(given or plan(), **callbacks)
        started.append(recorder)
        return recorder

    yield begin
    for recorder in started:
        await recorder.kill()


async def send(recorder: Recorder, *records: Any) -> None:
    """Write into the pipe as the engine does, but patiently."""
    data = b"".join(stream(*records))
    await asyncio.to_thread(_write_all, recorder.frames_fd, data)


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


async def until(condition: Callable[[], bool], within: float = 20.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  # what another process does to files sets no event
            await asyncio.sleep(0.02)


def sizes(folder: Path) -> list[int]:
    return [file.stat().st_size for file in folder.iterdir()]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def meeting(codec: Codec = Codec.H264, seconds: int = 6) -> list[Frame]:
    pictures = [frame for second in range(seconds) for frame in video(1, codec, 1, at=second)]
    return in_order(pictures, opus(2, seconds))


@pytest.mark.parametrize("order", ["stop record", "end of the stream", "stop()"])
async def test_all_that_was_sent_is_recorded_whoever_ends_it(start: Starter, order: str) -> None:
    seen: list[State] = []
    recorder = await start(on_status=lambda status: seen.append(status.state))
    await send(recorder, track(1, Codec.VP8), track(2, Codec.OPUS), *meeting(Codec.VP8))
    if order == "stop record":
        await send(recorder, Stop())
        status = await recorder.finished(20)
    elif order == "end of the stream":
        os.close(recorder.take_frames_fd())
        status = await recorder.finished(20)
    else:
        status = await recorder.stop()
    assert (status.state, status.error) == (State.COMPLETE, "")
    (file,) = status.files
    assert not file.open
    assert file.duration_ns == pytest.approx(6 * SECOND, abs=0.1 * SECOND)
    assert watch(file.path).seconds == pytest.approx(6, abs=0.1)
    assert list(dict.fromkeys(seen)) == [State.ACTIVE, State.ENDING, State.COMPLETE]


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
async def test_a_killed_worker_leaves_all_but_the_last_moment(start: Starter, codec: Codec, tmp_path: Path) -> None:
    recorder = await start()
    await send(recorder, track(1, codec), track(2, Codec.OPUS), *meeting(codec, 12))
    watched: list[list[int]] = []

    def taken_all() -> bool:
        watched.append(sizes(tmp_path))
        return sum(watched[-1]) > 20_000 and len(watched) > 15 and watched[-15] == watched[-1]

    await until(taken_all)
    status = await recorder.kill()
    assert (status.state, status.reason) == (State.FAILED, Reason.KILLED)
    (file,) = status.files
    assert file.path in status.error
    assert "SIGKILL" in status.error
    assert [file.size] == sizes(tmp_path)
    seen = watch(file.path)
    assert 10 <= seen.seconds <= 12.1
    assert seen.beeps == pytest.approx(seen.flashes[: len(seen.beeps)], abs=0.06)


async def test_a_server_that_dies_leaves_whole_files(tmp_path: Path) -> None:
    script = f"""
import asyncio, os
from roomful.media.ports.recorder import Plan, Recorder
from tests.unit.media.ports.recorder.footage import *
async def main():
    recorder = await Recorder.start(Plan(directory={str(tmp_path)!r}, room_name="r", room_id="RM", path="x.mp4"))
    frames = in_order(video(1, Codec.H264, 2), opus(2, 2))
    os.write(recorder.frames_fd, b"".join(stream(track(1, Codec.H264), track(2, Codec.OPUS), *frames)))
    print(recorder.status.state, flush=True)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=subprocess.PIPE, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    )
    output, _ = await server.communicate()
    assert output == b"active\n"
    assert server.returncode == -signal.SIGKILL
    path = tmp_path / "x.mp4"

    def whole() -> bool:
        return path.exists() and path.stat().st_size > 0 and watch(path).seconds > 1.95

    await until(whole)


async def test_a_stream_that_breaks_ends_the_recording_and_keeps_what_came_before(start: Starter) -> None:
    recorder = await start()
    await send(recorder, track(1, Codec.H264), track(2, Codec.OPUS), *meeting(seconds=2))
    await asyncio.to_thread(_write_all, recorder.frames_fd, b"\xff" * 100)
    status = await recorder.finished(20)
    assert (status.state, status.reason) == (State.FAILED, Reason.BAD_INPUT)
    assert watch(status.files[0].path).seconds == pytest.approx(2, abs=0.1)


async def test_a_stream_that_is_cut_off_inside_a_frame_is_complete(start: Starter) -> None:
    recorder = await start()
    await send(recorder, track(2, Codec.OPUS), *opus(2, 2))
    fd = recorder.take_frames_fd()
    os.write(fd, encode(opus(2, 1)[0])[:-5])
    os.close(fd)
    status = await recorder.finished(20)
    assert status.state is State.COMPLETE
    assert watch(status.files[0].path).seconds == pytest.approx(2, abs=0.1)


async def test_the_server_hears_for_which_track_a_keyframe_is_wanted(start: Starter) -> None:
    wanted: list[str] = []
    recorder = await start(on_keyframe_wanted=wanted.append)
    await send(recorder, track(1, Codec.VP8), *video(1, Codec.VP8, 1)[1:])
    await until(lambda: wanted == ["TR_1"])


async def test_files_are_reported_while_they_are_open(start: Starter) -> None:
    recorder = await start()
    await send(recorder, track(1, Codec.VP8), track(2, Codec.OPUS), *meeting(Codec.VP8))
    await until(lambda: bool(recorder.status.files))
    assert recorder.status.state is State.ACTIVE
    assert recorder.status.files[0].open


async def test_finished_files_are_uploaded(start: Starter, plan: Plans, tmp_path: Path) -> None:
    target = tmp_path / "archive"
    recorder = await start(plan(path="{room_name}/{publisher_identity}", upload=Upload(url=target.as_uri())))
    await send(recorder, track(1, Codec.VP8), track(2, Codec.OPUS), *meeting(Codec.VP8, 2))
    status = await recorder.stop()
    assert status.state is State.COMPLETE
    (file,) = status.files
    assert (file.upload, file.location) == (UploadState.DONE, f"{target.as_uri()}/standup/alice.webm")
    assert sizes(tmp_path / "standup") == []
    assert [file.size] == sizes(target / "standup")
    assert watch(target / "standup" / "alice.webm").seconds == pytest.approx(2, abs=0.1)


async def test_an_upload_that_fails_is_a_failed_recording_that_says_where_the_file_is(
    start: Starter, plan: Plans
) -> None:
    dead = Upload(
        url="s3://bucket",
        options={"endpoint": "http://127.0.0.1:9", "region": "x", "access_key_id": "a", "secret_access_key": "b"},
        attempts=2,
        first_wait_seconds=0.01,
        request_seconds=1.0,
    )
    recorder = await start(plan(upload=dead))
    await send(recorder, track(2, Codec.OPUS), *opus(2, 2))
    status = await recorder.stop()
    assert (status.state, status.reason) == (State.FAILED, Reason.UPLOAD_FAILED)
    (file,) = status.files
    assert file.upload is UploadState.FAILED
    assert f"kept at {file.path}" in status.error
    assert watch(file.path).seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"min_free_bytes": 1 << 60}, Reason.DISK_FULL),
        ({"directory": "/proc/nowhere"}, Reason.FOLDER_UNUSABLE),
        ({"path": "../x"}, Reason.BAD_PLAN),
        ({"upload": Upload(url="gopher://x")}, Reason.BAD_PLAN),
    ],
)
async def test_what_cannot_be_recorded_does_not_start(plan: Plans, change: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(RecorderFailed) as failed:
        await Recorder.start(msgspec.structs.replace(plan(), **change))
    assert failed.value.status.reason is reason
    assert str(failed.value)


async def test_a_worker_that_does_not_come_up_is_killed(plan: Plans) -> None:
    with pytest.raises(RecorderFailed) as failed:
        await Recorder.start(plan(), within=0)
    assert failed.value.status.reason is Reason.KILLED


async def test_a_worker_that_hangs_is_killed_in_time(start: Starter) -> None:
    recorder = await start()
    await send(recorder, track(2, Codec.OPUS), *opus(2, 2))
    recorder._signal(signal.SIGSTOP)
    status = await recorder.stop(within=0.2)
    assert (status.state, status.reason) == (State.FAILED, Reason.KILLED)


async def test_nothing_of_a_finished_recording_stays_open(start: Starter) -> None:
    before = open_files()
    recorder = await start()
    status: Status = await recorder.stop()
    assert (status.state, status.files) == (State.COMPLETE, [])
    with pytest.raises(ValueError, match="closed"):
        _ = recorder.frames_fd
    await until(lambda: open_files() <= before, within=5)
