"""Sound and picture of everybody at the same time, from the first to the last second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from roomful.media.ports.compositor import AudioCodec, CompositionPlan, FileKind, FileOutput
from roomful.media.ports.compositor.session import Session
from roomful.media.ports.frames import Codec, TrackEnded
from tests.unit.media.ports.compositor.viewing import Film
from tests.unit.media.ports.recorder.footage import SECOND, START, between, in_order, opus, track, video
from tests.unit.media.ports.recorder.watching import watch
from tests.unit.media.ports.scene.sounds import loudness, tone

Compose = Callable[..., Any]


@pytest.mark.parametrize("audio", list(AudioCodec))
@pytest.mark.parametrize("codec", [Codec.VP8, Codec.H264])
def test_beeps_are_where_flashes_are(compose: Compose, tmp_path: Path, codec: Codec, audio: AudioCodec) -> None:
    compose([track(1, codec), track(2, Codec.OPUS), *in_order(video(1, codec, 4), opus(2, 4))], audio_codec=audio)
    path = tmp_path / "room.mp4"
    beeps, flashes = watch(path).beeps, Film(path).flashes(0.5, 0.5)
    assert len(beeps) == len(flashes) == 4
    assert beeps == pytest.approx(flashes, abs=0.045)
    assert watch(path).seconds == pytest.approx(4, abs=0.1)


def test_one_participants_sound_fits_anothers_picture(compose: Compose, tmp_path: Path) -> None:
    tracks = [track(1, Codec.VP8), track(2, Codec.OPUS, identity="bob", session="PA_2")]
    compose([*tracks, *in_order(video(1, Codec.VP8, 3, at=0.3), opus(2, 3))])
    path = tmp_path / "room.mp4"
    beeps, flashes = watch(path).beeps, Film(path).flashes(0.25, 0.5)
    assert [flash - beep for flash, beep in zip(flashes, beeps, strict=False)] == pytest.approx([0.3] * 3, abs=0.045)


def test_all_are_heard_at_once(compose: Compose, tmp_path: Path) -> None:
    tracks = [track(n, Codec.OPUS, identity=f"p{n}", session=f"PA_{n}") for n in range(3)]
    compose([*tracks, *in_order(*(tone(n, 2, hertz) for n, hertz in enumerate((400, 700, 1100))))])
    sound = watch(tmp_path / "room.mp4").sound[24000:72000]
    assert [loudness(sound, hertz) for hertz in (400, 700, 1100)] == pytest.approx([0.3] * 3, abs=0.05)


def test_many_loud_voices_do_not_clip(compose: Compose, tmp_path: Path) -> None:
    tracks = [track(n, Codec.OPUS, identity=f"p{n}", session=f"PA_{n}") for n in range(4)]
    outputs = [FileOutput(directory=str(tmp_path), path="room", kind=FileKind.OGG)]
    compose([*tracks, *in_order(*(tone(n, 2, 440, level=0.9) for n in range(4)))], outputs=outputs)
    sound = watch(tmp_path / "room.ogg").sound[24000:72000]
    assert 0.85 < np.abs(sound).max() < 1.05
    assert loudness(sound, 440) > 0.85
    assert loudness(sound, 1320) < 0.02, "a clipped tone has overtones"


def test_silence_and_emptiness_last_as_long_as_they_last(compose: Compose, tmp_path: Path) -> None:
    voice = opus(2, 5)
    compose([track(2, Codec.OPUS), *between(voice, 0, 1), *between(voice, 4, 5)])
    seen = watch(tmp_path / "room.mp4")
    assert seen.seconds == pytest.approx(5, abs=0.1)
    assert len(seen.pictures) == pytest.approx(125, abs=3)
    assert seen.beeps == pytest.approx([0, 4], abs=0.05)


def test_time_passes_when_nobody_is_there(plan: Callable[..., CompositionPlan], tmp_path: Path) -> None:
    session = Session(plan(offline=False))
    session.open(START)
    frames = [*between(opus(2, 1), 0, 1)]
    session.feed(track(2, Codec.OPUS), START)
    for frame in frames:
        session.feed(frame, frame.wall_ns + SECOND // 20)
        session.tick(frame.wall_ns)
    session.feed(TrackEnded(2), START + SECOND)
    for tick in range(50, 250):
        session.tick(START + tick * SECOND // 50)
    session.finish(START + 5 * SECOND)
    seen = watch(tmp_path / "room.mp4")
    assert seen.seconds == pytest.approx(5, abs=0.1)
    assert len(seen.pictures) == pytest.approx(125, abs=2)


def test_it_ends_with_the_media_although_the_end_is_learnt_late(
    plan: Callable[..., CompositionPlan], tmp_path: Path
) -> None:
    session = Session(plan(offline=False))
    session.open(START)
    session.feed(track(2, Codec.OPUS), START)
    for frame in opus(2, 2):
        session.feed(frame, frame.wall_ns)
        session.tick(frame.wall_ns)
    session.finish(START + int(2.8 * SECOND))
    assert watch(tmp_path / "room.mp4").seconds == pytest.approx(2, abs=0.1)


def test_a_composition_can_begin_before_anybody_comes(plan: Callable[..., CompositionPlan], tmp_path: Path) -> None:
    session = Session(plan(offline=False, await_media=False))
    session.open(START)
    for tick in range(100):
        session.tick(START + tick * SECOND // 50)
    session.finish(START + 2 * SECOND)
    assert watch(tmp_path / "room.mp4").seconds == pytest.approx(2, abs=0.1)


def test_frames_that_come_too_late_are_left_out(plan: Callable[..., CompositionPlan], tmp_path: Path) -> None:
    session = Session(plan(offline=False))
    session.open(START)
    session.feed(track(2, Codec.OPUS), START)
    voice = opus(2, 3)
    # The beep at 1 s comes half a second after its time, all at once.
    for frame in [*between(voice, 0, 1), *between(voice, 1.5, 1.9), *between(voice, 1, 1.5), *between(voice, 1.9, 3)]:
        session.tick(frame.wall_ns)
        session.feed(frame, frame.wall_ns)
    session.finish(START + 3 * SECOND)
    assert watch(tmp_path / "room.mp4").beeps == pytest.approx([0, 2], abs=0.05)


def test_pictures_that_come_too_late_are_decoded_for_those_after_them(
    plan: Callable[..., CompositionPlan], tmp_path: Path
) -> None:
    session = Session(plan(offline=False))
    session.open(START)
    session.feed(track(1, Codec.VP8), START)
    frames = video(1, Codec.VP8, 3)
    # These come at once, 0.6 s after the first of them was captured; one of them ends the flash.
    late = between(frames, 1.02, 1.64)
    for frame in [*between(frames, 0, 1.02), *late, *between(frames, 1.64, 3)]:
        now = max(frame.wall_ns, late[-1].wall_ns) if frame in late else frame.wall_ns
        session.tick(now)
        session.feed(frame, now)
        assert session.tick(now) == [], "no keyframe is needed"
    session.finish(START + 3 * SECOND)
    assert Film(tmp_path / "room.mp4").color(1.8, 0.5, 0.5) == "red"


def test_a_track_with_wrong_times_costs_others_nothing(plan: Callable[..., CompositionPlan], tmp_path: Path) -> None:
    session = Session(plan(offline=False))
    session.open(START)
    session.feed(track(1, Codec.OPUS, identity="bob", session="PA_2"), START)
    session.feed(track(2, Codec.OPUS), START)
    wrong = [msgspec.structs.replace(one, wall_ns=one.wall_ns + 3600 * SECOND) for one in tone(1, 3, 440)]
    for early, frame in zip(wrong, opus(2, 3), strict=True):
        session.feed(frame, frame.wall_ns)
        session.feed(early, frame.wall_ns)
        session.tick(frame.wall_ns)
    session.finish(START + 3 * SECOND)
    seen = watch(tmp_path / "room.mp4")
    assert seen.seconds == pytest.approx(3, abs=0.1)
    assert loudness(seen.sound[:30000], 440) < 0.01
    assert loudness(seen.sound[2 * 48000 + 6000 : 2 * 48000 + 40000], 440) > 0.2, "heard when it comes"


def test_who_is_always_late_is_heard_late(plan: Callable[..., CompositionPlan], tmp_path: Path) -> None:
    session = Session(plan(offline=False))
    session.open(START)
    session.feed(track(1, Codec.OPUS, identity="bob", session="PA_2"), START)
    session.feed(track(2, Codec.OPUS), START)
    for late, frame in zip(tone(1, 4, 440), opus(2, 4), strict=True):
        session.feed(frame, frame.wall_ns)
        session.tick(frame.wall_ns)
        if frame.wall_ns >= START + SECOND:
            session.feed(msgspec.structs.replace(late, wall_ns=frame.wall_ns - SECOND), frame.wall_ns)
    session.finish(START + 4 * SECOND)
    sound = watch(tmp_path / "room.mp4").sound
    assert loudness(sound[3 * 48000 + 6000 : 3 * 48000 + 40000], 440) > 0.2


def test_a_machine_that_is_too_slow_leaves_out_pictures_and_no_sound(
    plan: Callable[..., CompositionPlan], tmp_path: Path
) -> None:
    session = Session(plan(offline=False))
    session.open(START)
    session.feed(track(2, Codec.OPUS), START)
    for frame in opus(2, 8):
        session.feed(frame, frame.wall_ns)
        if frame.wall_ns % (2 * SECOND) == 0:
            session.tick(frame.wall_ns)
    session.finish(START + 8 * SECOND)
    seen = watch(tmp_path / "room.mp4")
    assert session.fps < 25
    assert len(seen.pictures) < 180
    assert seen.seconds == pytest.approx(8, abs=0.2)
    assert seen.beeps == pytest.approx(list(range(8)), abs=0.05)
