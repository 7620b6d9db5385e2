"""Real time is kept: mutes, losses, pauses and clocks that are off."""

import itertools
from collections.abc import Callable

import msgspec
import pytest

from roomful.media.ports.frames import Codec, Frame, Mark
from roomful.media.ports.recorder import Container, FileInfo
from tests.unit.media.ports.recorder.footage import SECOND, START, between, in_order, opus, track, video
from tests.unit.media.ports.recorder.watching import watch

Recorder = Callable[..., list[FileInfo]]

CONTAINERS = [(Codec.VP9, Container.WEBM), (Codec.H264, Container.MP4)]


def marked(frames: list[Frame], **flags: bool) -> list[Frame]:
    """The first of these frames has these flags."""
    return [msgspec.structs.replace(frames[0], **flags), *frames[1:]]


@pytest.mark.parametrize(("codec", "container"), CONTAINERS)
def test_a_muted_microphone_is_silence_that_lasts_as_long_as_it_did(
    record: Recorder, codec: Codec, container: Container
) -> None:
    sound = opus(2, 6)
    sound = between(sound, 0, 1.5) + marked(between(sound, 3.5, 6), muted_gap=True)
    (file,) = record([track(1, codec), track(2, Codec.OPUS), *in_order(video(1, codec, 6), sound)], container=container)
    seen = watch(file.path)
    assert seen.sound_seconds == pytest.approx(6, abs=0.03)  # counted, not read from time stamps
    assert seen.beeps == pytest.approx([0, 1, 4, 5], abs=0.03)
    assert len(seen.pictures) == 150


def test_a_muted_camera_leaves_its_last_picture_for_as_long_as_it_was(record: Recorder) -> None:
    pictures = video(1, Codec.H264, 6, keyframe_seconds=1)
    pictures = between(pictures, 0, 2) + marked(between(pictures, 4, 6), muted_gap=True)
    (file,) = record([track(1, Codec.H264), track(2, Codec.OPUS), *in_order(pictures, opus(2, 6))])
    seen = watch(file.path)
    assert seen.flashes == pytest.approx([0, 1, 4, 5], abs=0.02)
    assert seen.beeps == pytest.approx([0, 1, 2, 3, 4, 5], abs=0.03)


def test_a_muted_microphone_alone_is_silence_in_an_ogg_file(record: Recorder) -> None:
    """Players of Ogg count samples and take no notice of holes."""
    sound = opus(1, 6)
    (file,) = record([track(1, Codec.OPUS), *between(sound, 0, 1.5), *marked(between(sound, 4, 6), muted_gap=True)])
    seen = watch(file.path)
    assert seen.sound_seconds == pytest.approx(6, abs=0.03)
    assert seen.beeps == pytest.approx([0, 1, 4, 5], abs=0.03)


def test_lost_packets_do_not_make_it_shorter(record: Recorder) -> None:
    kept: list[Frame] = []
    lost = False
    for index, frame in enumerate(opus(1, 10)):
        if index % 7 == 3:
            lost = True
            continue
        kept.append(msgspec.structs.replace(frame, gap=lost))
        lost = False
    (file,) = record([track(1, Codec.OPUS), *kept])
    seen = watch(file.path)
    assert seen.sound_seconds == pytest.approx(10, abs=0.03)
    assert seen.beeps == pytest.approx(range(10), abs=0.08)  # a beep's first packet is lost too


@pytest.mark.parametrize("ppm", [-4000, 4000])
@pytest.mark.parametrize("alone", [True, False])
def test_a_sender_whose_clock_is_off_does_not_drift_away(record: Recorder, ppm: int, alone: bool) -> None:
    """A minute with a clock that is as wrong as others are after hours."""
    sound: list[Frame] = []
    for repeat in range(6):
        for frame in opus(2, 10):
            sent = frame.wall_ns - START + repeat * 10 * SECOND
            sound.append(msgspec.structs.replace(frame, wall_ns=START + sent + sent * ppm // 1_000_000))
    camera = [] if alone else [frame for second in range(60) for frame in video(1, Codec.VP8, 1, at=second)]
    started = [track(2, Codec.OPUS)] if alone else [track(1, Codec.VP8), track(2, Codec.OPUS)]
    (file,) = record([*started, *in_order(camera, sound)])
    real = 60 * (1 + ppm / 1_000_000)
    assert file.duration_ns / SECOND == pytest.approx(real if alone else max(real, 60), abs=0.1)
    beeps = watch(file.path).beeps
    assert len(beeps) >= 59
    assert beeps == pytest.approx([second * (1 + ppm / 1_000_000) for second in range(len(beeps))], abs=0.08)


def test_a_wall_clock_that_trembles_is_smoothed(record: Recorder) -> None:
    """Sender reports move the mapping by some milliseconds."""
    trembling = [
        msgspec.structs.replace(frame, wall_ns=frame.wall_ns + (index * 7919 % 21 - 10) * 1_000_000)
        for index, frame in enumerate(video(1, Codec.VP8, 4))
    ]
    (file,) = record([track(1, Codec.VP8), *trembling])
    times = [at for at, _ in watch(file.path).pictures]
    steps = [after - before for before, after in itertools.pairwise(times)]
    assert all(0.037 < step < 0.043 for step in steps)


def test_wall_time_that_goes_back_costs_no_picture_and_is_caught_up_with(record: Recorder) -> None:
    """The first sender report corrects what was guessed before it."""
    corrected = [
        msgspec.structs.replace(frame, wall_ns=frame.wall_ns + (300_000_000 if index < 25 else 0))
        for index, frame in enumerate(video(1, Codec.VP8, 4))
    ]
    (file,) = record([track(1, Codec.VP8), *corrected])
    times = [at for at, _ in watch(file.path).pictures]
    assert len(times) == 100
    assert all(0.015 < after - before < 0.045 for before, after in itertools.pairwise(times))
    assert times[-1] == pytest.approx(99 * 0.04 - 0.3, abs=0.04)


def test_a_pause_is_cut_out_for_picture_and_sound(record: Recorder) -> None:
    pictures, sound = video(1, Codec.VP8, 8, keyframe_seconds=1), opus(2, 8)
    frames = in_order(pictures, sound)
    (file,) = record(
        [
            track(1, Codec.VP8),
            track(2, Codec.OPUS),
            *between(frames, 0, 2.5),
            Mark(START + int(2.5 * SECOND), {"pause": True}),
            *between(frames, 2.5, 5.5),
            Mark(START + int(5.5 * SECOND), {"pause": False}),
            *between(frames, 5.5, 8),
        ]
    )
    seen = watch(file.path)
    assert seen.seconds == pytest.approx(5, abs=0.1)
    assert seen.flashes == pytest.approx([0, 1, 2, 3, 4], abs=0.02)
    assert seen.beeps == pytest.approx([0, 1, 2, 3, 4], abs=0.03)


def test_what_was_before_the_wanted_instant_is_left_out(record: Recorder) -> None:
    frames = in_order(video(1, Codec.VP8, 5, keyframe_seconds=1), opus(2, 5))
    (file,) = record([track(1, Codec.VP8), track(2, Codec.OPUS), *frames], start_at_ns=START + 2 * SECOND)
    assert file.started_at_ns == START + 2 * SECOND
    assert watch(file.path).seconds == pytest.approx(3, abs=0.1)


def test_frames_of_two_tracks_that_arrive_far_apart_are_put_in_order(record: Recorder) -> None:
    """Half a second of video is on its way while audio comes at once."""
    arrivals = [(frame.wall_ns + SECOND // 2, frame) for frame in video(1, Codec.H264, 4)]
    arrivals += [(frame.wall_ns, frame) for frame in opus(2, 4)]
    frames = [frame for _, frame in sorted(arrivals, key=lambda arrival: arrival[0])]
    (file,) = record([track(1, Codec.H264), track(2, Codec.OPUS), *frames])
    seen = watch(file.path)
    assert seen.beeps == pytest.approx(seen.flashes, abs=0.03)
    assert len(seen.pictures) == 100
