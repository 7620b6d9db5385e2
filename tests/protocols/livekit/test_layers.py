"""Which layer a wish comes down to."""

from collections.abc import Iterable

import pytest

from roomful.protocols.livekit.layers import MAX_SPATIAL, Wish, choose, with_rids
from roomful.rooms.model import TrackKind, VideoQuality
from roomful.rooms.tracks import Layer, Track

LOW, MEDIUM, HIGH, OFF = VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH, VideoQuality.OFF


def camera(heights: Iterable[int] = (180, 360, 720), qualities: Iterable[VideoQuality] = (LOW, MEDIUM, HIGH)) -> Track:
    layers = tuple(
        Layer(quality=quality, width=height * 16 // 9, height=height, spatial=place)
        for place, (height, quality) in enumerate(zip(heights, qualities, strict=False))
    )
    return Track(sid="TR_v", publisher="PA_x", kind=TrackKind.VIDEO, width=1280, height=720, layers=layers)


@pytest.mark.parametrize(("quality", "spatial"), [(LOW, 0), (MEDIUM, 1), (HIGH, 2)])
def test_a_quality_is_a_layer(quality: VideoQuality, spatial: int) -> None:
    choice = choose(camera(), Wish(quality=quality))
    assert (choice.enabled, choice.max_spatial, choice.quality) == (True, spatial, quality)


def test_of_layers_that_are_all_better_the_lowest_will_do() -> None:
    assert choose(camera((360, 720), (MEDIUM, HIGH)), Wish(quality=LOW)).quality is MEDIUM


@pytest.mark.parametrize(
    ("height", "spatial"), [(1, 0), (180, 0), (200, 0), (201, 1), (400, 1), (401, 2), (720, 2), (4000, 2)]
)
def test_a_size_gets_the_smallest_layer_that_nearly_fills_it(height: int, spatial: int) -> None:
    assert choose(camera(), Wish(quality=LOW, width=height * 16 // 9, height=height)).max_spatial == spatial


def test_of_layers_of_one_size_the_higher_is_taken() -> None:
    assert choose(camera((180, 180, 720)), Wish(width=100, height=100)).max_spatial == 1


def test_layers_of_unknown_size_have_the_usual_ones() -> None:
    track = camera((0, 0, 0))
    assert [choose(track, Wish(width=1, height=height)).max_spatial for height in (180, 360, 720)] == [0, 1, 2]


def test_of_an_upright_picture_of_unknown_layers_the_width_counts() -> None:
    track = camera((0, 0, 0))
    track.width, track.height = 720, 1280
    assert choose(track, Wish(width=360, height=640)).max_spatial == 1


@pytest.mark.parametrize("wish", [Wish(disabled=True), Wish(quality=OFF)])
def test_what_is_out_of_sight_is_held(wish: Wish) -> None:
    choice = choose(camera(), wish)
    assert (choice.enabled, choice.quality) == (False, OFF)


def test_audio_has_no_layers_but_can_be_held() -> None:
    audio = Track(sid="TR_a", publisher="PA_x", kind=TrackKind.AUDIO)
    assert choose(audio, Wish(quality=LOW, width=1, height=1)).max_spatial == MAX_SPATIAL
    assert choose(audio, Wish(quality=OFF)).enabled
    assert not choose(audio, Wish(disabled=True)).enabled


def test_a_track_without_layers_is_taken_as_it_is() -> None:
    assert choose(camera(()), Wish(quality=LOW)).max_spatial == MAX_SPATIAL


def test_names_outside_the_schemes_keep_their_order() -> None:
    named = with_rids(camera().layers, ["small", "middle", "large"])
    assert [(layer.rid, layer.spatial) for layer in named] == [("small", 0), ("middle", 1), ("large", 2)]


def test_without_simulcast_there_are_no_names() -> None:
    assert [layer.rid for layer in with_rids(camera((720,)).layers, [])] == [""]
