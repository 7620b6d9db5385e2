"""The layouts of NkMEDIA's conferences (its document's section 12), in units of 1/360 of the canvas."""

from collections.abc import Iterable

import msgspec

from roomful.media.ports.scene.rect import Rect

UNITS = 360


RESERVATIONS = {"R2": "secondary", "R3": "third", "RP": "presenter"}
"""Flag in the document → name of the reservation."""


class Cell(msgspec.Struct, frozen=True):
    """One place in a layout."""

    x: int
    y: int
    width: int
    height: int
    floor: bool = False
    """Shows who has the floor."""
    floor_only: bool = False
    """And nobody else."""
    reservation: str = ""
    """For whom this is reserved, and nobody else."""
    over: bool = False
    """Drawn over the others."""
    zoom: bool = False
    """Filled, and cropped."""

    def rect(self, width: int, height: int) -> Rect:
        """Return the cell's pixels, rounded down to even ones."""
        left, right = width * self.x // UNITS, width * (self.x + self.width) // UNITS
        top, bottom = height * self.y // UNITS, height * (self.y + self.height) // UNITS
        left, top = left // 2 * 2, top // 2 * 2
        return Rect(left, top, (right - left) // 2 * 2, (bottom - top) // 2 * 2)


class BadLayout(ValueError):
    """There is no layout or group of this name."""


def _cells(text: str) -> tuple[Cell, ...]:
    """Read cells as the document writes them: `x,y,w[xh]` with flags F, FO, R2, R3, RP, O and Z behind a slash."""
    cells: list[Cell] = []
    for word in text.split():
        place, _, flags = word.partition("/")
        x, y, size = place.split(",")
        width, _, height = size.partition("x")
        named = set(flags.split("+"))
        cells.append(
            Cell(
                int(x),
                int(y),
                int(width),
                int(height or width),
                floor=bool(named & {"F", "FO"}),
                floor_only="FO" in named,
                reservation=next((name for flag, name in RESERVATIONS.items() if flag in named), ""),
                over="O" in named,
                zoom="Z" in named,
            )
        )
    return tuple(cells)


def _row(xs: Iterable[int], y: int, size: str, flags: str = "") -> str:
    return " ".join(f"{x},{y},{size}/{flags}" for x in xs)


def _square(n: int) -> str:
    side = UNITS // n
    return " ".join(_row(range(0, side * n, side), row * side, str(side)) for row in range(n))


def _one_up(large: int, small: int) -> str:
    column = " ".join(_row([large], y, str(small)) for y in range(0, large, small))
    return f"0,0,{large}/F {column} {_row(range(0, UNITS, small), large, str(small))}"


def _two_up(y: int, rows: tuple[int, int]) -> str:
    return f"0,{y},180/F 180,{y},180/R2 " + " ".join(_row(range(0, UNITS, 90), row, "90") for row in rows)


def _three_up(small: int) -> str:
    places = range(180, UNITS, small)
    return "0,0,180/F 180,0,180/R2 0,180,180/R3 " + " ".join(_row(places, y, str(small)) for y in places)


def _presenter(x: int, y: int, size: int) -> str:
    return f"0,0,360/FO {x},{y},{size}/RP+O"


_THIRDS, _QUARTERS = range(0, UNITS, 120), range(0, UNITS, 90)

LAYOUTS: dict[str, tuple[Cell, ...]] = {
    name: _cells(text)
    for name, text in {
        "1x1": "0,0,360/F",
        "1x2": "90,0,180 90,180,180",
        "2x1": "0,90,180 180,90,180",
        "1x1+2x1": "90,0,180 0,180,180 180,180,180",
        **{f"{n}x{n}": _square(n) for n in (2, 3, 4, 5, 6, 8)},
        "2x1-zoom": _row((0, 180), 0, "180x360", "Z"),
        "3x1-zoom": _row(_THIRDS, 0, "120x360", "Z"),
        "3x2-zoom": _row(_THIRDS, 0, "120x180", "Z") + " " + _row(_THIRDS, 180, "120x180", "Z"),
        "4x2-zoom": _row(_QUARTERS, 0, "90x180", "Z") + " " + _row(_QUARTERS, 180, "90x180", "Z"),
        "5-grid-zoom": "0,0,180 180,0,180 " + _row(_THIRDS, 180, "120x180", "Z"),
        "7-grid-zoom": _row(_THIRDS, 0, "120x180", "Z") + " " + _row(_QUARTERS, 180, "90x180", "Z"),
        "1up_top_left+5": _one_up(240, 120),
        "1up_top_left+7": _one_up(270, 90),
        "1up_top_left+9": _one_up(288, 72),
        "2up_top+8": _two_up(0, (180, 270)),
        "2up_middle+8": _two_up(90, (0, 270)),
        "2up_bottom+8": _two_up(180, (0, 90)),
        "3up+4": _three_up(90),
        "3up+9": _three_up(60),
        "2x1-presenter-zoom": "0,0,180x360/F+Z 180,0,180x360/RP+Z",
        "presenter-dual-vertical": "90,0,180/FO 90,180,180/RP",
        "presenter-dual-horizontal": "0,90,180/FO 180,90,180/RP",
        "presenter-overlap-small-top-right": _presenter(300, 0, 60),
        "presenter-overlap-small-bot-right": _presenter(300, 300, 60),
        "presenter-overlap-large-top-right": _presenter(180, 0, 180),
        "presenter-overlap-large-bot-right": _presenter(180, 180, 180),
        "overlaps": "0,0,360 " + _row(range(300, -1, -60), 300, "60", "O"),
    }.items()
}

GROUPS: dict[str, tuple[str, ...]] = {
    "grid": ("1x1", "2x1", "1x1+2x1", "2x2", "3x3", "4x4", "5x5", "6x6", "8x8"),
    "1up_top_left_plus": ("1up_top_left+5", "1up_top_left+7", "1up_top_left+9"),
    "3up_plus": ("3up+4", "3up+9"),
}


def check(name: str) -> None:
    """Refuse a layout or `group:` that there is not.

    Raises:
        BadLayout: the message names it, and what there is.
    """
    known = GROUPS if name.startswith("group:") else LAYOUTS
    if name.removeprefix("group:") not in known:
        groups = ", ".join(f"group:{group}" for group in GROUPS)
        raise BadLayout(f"there is no layout {name!r}; there are {groups}, {', '.join(LAYOUTS)}")


def choose(name: str, members: int) -> str:
    """Return the layout for so many members with video: of a group the first with enough cells, or the last."""
    if not name.startswith("group:"):
        return name
    group = GROUPS[name.removeprefix("group:")]
    return next((one for one in group if len(LAYOUTS[one]) >= members), group[-1])
