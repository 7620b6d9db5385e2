"""Bad input and full disks: the rest is recorded, and the state says what happened."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from roomful.media.ports.frames import Codec, Frame, Record
from roomful.media.ports.recorder import FileInfo, Plan, Problem, Reason
from roomful.media.ports.recorder.session import Failed, Session
from roomful.media.ports.recorder.states import KeyframeWanted
from tests.unit.media.ports.recorder.footage import SECOND, START, in_order, opus, track, video
from tests.unit.media.ports.recorder.watching import watch

Plans = Callable[..., Plan]
Recorder = Callable[..., list[FileInfo]]


def feed(session: Session, *records: Record) -> None:
    for record in records:
        session.feed(record, (record.wall_ns - START) / SECOND if isinstance(record, Frame) else 0.0)


def test_a_track_without_keyframe_is_asked_for_one_then_named_while_audio_is_recorded(plan: Plans) -> None:
    session = Session(plan())
    session.open()
    camera = [frame for second in range(40) for frame in video(1, Codec.VP8, 1, at=second)[1:]]
    sound = [frame for second in range(0, 40, 5) for frame in opus(2, 5, at=second)]
    frames = in_order(camera, sound)
    feed(session, track(1, Codec.VP8), track(2, Codec.OPUS), *frames[:30])
    assert session.tick(1.0) == [KeyframeWanted(track="TR_1")]
    assert session.tick(1.5) == []
    assert session.tick(3.1) == [KeyframeWanted(track="TR_1")]
    assert session.problems(29.0) == []
    feed(session, *frames[30:])
    assert session.problems(40.0) == [Problem(track="TR_1", what="no_keyframe")]
    feed(session, *video(1, Codec.VP8, 1, at=40))
    assert session.problems(41.0) == []
    session.finish()
    first, second = session.files
    assert (first.codecs, second.codecs) == (["opus"], ["vp8", "opus"])
    assert watch(first.path).sound_seconds == pytest.approx(40, abs=0.2)


def test_a_camera_that_is_muted_from_the_start_is_no_problem(plan: Plans) -> None:
    session = Session(plan())
    session.open()
    feed(session, track(1, Codec.VP8), track(2, Codec.OPUS), *opus(2, 5))
    assert session.tick(100.0) == []
    assert session.problems(100.0) == []


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.VP9, Codec.AV1, Codec.H264, Codec.H265])
@pytest.mark.parametrize(
    "garbage", [b"\0", bytes(range(256)) * 4, b"\0\0\0\1\x67\xff\xff\0\0\0\1\x68\xff\0\0\1\x65" * 9]
)
def test_garbage_for_a_keyframe_costs_only_itself(plan: Plans, codec: Codec, garbage: bytes) -> None:
    session = Session(plan())
    session.open()
    broken = [msgspec.structs.replace(frame, data=garbage, keyframe=True) for frame in video(1, codec, 1)]
    feed(session, track(1, codec), track(2, Codec.OPUS), *in_order(broken, opus(2, 3), video(1, codec, 2, at=1)))
    session.finish()
    assert any(len(watch(file.path).pictures) >= 50 for file in session.files)
    assert watch(session.files[0].path).beeps[0] == pytest.approx(0, abs=0.03)


def test_frames_of_unknown_tracks_and_empty_ones_are_left_out(record: Recorder) -> None:
    empty = Frame(1, 0, START, b"")
    (file,) = record([track(1, Codec.OPUS), empty, *opus(1, 1), *opus(7, 1)])
    assert watch(file.path).seconds == pytest.approx(1, abs=0.03)


def test_nothing_to_record_is_no_file(record: Recorder) -> None:
    assert record([track(1, Codec.OPUS), track(2, Codec.VP8)]) == []


def test_recording_does_not_start_on_a_disk_that_is_nearly_full(plan: Plans, tmp_path: Path) -> None:
    session = Session(plan(min_free_bytes=10_000_000), free=lambda _: 9_999_999)
    with pytest.raises(Failed, match="free in") as failure:
        session.open()
    assert failure.value.reason is Reason.DISK_FULL
    assert list(tmp_path.iterdir()) == []


def test_recording_stops_when_the_disk_fills_up_and_what_was_recorded_plays(plan: Plans) -> None:
    free = 20_000_000
    session = Session(plan(min_free_bytes=10_000_000), free=lambda _: free)
    session.open()
    frames = in_order(video(1, Codec.H264, 4), opus(2, 4))
    feed(session, track(1, Codec.H264), track(2, Codec.OPUS), *frames)
    session.tick(4.0)
    free = 9_000_000
    with pytest.raises(Failed) as failure:
        session.tick(5.0)
    assert failure.value.reason is Reason.DISK_FULL
    session.finish()
    assert watch(session.files[0].path).seconds == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
def test_a_disk_that_is_full_all_of_a_sudden_leaves_what_fitted(plan: Plans, tiny_disk: Path, codec: Codec) -> None:
    session = Session(msgspec.structs.replace(plan(min_free_bytes=0), directory=str(tiny_disk)))
    session.open()
    seconds = [in_order(video(1, codec, 1, at=second), opus(2, 1, at=second)) for second in range(200)]
    frames = [frame for second in seconds for frame in second]
    with pytest.raises(Failed) as failure:
        feed(session, track(1, codec), track(2, Codec.OPUS), *frames)
    assert failure.value.reason is Reason.DISK_FULL
    session.finish()
    (file,) = session.files
    assert "playable" in file.error
    recorded = file.duration_ns / SECOND
    assert recorded > 5
    assert watch(file.path).seconds == pytest.approx(recorded, abs=2.5)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    mounted = tmp_path / "disk"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(mounted)]
    try:
        done = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        done = False
    if not done:
        pytest.skip("mounting a small disk needs root")
    yield mounted
    subprocess.run(["umount", "-l", str(mounted)], check=True)


def test_a_folder_that_is_a_file_is_said_at_the_start(plan: Plans, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    session = Session(msgspec.structs.replace(plan(), directory=str(tmp_path / "taken" / "below")))
    with pytest.raises(Failed, match="cannot record into") as failure:
        session.open()
    assert failure.value.reason is Reason.FOLDER_UNUSABLE


def test_a_path_that_leads_out_of_the_folder_is_refused_at_the_start(plan: Plans) -> None:
    with pytest.raises(Failed, match="leads out") as failure:
        Session(plan(path="../../etc/{room_name}")).open()
    assert failure.value.reason is Reason.BAD_PLAN
