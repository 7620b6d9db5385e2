"""The worker process and who watches it: whatever ends it, the files play and the status says what happened."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from roomful.media.ports.compositor import (
    CompositionPlan,
    Compositor,
    CompositorFailed,
    FileOutput,
    SegmentOutput,
    StreamState,
)
from roomful.media.ports.frames import Codec, Stop
from roomful.media.ports.recorder.plan import Upload
from roomful.media.ports.recorder.states import UploadState
from roomful.media.ports.worker import Reason, State
from tests.unit.media.ports.compositor.receiver import receiver
from tests.unit.media.ports.recorder.footage import SECOND, in_order, opus, stream, track, video
from tests.unit.media.ports.recorder.watching import watch

Plans = Callable[..., CompositionPlan]
Starter = Callable[..., Any]


@pytest.fixture
async def start(plan: Plans) -> AsyncIterator[Starter]:
    """Start compositors; whatever is left of them is killed in the end."""
    started: list[Compositor] = []

    async def begin(given: CompositionPlan | None = None, **callbacks: Any) -> Compositor:
        compositor = await Compositor.start(given or plan(), **callbacks)
        started.append(compositor)
        return compositor

    yield begin
    for compositor in started:
        await compositor.kill()


async def send(compositor: Compositor, *records: Any) -> None:
    """Write into the pipe as the engine does, but patiently."""
    await asyncio.to_thread(_write_all, compositor.frames_fd, b"".join(stream(*records)))


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


async def until(condition: Callable[[], bool], within: float = 30.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  # what another process does to files sets no event
            await asyncio.sleep(0.02)


def meeting(seconds: float = 4, *, at: float = 0.0) -> list[Any]:
    tracks = [track(1, Codec.VP8), track(2, Codec.OPUS)]
    return [*tracks, *in_order(video(1, Codec.VP8, seconds, at=at), opus(2, seconds, at=at))]


@pytest.mark.parametrize("order", ["stop record", "end of the stream", "stop()"])
async def test_all_that_was_sent_is_composed_whoever_ends_it(start: Starter, order: str) -> None:
    seen: list[State] = []
    compositor = await start(on_status=lambda status: seen.append(status.state))
    await send(compositor, *meeting())
    if order == "stop record":
        await send(compositor, Stop())
        status = await compositor.finished(30)
    elif order == "end of the stream":
        os.close(compositor.take_frames_fd())
        status = await compositor.finished(30)
    else:
        status = await compositor.stop()
    assert (status.state, status.error) == (State.COMPLETE, "")
    (file,) = status.files
    assert not file.open
    assert file.duration_ns == pytest.approx(4 * SECOND, abs=0.1 * SECOND)
    assert watch(file.path).beeps == pytest.approx([0, 1, 2, 3], abs=0.05)
    assert list(dict.fromkeys(seen)) == [State.ACTIVE, State.ENDING, State.COMPLETE]


async def test_a_killed_worker_leaves_all_but_the_last_moment(start: Starter, plan: Plans, tmp_path: Path) -> None:
    outputs = [
        FileOutput(directory=str(tmp_path), path="room"),
        SegmentOutput(directory=str(tmp_path), prefix="part", segment_seconds=1),
    ]
    compositor = await start(plan(outputs=outputs))
    await send(compositor, *meeting(8))
    await until(lambda: bool(compositor.status.segments) and compositor.status.segments[0].count == 7)
    status = await compositor.kill()
    assert (status.state, status.reason) == (State.FAILED, Reason.KILLED)
    assert status.files[0].path in status.error
    assert 5.5 <= watch(status.files[0].path).seconds <= 8.1
    assert watch(status.segments[0].playlist).seconds == pytest.approx(7, abs=0.1)


async def test_layouts_change_and_nonsense_is_left_out(start: Starter) -> None:
    compositor = await start()
    await send(compositor, *meeting(1))
    await compositor.set_layout("speaker-light")
    await until(lambda: compositor.status.layout == "speaker-light")
    await compositor.set_layout("nonsense")
    await compositor.add_stream("gopher://x")
    status = await compositor.stop()
    assert (status.state, status.layout, status.streams) == (State.COMPLETE, "speaker-light", [])


async def test_a_stream_that_breaks_ends_the_composition_and_keeps_what_came_before(start: Starter) -> None:
    compositor = await start()
    await send(compositor, *meeting(2))
    await asyncio.to_thread(_write_all, compositor.frames_fd, b"\xff" * 100)
    status = await compositor.finished(30)
    assert (status.state, status.reason) == (State.FAILED, Reason.BAD_INPUT)
    assert watch(status.files[0].path).seconds == pytest.approx(2, abs=0.1)


async def test_the_server_hears_for_which_track_a_keyframe_is_wanted(start: Starter) -> None:
    wanted: list[str] = []
    compositor = await start(on_keyframe_wanted=wanted.append)
    await send(compositor, track(1, Codec.VP8), *video(1, Codec.VP8, 1)[1:])
    await until(lambda: "TR_1" in wanted)


async def test_everything_is_uploaded(start: Starter, plan: Plans, tmp_path: Path) -> None:
    target = tmp_path / "archive"
    outputs = [
        FileOutput(directory=str(tmp_path / "local"), path="room"),
        SegmentOutput(directory=str(tmp_path / "local"), prefix="hls/part", segment_seconds=1),
    ]
    compositor = await start(plan(outputs=outputs, upload=Upload(url=target.as_uri())))
    await send(compositor, *meeting(3))
    status = await compositor.stop()
    assert (status.state, status.error) == (State.COMPLETE, "")
    assert status.files[0].location == f"{target.as_uri()}/room.mp4"
    assert (status.segments[0].upload, status.segments[0].location) == (
        UploadState.DONE,
        f"{target.as_uri()}/hls/part.m3u8",
    )
    assert watch(target / "room.mp4").seconds == pytest.approx(3, abs=0.1)
    assert watch(target / "hls" / "part.m3u8").seconds == pytest.approx(3, abs=0.1)
    assert [path for path in (tmp_path / "local").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"min_free_bytes": 1 << 60}, Reason.DISK_FULL),
        ({"outputs": [FileOutput(directory="/proc/nowhere")]}, Reason.FOLDER_UNUSABLE),
        ({"layout": "carousel"}, Reason.BAD_PLAN),
        ({"upload": Upload(url="gopher://x")}, Reason.BAD_PLAN),
    ],
)
async def test_what_cannot_be_composed_does_not_start(plan: Plans, change: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(CompositorFailed) as failed:
        await Compositor.start(plan(**change))
    assert failed.value.status.reason is reason


async def keep_sending(compositor: Compositor, condition: Callable[[], bool]) -> None:
    """Send media, a second at a time, until the condition holds: streams take nothing that was before them."""
    async with asyncio.timeout(60):
        await send(compositor, *meeting(1))
        sent = 1.0
        while not condition():
            await send(compositor, *meeting(1, at=sent)[2:])
            sent += 1
            await asyncio.sleep(0.3)


async def test_a_stream_server_gets_what_the_file_gets(start: Starter, tmp_path: Path) -> None:
    compositor = await start()
    with receiver(tmp_path / "received.flv") as server:
        await compositor.add_stream(server.url)
        await keep_sending(compositor, lambda: any(one.duration_ns > 2 * SECOND for one in compositor.status.streams))
        await compositor.remove_stream(server.url)
        await until(lambda: compositor.status.streams[0].state is StreamState.FINISHED)
        server.wait()
    status = await compositor.stop()
    assert status.state is State.COMPLETE
    received = watch(tmp_path / "received.flv")
    assert received.seconds > 1.9
    assert received.beeps
    assert len(received.pictures) > 45


async def test_a_dead_stream_server_costs_nothing_but_its_stream(start: Starter) -> None:
    compositor = await start()
    await compositor.add_stream("rtmp://127.0.0.1:9/live/secret")
    await keep_sending(compositor, lambda: any(one.retries for one in compositor.status.streams))
    status = await compositor.stop()
    (one,) = status.streams
    assert (one.state, one.error) == (StreamState.FAILED, "Connection refused")
    assert status.state is State.COMPLETE
    assert watch(status.files[0].path).seconds == pytest.approx(status.files[0].duration_ns / SECOND, abs=0.1)
