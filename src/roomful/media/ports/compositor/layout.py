"""Where tiles are: `grid`, `speaker` and `single-speaker`, as LiveKit's recording page has them."""

import enum
import math

from roomful.media.ports.compositor.plan import Background
from roomful.media.ports.scene.rect import Rect

MOST_TILES = 25
"""Whoever does not fit is heard alone."""

MOST_BESIDE = 5
"""Tiles beside the speaker."""

GAP = 4
"""Pixels between tiles."""


class BadLayout(ValueError):
    """There is no layout of this name."""


class Arrangement(enum.StrEnum):
    """Ways to lay out."""

    GRID = "grid"
    SPEAKER = "speaker"
    SINGLE_SPEAKER = "single-speaker"

    @property
    def follows_speaker(self) -> bool:
        return self is not Arrangement.GRID


def parse(layout: str, background: Background) -> tuple[Arrangement, Background]:
    """Take a layout's name apart; without `-dark` or `-light` it has the given background.

    Raises:
        BadLayout: there is none of this name.
    """
    name, dash, shade = layout.rpartition("-")
    if dash and shade in set(Background):
        layout, background = name, Background(shade)
    try:
        return Arrangement(layout or "grid"), background
    except ValueError:
        known = ", ".join(Arrangement)
        raise BadLayout(f"there is no layout {layout!r}; there are {known}, also with -dark and -light") from None


def tiles(arrangement: Arrangement, count: int, width: int, height: int) -> list[Rect]:
    """Return the places of at most `count` tiles; where the layout has a speaker, the first is theirs."""
    if count <= 0:
        return []
    if arrangement is Arrangement.SINGLE_SPEAKER or count == 1:
        return [Rect(0, 0, width, height)]
    if arrangement is Arrangement.GRID:
        return _grid(min(count, MOST_TILES), width, height)
    return _speaker(min(count - 1, MOST_BESIDE), width, height)


def _grid(count: int, width: int, height: int) -> list[Rect]:
    """As square as it goes, the last row centred. A portrait canvas is filled from top to bottom."""
    columns = math.ceil(math.sqrt(count)) if width >= height else math.floor(math.sqrt(count))
    rows = math.ceil(count / columns)
    across, down = _share(width, columns), _share(height, rows)
    rects: list[Rect] = []
    for index in range(count):
        row, column = divmod(index, columns)
        missing = columns - min(columns, count - row * columns)
        rects.append(
            Rect(_even(column * (across + GAP) + missing * (across + GAP) / 2), row * (down + GAP), across, down)
        )
    return rects


def _speaker(beside: int, width: int, height: int) -> list[Rect]:
    """The speaker, and the others in a strip at the right, or below on a portrait canvas."""
    if width >= height:
        strip = _even(width / MOST_BESIDE)
        down = _share(height, MOST_BESIDE)
        first = Rect(0, 0, width - strip - GAP, height)
        return [first, *(Rect(width - strip, n * (down + GAP), strip, down) for n in range(beside))]
    strip = _even(height / MOST_BESIDE)
    across = _share(width, MOST_BESIDE)
    first = Rect(0, 0, width, height - strip - GAP)
    return [first, *(Rect(n * (across + GAP), height - strip, across, strip) for n in range(beside))]


def _share(total: int, count: int) -> int:
    return _even((total - GAP * (count - 1)) / count)


def _even(value: float) -> int:
    return int(value) // 2 * 2
