"""One picture for all, in the layouts of NkMEDIA."""

from collections.abc import Callable
from typing import Any

import pytest

from roomful.media.ports.frames import Codec, TrackEnded
from roomful.media.ports.mixer.layouts import GROUPS, LAYOUTS, BadLayout, check, choose
from roomful.media.ports.mixer.seats import Seats
from tests.unit.media.ports.mixer.listening import Heard
from tests.unit.media.ports.recorder.footage import BLUE, GREEN, RED, between, in_order, opus, track, video

Mix = Callable[..., Heard]
QUARTERS = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]


def cameras(*colors: tuple[int, int, int], seconds: float = 2) -> list[Any]:
    tracks = [track(n, Codec.VP8, session=f"PA_{n}") for n in range(len(colors))]
    return [*tracks, *in_order(*(video(n, Codec.VP8, seconds, color=color) for n, color in enumerate(colors)))]


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.H264])
def test_members_fill_the_cells_in_the_order_they_came(mix: Mix, codec: Codec) -> None:
    heard = mix(cameras(RED, GREEN, BLUE), "PA_0", "PA_1", "PA_2", layout="2x2", video_codecs=[codec])
    assert [heard.film().color(1.5, x, y) for x, y in QUARTERS] == ["red", "green", "blue", "dark"]
    assert heard.frames(0)[0].keyframe


def test_who_leaves_frees_a_cell_and_the_others_stay(mix: Mix) -> None:
    tracks, frames = cameras(RED, GREEN, BLUE)[:3], cameras(RED, GREEN, BLUE)[3:]
    late = [*between(frames, 0, 1), TrackEnded(0), *(one for one in between(frames, 1, 2) if one.track)]
    heard = mix([*tracks, *late], "PA_0", "PA_1", "PA_2", layout="2x2")
    assert [heard.film().color(1.7, x, y) for x, y in QUARTERS] == ["dark", "green", "blue", "dark"]


def test_a_group_grows_with_its_members_and_the_layout_changes_live(mix: Mix) -> None:
    tracks, frames = cameras(RED, GREEN)[:2], cameras(RED, GREEN)[2:]
    heard = mix(
        [
            *tracks,
            *between(frames, 0, 1),
            b'{"type":"layout","layout":"presenter-overlap-large-bot-right"}',
            b'{"type":"layout","layout":"nonsense"}',
            b'{"type":"reserve","reservation":"presenter","sid":"PA_1"}',
            b"{}",
            *between(frames, 1, 2),
        ],
        "PA_0",
        "PA_1",
    )
    seen = heard.film()
    assert [seen.color(0.7, x, 0.5) for x in (0.25, 0.75)] == ["red", "green"]
    assert [seen.color(1.7, x, y) for x, y in QUARTERS] == ["red", "red", "red", "green"]


def test_zoomed_cells_are_filled_and_others_are_not(mix: Mix) -> None:
    heard = mix(cameras(RED, GREEN), "PA_0", "PA_1", layout="2x1-zoom")
    assert [heard.film().color(1.5, x, 0.03) for x in (0.25, 0.75)] == ["red", "green"]


def test_a_muted_camera_takes_no_cell(mix: Mix) -> None:
    mute = b'{"type":"member","sid":"PA_0","mute_video":true}'
    heard = mix([mute, *cameras(RED, GREEN)], "PA_0", "PA_1")
    assert heard.film().color(1.5, 0.5, 0.5) == "green"


def test_sound_alone_is_possible(mix: Mix) -> None:
    heard = mix(cameras(RED), "PA_0", video_codecs=[])
    assert [one.codec for one in heard.tracks.values()] == [Codec.OPUS]


def test_the_floor_changes_places_with_who_was_there() -> None:
    seats = Seats("1up_top_left+5")
    members = ["a", "b", "c"]
    seats.seat(members, None)
    assert seats.seated == ["a", "b", "c", "", "", ""]
    seats.seat(members, "c")
    assert seats.seated == ["c", "b", "a", "", "", ""]
    seats.seat(members, None)
    assert seats.seated[0] == "c", "the last speaker stays"
    seats.seat(["b", "c"], "b")
    assert seats.seated == ["b", "c", "", "", "", ""]


def test_who_has_no_cell_is_shown_when_speaking() -> None:
    seats = Seats("1x1")
    seats.seat(["a", "b"], None)
    assert seats.seated == ["a"]
    seats.seat(["a", "b"], "b")
    assert seats.seated == ["b"]


def test_reserved_cells_are_for_whom_they_are_reserved() -> None:
    seats = Seats("2up_top+8")
    seats.seat(["a", "b", "c"], None)
    assert seats.seated[:4] == ["a", "", "b", "c"]
    seats.reservations["secondary"] = "c"
    seats.seat(["a", "b", "c"], None)
    assert seats.seated[:4] == ["a", "c", "b", ""]


def test_groups_take_the_first_layout_that_is_large_enough() -> None:
    chosen = [choose("group:grid", count) for count in (0, 1, 2, 3, 4, 5, 10, 17, 26, 37, 100)]
    assert chosen == ["1x1", "1x1", "2x1", "1x1+2x1", "2x2", "3x3", "4x4", "5x5", "6x6", "8x8", "8x8"]


def test_all_layouts_are_there_and_stay_on_the_canvas() -> None:
    counts = {"1up_top_left+7": 8, "2up_middle+8": 10, "3up+4": 7, "3up+9": 12, "8x8": 64, "overlaps": 7}
    assert {name: len(LAYOUTS[name]) for name in counts} == counts
    for cells in LAYOUTS.values():
        for cell in cells:
            rect = cell.rect(1280, 720)
            assert 0 <= rect.x < rect.x + rect.width <= 1280
            assert 0 <= rect.y < rect.y + rect.height <= 720
    for group in GROUPS.values():
        assert all(name in LAYOUTS for name in group)
    for name in ("carousel", "group:carousel", "group:1x1", ""):
        with pytest.raises(BadLayout):
            check(name)


def test_a_picture_of_nobody_is_rarely_made(mix: Mix) -> None:
    heard = mix([track(0, Codec.OPUS, session="PA_0"), *opus(0, 3)], "PA_0", fps=15)
    assert 5 <= len(heard.frames(0)) <= 8
    assert {heard.film().color(2, x, 0.5) for x in (0.1, 0.5, 0.9)} == {"dark"}
