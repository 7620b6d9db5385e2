"""One file as long as it can go on, and a new part where it cannot: nothing is lost between them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from roomful.media.ports.frames import Codec, TrackEnded
from roomful.media.ports.recorder import Container, FileInfo, Grouping
from tests.unit.media.ports.recorder.footage import (
    BLUE,
    GREEN,
    RED,
    SECOND,
    START,
    between,
    in_order,
    opus,
    track,
    video,
)
from tests.unit.media.ports.recorder.watching import close_colors, watch

Recorder = Callable[..., list[FileInfo]]


def names(files: list[FileInfo]) -> list[str]:
    return [Path(file.path).name for file in files]


@pytest.mark.parametrize(
    ("codec", "container"),
    [(Codec.VP8, None), (Codec.VP9, None), (Codec.VP8, Container.MKV), (Codec.H264, Container.MKV)],
)
def test_matroska_goes_on_when_the_picture_changes_its_size(
    record: Recorder, codec: Codec, container: Container | None
) -> None:
    pictures = video(1, codec, 2) + video(1, codec, 2, at=2, color=BLUE, size=(320, 240))
    files = record([track(1, codec), track(2, Codec.OPUS), *in_order(pictures, opus(2, 4))], container=container)
    seen = watch(files[0].path)
    assert len(files) == 1
    assert seen.sizes == [(160, 120), (320, 240)]
    assert close_colors(seen.color(1.5), RED)
    assert close_colors(seen.color(3.5), BLUE)
    assert seen.flashes == pytest.approx([0, 1, 2, 3], abs=0.02)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP9])
def test_mp4_goes_on_in_a_second_part_when_the_picture_changes_its_size(record: Recorder, codec: Codec) -> None:
    pictures = video(1, codec, 2) + video(1, codec, 2, at=2, color=BLUE, size=(320, 240))
    frames = in_order(pictures, opus(2, 4))
    first, second = record([track(1, codec), track(2, Codec.OPUS), *frames], container=Container.MP4, path="alice.mp4")
    assert names([first, second]) == ["alice.mp4", "alice-2.mp4"]
    assert (second.width, second.height, second.started_at_ns) == (320, 240, START + 2 * SECOND)
    for file, color in ((first, RED), (second, BLUE)):
        seen = watch(file.path)
        assert seen.seconds == pytest.approx(2, abs=0.1)
        assert close_colors(seen.color(0.5), color)
        assert seen.flashes == pytest.approx([0, 1], abs=0.02)
        assert seen.beeps == pytest.approx([0, 1], abs=0.03)


def test_another_codec_is_another_part(record: Recorder) -> None:
    before, after = video(1, Codec.VP8, 2), video(1, Codec.H264, 2, at=2, color=BLUE)
    sound = opus(2, 4)
    files = record(
        [
            track(1, Codec.VP8),
            track(2, Codec.OPUS),
            *between(in_order(before, sound), 0, 2),
            track(1, Codec.H264),
            *between(in_order(after, sound), 2, 4),
        ],
        path="alice",
    )
    assert names(files) == ["alice.webm", "alice-2.mp4"]
    assert [file.codecs for file in files] == [["vp8", "opus"], ["h264", "opus"]]
    for file in files:
        assert watch(file.path).beeps == pytest.approx([0, 1], abs=0.03)
    assert close_colors(watch(files[1].path).color(0.5), BLUE)


def test_a_camera_that_is_switched_on_late_is_in_a_second_part(record: Recorder) -> None:
    sound, pictures = opus(2, 8), video(1, Codec.VP8, 4, at=3.99)
    frames = in_order(sound, pictures)
    files = record(
        [track(2, Codec.OPUS), *between(frames, 0, 3.98), track(1, Codec.VP8), *between(frames, 3.98, 8)], path="alice"
    )
    assert names(files) == ["alice.ogg", "alice-2.webm"]
    assert watch(files[0].path).beeps == pytest.approx([0, 1, 2, 3], abs=0.03)
    seen = watch(files[1].path)
    assert seen.beeps == pytest.approx(seen.flashes, abs=0.03)
    assert len(seen.flashes) == 4


def test_a_reconnect_goes_on_in_the_same_file(record: Recorder) -> None:
    sound, pictures = opus(2, 2), video(1, Codec.H264, 2)
    sound2, pictures2 = opus(12, 3, at=4), video(11, Codec.H264, 3, at=4, color=BLUE)
    (file,) = record(
        [
            track(1, Codec.H264),
            track(2, Codec.OPUS),
            *in_order(sound, pictures),
            TrackEnded(1),
            TrackEnded(2),
            track(11, Codec.H264, session="PA_2"),
            track(12, Codec.OPUS, session="PA_2"),
            *in_order(sound2, pictures2),
        ]
    )
    assert sorted(file.tracks) == ["TR_1", "TR_11", "TR_12", "TR_2"]
    seen = watch(file.path)
    assert seen.seconds == pytest.approx(7, abs=0.1)
    assert close_colors(seen.color(3.5), RED)  # the last picture stays
    assert close_colors(seen.color(4.5), BLUE)
    assert seen.flashes == pytest.approx([0, 1, 4, 5, 6], abs=0.02)
    assert seen.beeps == pytest.approx(seen.flashes, abs=0.03)


def test_a_reconnect_before_the_old_session_is_gone_takes_over_with_its_first_keyframe(record: Recorder) -> None:
    old, new = video(1, Codec.VP8, 4), video(11, Codec.VP8, 3, at=2, color=BLUE, keyframe_seconds=1)
    (file,) = record(
        [
            track(1, Codec.VP8),
            *between(old, 0, 2.04),
            track(11, Codec.VP8, session="PA_2"),
            *in_order(between(old, 2.04, 4), new[1:]),
        ]
    )
    seen = watch(file.path)
    assert close_colors(seen.color(2.5), RED)
    assert close_colors(seen.color(3.5), BLUE)
    assert seen.seconds == pytest.approx(5, abs=0.1)


def test_two_cameras_at_once_are_two_files(record: Recorder) -> None:
    frames = in_order(video(1, Codec.VP8, 2), video(3, Codec.VP8, 2, color=GREEN), opus(2, 2))
    files = record([track(1, Codec.VP8), track(2, Codec.OPUS), track(3, Codec.VP8), *frames], path="x")
    assert sorted(names(files)) == ["x-alice.webm", "x.webm"]
    colors = {tuple(file.tracks): watch(file.path).color(0.5) for file in files}
    assert close_colors(next(color for tracks, color in colors.items() if "TR_1" in tracks), RED)
    assert close_colors(next(color for tracks, color in colors.items() if "TR_3" in tracks), GREEN)


def test_a_screen_share_and_its_sound_are_a_file_of_their_own(record: Recorder) -> None:
    started = [
        track(1, Codec.VP8),
        track(2, Codec.OPUS),
        track(3, Codec.VP8, source="screen_share"),
        track(4, Codec.OPUS, source="screen_share_audio"),
    ]
    frames = in_order(video(1, Codec.VP8, 3), opus(2, 3), video(3, Codec.VP8, 2, at=1, color=BLUE), opus(4, 2, at=1))
    files = record([*started, *frames], path="{publisher_identity}")
    assert sorted(names(files)) == ["alice-screen.webm", "alice.webm"]
    screen = watch(next(file.path for file in files if file.key.startswith("alice-screen")))
    assert close_colors(screen.color(0.5), BLUE)
    assert screen.beeps == pytest.approx([0, 1], abs=0.03)


def test_each_participant_has_a_file(record: Recorder) -> None:
    started = [track(1, Codec.VP8), track(2, Codec.H264, identity="bob"), track(3, Codec.OPUS, identity="bob")]
    frames = in_order(video(1, Codec.VP8, 2), video(2, Codec.H264, 2, color=GREEN), opus(3, 2))
    files = record([*started, *frames], path="{room_name}/{publisher_identity}-{time}")
    assert {file.identity: file.key for file in files} == {
        "alice": "standup/alice-2023-11-14T221320.webm",
        "bob": "standup/bob-2023-11-14T221320.mp4",
    }


def test_a_track_that_is_published_again_is_another_file_when_tracks_are_recorded(record: Recorder) -> None:
    files = record(
        [
            track(1, Codec.OPUS),
            *opus(1, 1),
            TrackEnded(1),
            track(1, Codec.OPUS, sid="TR_9"),
            *opus(1, 1, at=2),
        ],
        grouping=Grouping.TRACK,
        path="{track_id}",
    )
    assert names(files) == ["TR_1.ogg", "TR_9.ogg"]


def test_no_file_is_written_over(record: Recorder, tmp_path: Path) -> None:
    (tmp_path / "alice.ogg").write_text("precious")
    (file,) = record([track(1, Codec.OPUS), *opus(1, 1)], path="alice.ogg")
    assert Path(file.path).name == "alice-2.ogg"
    assert (tmp_path / "alice.ogg").read_text() == "precious"
