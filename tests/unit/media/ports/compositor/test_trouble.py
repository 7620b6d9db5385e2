"""Bad input costs its sender, a full disk costs what is on it, and all that was written plays."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomful.media.ports.compositor import CompositionPlan, FileOutput, ImageOutput, SegmentOutput, StreamOutput
from roomful.media.ports.compositor.session import Session
from roomful.media.ports.frames import Codec
from roomful.media.ports.recorder.media_file import MediaFile
from roomful.media.ports.worker import Problem, Reason
from roomful.media.ports.worker.states import Failed
from tests.unit.media.ports.compositor.viewing import Film
from tests.unit.media.ports.recorder.footage import BLUE, SECOND, in_order, opus, track, video
from tests.unit.media.ports.recorder.watching import watch

Compose = Callable[..., Any]
Plans = Callable[..., CompositionPlan]


def test_frames_that_are_garbage_cost_their_sender_alone(plan: Plans, tmp_path: Path) -> None:
    garbage = [msgspec.structs.replace(one, data=b"\xa5" * 60) for one in video(1, Codec.VP8, 2)]
    noise = [msgspec.structs.replace(one, data=b"\xff" * 60) for one in opus(2, 2)]
    session = Session(plan())
    session.open(0)
    for number, codec in ((1, Codec.VP8), (2, Codec.OPUS)):
        session.feed(track(number, codec, identity="mallory", session="PA_m"), 0)
    for number, codec in ((3, Codec.H264), (4, Codec.OPUS)):
        session.feed(track(number, codec), 0)
    for frame in in_order(garbage, noise, video(3, Codec.H264, 2, color=BLUE), opus(4, 2)):
        session.feed(frame, 0)
    wanted = [one.track for one in session.tick(0)]
    assert wanted == ["TR_1"]
    assert session.problems(0) == [Problem(track="TR_1", what="unreadable"), Problem(track="TR_2", what="unreadable")]
    session.finish(0)
    path = tmp_path / "room.mp4"
    assert [Film(path).color(1.8, x, 0.3) for x in (0.25, 0.75)] == ["dark", "blue"]
    assert watch(path).beeps == pytest.approx([0, 1], abs=0.05)


def test_a_keyframe_is_asked_for_and_again_when_it_does_not_come(plan: Plans) -> None:
    session = Session(plan(offline=False))
    frames = video(1, Codec.VP8, 3)[1:]
    session.open(frames[0].wall_ns)
    session.feed(track(1, Codec.VP8), frames[0].wall_ns)
    asked = 0
    for frame in frames:
        session.feed(frame, frame.wall_ns)
        asked += len(session.tick(frame.wall_ns))
    session.finish(frames[-1].wall_ns)
    assert asked == 3, "once a second"


def test_a_picture_that_is_too_large_is_not_decoded(compose: Compose, tmp_path: Path) -> None:
    compose([track(1, Codec.VP8), *video(1, Codec.VP8, 0.1, size=(4096, 2304))])
    assert Film(tmp_path / "room.mp4").color(0.1, 0.5, 0.2) == "dark"


def test_a_full_disk_ends_what_is_on_it_and_leaves_it_playable(
    plan: Plans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(plan())
    session.open(0)
    session.feed(track(1, Codec.VP8), 0)
    frames = video(1, Codec.VP8, 4)
    for frame in frames[:75]:
        session.feed(frame, 0)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(MediaFile, "write", full)
    for frame in frames[75:]:
        session.feed(frame, 0)
    with pytest.raises(Failed) as failed:
        session.tick(0)
    assert failed.value.reason is Reason.DISK_FULL
    assert "room.mp4" in str(failed.value)
    with pytest.raises(Failed):
        session.finish(0)
    assert watch(tmp_path / "room.mp4").seconds > 2
    assert session.desk is not None
    assert session.desk.files[0].info().error


def test_a_disk_that_is_nearly_full_ends_the_composition_in_good_order(plan: Plans, tmp_path: Path) -> None:
    free = [1 << 40]
    session = Session(plan(min_free_bytes=1 << 30), free=lambda _: free[0])
    session.open(0)
    session.feed(track(2, Codec.OPUS), 0)
    for frame in opus(2, 2):
        session.feed(frame, 0)
    free[0] = 1000
    with pytest.raises(Failed) as failed:
        session.tick(2 * SECOND)
    assert failed.value.reason is Reason.DISK_FULL
    assert watch(tmp_path / "room.mp4").seconds > 1.2


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"layout": "carousel"}, "carousel"),
        ({"layout": "grid-pink"}, "grid-pink"),
        ({"width": 641}, "even"),
        ({"height": 100_000}, "4096"),
        ({"fps": 0}, "pictures"),
        ({"audio_only": True, "video_only": True}, "nothing"),
        ({"outputs": [FileOutput(directory="/tmp", path="../x")]}, ".."),  # noqa: S108
        ({"outputs": [SegmentOutput(directory="/tmp", prefix="a", playlist_name="../../x")]}, ".."),  # noqa: S108
        ({"outputs": [SegmentOutput(directory="/tmp", segment_seconds=0)]}, "segments"),  # noqa: S108
        ({"outputs": [ImageOutput(directory="/tmp", interval_seconds=-1)]}, "interval"),  # noqa: S108
        ({"outputs": [StreamOutput(url="file:///etc/passwd")]}, "rtmp://"),
        ({"outputs": [StreamOutput(url="rtmp://")]}, "rtmp://"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_and_says_why(plan: Plans, change: dict[str, Any], word: str) -> None:
    with pytest.raises(Failed) as failed:
        Session(plan(**change)).open(0)
    assert failed.value.reason is Reason.BAD_PLAN
    assert word in str(failed.value)
