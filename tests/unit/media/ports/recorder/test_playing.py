"""What is recorded plays: the right pictures and sounds, at the right time, in a container that fits."""

from collections.abc import Callable
from pathlib import Path

import av
import msgspec
import pytest

from roomful.media.ports.frames import Codec
from roomful.media.ports.recorder import Container, FileInfo, Grouping
from tests.unit.media.ports.recorder.footage import (
    BLUE,
    RED,
    SECOND,
    START,
    in_order,
    opus,
    track,
    video,
)
from tests.unit.media.ports.recorder.watching import close_colors, watch

Recorder = Callable[..., list[FileInfo]]

CASES = [
    (Codec.VP8, None, "webm"),
    (Codec.VP9, None, "webm"),
    (Codec.AV1, None, "webm"),
    (Codec.H264, None, "mp4"),
    (Codec.H265, None, "mp4"),
    (Codec.VP9, Container.MP4, "mp4"),
    (Codec.AV1, Container.MP4, "mp4"),
    (Codec.VP8, Container.MKV, "mkv"),
    (Codec.H264, Container.MKV, "mkv"),
    (Codec.H265, Container.MKV, "mkv"),
    (Codec.VP8, Container.MP4, "webm"),
    (Codec.H264, Container.WEBM, "mp4"),
]


@pytest.mark.parametrize(("codec", "wanted", "expected"), CASES)
def test_camera_and_microphone_are_in_one_file_and_in_sync(
    record: Recorder, codec: Codec, wanted: Container | None, expected: str
) -> None:
    frames = in_order(video(1, codec, 4), opus(2, 4))
    (file,) = record([track(1, codec), track(2, Codec.OPUS), *frames], container=wanted)
    assert Path(file.path).suffix == f".{expected}"
    assert (file.width, file.height, file.codecs) == (160, 120, [codec.name.lower(), "opus"])
    assert file.duration_ns == pytest.approx(4 * SECOND, abs=0.05 * SECOND)
    assert file.started_at_ns == START
    seen = watch(file.path)
    assert seen.seconds == pytest.approx(4, abs=0.1)
    assert len(seen.pictures) == 100
    assert close_colors(seen.color(0.5), RED)
    assert seen.flashes == pytest.approx([0, 1, 2, 3], abs=0.02)
    assert seen.beeps == pytest.approx(seen.flashes, abs=0.03)


@pytest.mark.parametrize("container", [Container.WEBM, Container.MP4, Container.MKV])
def test_players_are_told_how_long_it_is(record: Recorder, container: Container) -> None:
    codec = Codec.VP9
    frames = in_order(video(1, codec, 4), opus(2, 4))
    (file,) = record([track(1, codec), track(2, Codec.OPUS), *frames], container=container)
    with av.open(file.path) as opened:
        assert opened.duration is not None
        assert opened.duration / av.time_base == pytest.approx(4, abs=0.1)


def test_audio_alone_is_an_ogg_file(record: Recorder) -> None:
    (file,) = record([track(1, Codec.OPUS), *opus(1, 3)])
    assert Path(file.path).suffix == ".ogg"
    seen = watch(file.path)
    assert seen.seconds == pytest.approx(3, abs=0.03)
    assert seen.beeps == pytest.approx([0, 1, 2], abs=0.03)


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.H264])
def test_video_that_comes_later_than_audio_is_at_its_own_time(record: Recorder, codec: Codec) -> None:
    frames = in_order(video(1, codec, 3, at=1.0), opus(2, 4))
    (file,) = record([track(1, codec), track(2, Codec.OPUS), *frames])
    seen = watch(file.path)
    assert seen.flashes == pytest.approx([1, 2, 3], abs=0.02)
    assert seen.beeps == pytest.approx([0, 1, 2, 3], abs=0.03)


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.H264])
def test_audio_that_comes_later_than_video_is_at_its_own_time(record: Recorder, codec: Codec) -> None:
    """Somebody joins muted: the file has an audio stream all the same, so that it can go on when he speaks."""
    frames = in_order(video(1, codec, 6), opus(2, 2, at=4.0))
    (file,) = record([track(1, codec), *frames[:90], track(2, Codec.OPUS), *frames[90:]])
    seen = watch(file.path)
    assert seen.sound_starts == pytest.approx(0, abs=0.02)
    assert seen.beeps == pytest.approx([4, 5], abs=0.03)
    assert seen.flashes == pytest.approx([0, 1, 2, 3, 4, 5], abs=0.02)


def test_video_begins_with_its_first_keyframe(record: Recorder) -> None:
    frames = video(1, Codec.VP8, 4, keyframe_seconds=1)[10:]
    (file,) = record([track(1, Codec.VP8), *frames])
    seen = watch(file.path)
    assert file.started_at_ns == START + SECOND
    assert len(seen.pictures) == 75
    assert seen.flashes == pytest.approx([0, 1, 2], abs=0.02)


def test_av1_needs_no_temporal_delimiters(record: Recorder) -> None:
    """They do not travel in RTP."""
    frames = [
        msgspec.structs.replace(frame, data=frame.data.removeprefix(b"\x12\0")) for frame in video(1, Codec.AV1, 2)
    ]
    (file,) = record([track(1, Codec.AV1), *frames])
    assert len(watch(file.path).pictures) == 50


@pytest.mark.parametrize(("codec", "silent"), [(Codec.PCMU, b"\xff"), (Codec.PCMA, b"\xd5")])
def test_telephone_audio_is_recorded_too(record: Recorder, codec: Codec, silent: bytes) -> None:
    loud = {Codec.PCMU: b"\x80\x00", Codec.PCMA: b"\xaa\x2a"}[codec] * 80
    frames = [
        frame.__class__(1, index * 160, START + index * SECOND // 50, loud if index % 50 < 6 else silent * 160)
        for index, frame in enumerate(opus(1, 3))
    ]
    (file,) = record([track(1, codec), *frames])
    assert (Path(file.path).suffix, file.codecs) == (".mkv", ["pcm_s16le"])
    seen = watch(file.path)
    assert seen.rate == 8000
    assert seen.seconds == pytest.approx(3, abs=0.03)
    assert seen.beeps == pytest.approx([0, 1, 2], abs=0.02)


def test_each_track_alone(record: Recorder) -> None:
    camera, screen = video(1, Codec.VP8, 2), video(3, Codec.H264, 2, color=BLUE)
    started = [track(1, Codec.VP8), track(2, Codec.OPUS), track(3, Codec.H264, source="screen_share")]
    files = record([*started, *in_order(camera, opus(2, 2), screen)], grouping=Grouping.TRACK, path="{track_source}")
    names = {Path(file.path).name: file for file in files}
    assert set(names) == {"camera.webm", "microphone.ogg", "screen_share.mp4"}
    assert {name: file.tracks for name, file in names.items()} == {
        "camera.webm": ["TR_1"],
        "microphone.ogg": ["TR_2"],
        "screen_share.mp4": ["TR_3"],
    }
    assert close_colors(watch(names["camera.webm"].path).color(0.5), RED)
    assert close_colors(watch(names["screen_share.mp4"].path).color(0.5), BLUE)
    assert watch(names["microphone.ogg"].path).beeps == pytest.approx([0, 1], abs=0.03)
