import pytest

from roomful.media.ports.scene.canvas import Canvas, covering, fitted
from roomful.media.ports.scene.label import clean, name_label
from roomful.media.ports.scene.rect import Rect


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Alice", "Alice"),
        ("  Alice\n\tB.  ", "Alice B."),
        ("a\0\x1b[31m\u202eb\u200b", "a[31mb"),
        ("x" * 500, "x" * 80),
        ("\n\0", ""),
    ],
)
def test_a_name_is_one_line_of_text(name: str, shown: str) -> None:
    assert clean(name) == shown


@pytest.mark.parametrize("name", ["Alice", "名前", "x" * 500, "%{pts}:'\\", "W"])
def test_a_name_fits_into_its_place(name: str) -> None:
    label = name_label(name, 24, 100)
    assert label is not None
    assert (label.height, label.width % 2) == (24, 0)
    assert label.width <= 100
    canvas = Canvas(100, 24)
    canvas.fill(Rect(0, 0, 100, 24), (235, 128, 128))
    canvas.lay(label, 0, 0)


@pytest.mark.parametrize(("name", "height", "width"), [("", 24, 100), ("Alice", 4, 100), ("Alice", 24, 4)])
def test_where_there_is_nothing_to_draw_there_is_no_label(name: str, height: int, width: int) -> None:
    assert name_label(name, height, width) is None


def test_pictures_are_fitted_whole_or_cover_everything() -> None:
    assert fitted(1280, 720, Rect(0, 0, 640, 640)) == Rect(0, 140, 640, 360)
    assert fitted(90, 160, Rect(10, 0, 320, 180)) == Rect(118, 0, 102, 180)
    assert covering(1280, 720, Rect(0, 0, 100, 200)) == (356, 200)
