"""Everybody is to be seen where the layout puts them, for as long as they are there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomful.media.ports.frames import Codec, Mark, Record, TrackEnded
from tests.unit.media.ports.compositor.viewing import Film
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
from tests.unit.media.ports.scene.sounds import tone

Compose = Callable[..., Any]
QUARTERS = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]


def camera(number: int, name: str, codec: Codec = Codec.VP8) -> Record:
    return track(number, codec, identity=name, session=f"PA_{name}")


def microphone(number: int, name: str) -> Record:
    return track(number, Codec.OPUS, identity=name, session=f"PA_{name}")


def film(tmp_path: Path) -> Film:
    return Film(tmp_path / "room.mp4")


def test_everybodys_colour_is_in_their_tile_whatever_the_codec(compose: Compose, tmp_path: Path) -> None:
    codecs = [Codec.VP8, Codec.H264, Codec.VP9, Codec.AV1]
    colors = [RED, GREEN, BLUE, RED]
    tracks = [camera(n, f"p{n}", codec) for n, codec in enumerate(codecs)]
    compose([*tracks, *in_order(*(video(n, codec, 1, color=colors[n]) for n, codec in enumerate(codecs)))])
    assert [film(tmp_path).color(0.8, x, y) for x, y in QUARTERS] == ["red", "green", "blue", "red"]


def test_a_late_joiner_gets_a_tile_and_a_leaver_loses_it(compose: Compose, tmp_path: Path) -> None:
    alice, bob = video(1, Codec.VP8, 3), video(2, Codec.VP8, 1, at=1, color=BLUE)
    compose(
        [
            camera(1, "alice"),
            *between(alice, 0, 1),
            camera(2, "bob"),
            *in_order(between(alice, 1, 2), bob),
            TrackEnded(2),
            *between(alice, 2, 3),
        ]
    )
    seen = film(tmp_path)
    assert seen.color(0.8, 0.5, 0.5) == "red"
    assert [seen.color(1.8, 0.25, 0.5), seen.color(1.8, 0.75, 0.5)] == ["red", "blue"]
    assert seen.color(2.8, 0.5, 0.5) == "red"
    assert seen.times[-1] == pytest.approx(3, abs=0.1)


def test_who_is_only_heard_has_a_tile_with_a_name(compose: Compose, tmp_path: Path) -> None:
    compose([camera(1, "alice"), microphone(2, "bob"), *in_order(video(1, Codec.VP8, 1), opus(2, 1))])
    picture = film(tmp_path).at(0.8)
    tile = picture[:, 162:]
    assert film(tmp_path).color(0.8, 0.25, 0.5) == "red"
    assert tile[80:100].max() > 180, "no name in the middle"
    assert tile[:60].max() < 80, "more than a name"


def test_names_can_be_left_out(compose: Compose, tmp_path: Path) -> None:
    compose([microphone(2, "bob"), *opus(2, 1)], names=False)
    assert film(tmp_path).at(0.8).max() < 80


def test_a_name_is_text_whatever_is_in_it(compose: Compose, tmp_path: Path) -> None:
    name = "a':text=%{pts}\n<b>\u202e[in];\0 {time} 名前 \\ " + "x" * 500
    compose([camera(1, name), *video(1, Codec.VP8, 1)])
    assert film(tmp_path).color(0.8, 0.5, 0.5) == "red"


def test_a_muted_camera_leaves_the_name(compose: Compose, tmp_path: Path) -> None:
    sound, pictures = opus(2, 6), video(1, Codec.VP8, 1)
    compose([camera(1, "alice"), microphone(2, "alice"), *in_order(pictures, sound)])
    seen = film(tmp_path)
    assert seen.color(2, 0.5, 0.3) == "red"
    assert seen.color(5.5, 0.5, 0.3) == "dark"
    assert len(seen.pictures) == pytest.approx(6 * 25, abs=3)


def test_a_camera_that_is_said_to_be_muted_goes_at_once(compose: Compose, tmp_path: Path) -> None:
    sound, pictures = opus(2, 2), video(1, Codec.VP8, 1)
    mute = Mark(START + SECOND, {"mute": "TR_1", "muted": True})
    compose(
        [
            *(camera(1, "alice"), microphone(2, "alice")),
            *in_order(pictures, between(sound, 0, 1)),
            mute,
            *between(sound, 1, 2),
        ]
    )
    assert film(tmp_path).color(1.9, 0.5, 0.3) == "dark"


def test_the_layout_changes_while_it_runs(compose: Compose, tmp_path: Path) -> None:
    both = in_order(video(1, Codec.VP8, 2), video(2, Codec.VP8, 2, color=BLUE))
    compose(
        [
            camera(1, "alice"),
            camera(2, "bob"),
            *between(both, 0, 1),
            b'{"type":"layout","layout":"single-speaker-light"}',
            b'{"type":"layout","layout":"carousel"}',
            b"nonsense",
            *between(both, 1, 2),
        ]
    )
    seen = film(tmp_path)
    assert [seen.color(0.5, 0.25, 0.5), seen.color(0.5, 0.75, 0.5), seen.color(0.5, 0.25, 0.02)] == [
        "red",
        "blue",
        "dark",
    ]
    assert [seen.color(1.8, x, 0.5) for x in (0.25, 0.75)] == ["red", "red"]
    assert seen.color(1.8, 0.02, 0.5) == "white"


def test_the_speaker_is_large_and_stays_so_in_silence(compose: Compose, tmp_path: Path) -> None:
    cameras = [video(1, Codec.VP8, 4), video(2, Codec.VP8, 4, color=BLUE)]
    compose(
        [
            *(camera(1, "alice"), camera(2, "bob"), microphone(3, "bob")),
            *in_order(*cameras, tone(3, 1.5, 440, at=1)),
        ],
        layout="speaker",
    )
    seen = film(tmp_path)
    assert (seen.color(1.5, 0.4, 0.5), seen.color(1.5, 0.9, 0.1)) == ("red", "blue")
    assert (seen.color(2.5, 0.4, 0.5), seen.color(2.5, 0.9, 0.1)) == ("blue", "red")
    assert seen.color(3.9, 0.4, 0.5) == "blue"


def test_a_screen_comes_first_and_stays_although_it_does_not_change(compose: Compose, tmp_path: Path) -> None:
    screen = track(3, Codec.VP8, identity="bob", session="PA_bob", source="screen_share")
    compose(
        [
            *(camera(1, "alice"), camera(2, "bob"), screen),
            *in_order(
                video(1, Codec.VP8, 5), video(2, Codec.VP8, 5, color=BLUE), video(3, Codec.VP8, 0.5, color=GREEN)
            ),
        ],
        layout="single-speaker",
    )
    assert film(tmp_path).color(4.8, 0.5, 0.5) == "green"


def test_pictures_keep_their_shape(compose: Compose, tmp_path: Path) -> None:
    compose([camera(1, "alice"), *video(1, Codec.VP8, 1, size=(90, 160))])
    seen = film(tmp_path)
    assert [seen.color(0.8, x, 0.5) for x in (0.1, 0.5, 0.9)] == ["dark", "red", "dark"]


def test_a_loss_keeps_the_last_good_picture_until_a_keyframe(compose: Compose, tmp_path: Path) -> None:
    frames = video(1, Codec.VP8, 3, keyframe_seconds=2)
    first, *rest = between(frames, 0.9, 3)
    damaged = msgspec.structs.replace(first, gap=True)
    session = compose([camera(1, "alice"), *between(frames, 0, 0.5), damaged, *rest])
    seen = film(tmp_path)
    assert len(seen.flashes(0.5, 0.5)) == 2, "the flash at 1 s could not be decoded"
    assert session.duration == pytest.approx(3 * SECOND, abs=0.1 * SECOND)
