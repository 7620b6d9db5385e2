"""Paints what is to be seen of each moment, and only what changed since the one before."""

import msgspec

from roomful.media.ports.scene.canvas import Canvas, Color, Fitter, covering, fitted
from roomful.media.ports.scene.label import name_label
from roomful.media.ports.scene.picture import Picture
from roomful.media.ports.scene.rect import Rect


class Placed(msgspec.Struct, frozen=True):
    """What belongs into one rectangle. Later ones are drawn over earlier ones."""

    rect: Rect
    picture: Picture | None
    """`None`: empty space, with the name in the middle."""

    name: str = ""
    crop: bool = False
    """Fill the rectangle and lose the edges, instead of showing all of the picture."""


class _Shown(msgspec.Struct):
    placed: Placed
    serial: int


class Painter:
    """A canvas and what is on it."""

    def __init__(self, width: int, height: int, *, background: Color, empty: Color) -> None:
        self.canvas = Canvas(width, height)
        self._background = background
        self._empty = empty
        self._shown: list[_Shown] = []
        self._fitters: dict[Rect, Fitter] = {}
        self.canvas.fill(Rect(0, 0, width, height), background)

    def paint(self, wanted: list[Placed]) -> bool:
        """Bring the canvas up to date; tell whether anything changed."""
        moved = [one.rect for one in wanted] != [one.placed.rect for one in self._shown]
        if moved:
            self.canvas.fill(Rect(0, 0, self.canvas.width, self.canvas.height), self._background)
            self._fitters = {one.rect: self._fitters.get(one.rect) or Fitter() for one in wanted}
        drawn: list[Rect] = []
        now: list[_Shown] = []
        for index, placed in enumerate(wanted):
            state = _Shown(placed, placed.picture.serial if placed.picture else 0)
            now.append(state)
            if moved or state != self._shown[index] or any(_overlap(placed.rect, below) for below in drawn):
                self._draw(placed)
                drawn.append(placed.rect)
        self._shown = now
        return bool(drawn) or moved

    def _draw(self, placed: Placed) -> None:
        rect, frame = placed.rect, placed.picture.frame if placed.picture else None
        if frame is None:
            self.canvas.fill(rect, self._empty)
            self._name(placed, rect.height // 8, centred=True)
            return
        if placed.crop:
            width, height = covering(frame.width, frame.height, rect)
            target = rect
        else:
            target = fitted(frame.width, frame.height, rect)
            width, height = target.width, target.height
            if target != rect:
                self.canvas.fill(rect, self._empty)
        self.canvas.paste(target, self._fitters[rect].scale(frame, width, height))
        self._name(placed, rect.height // 12, centred=False)

    def _name(self, placed: Placed, height: int, *, centred: bool) -> None:
        rect = placed.rect
        label = name_label(placed.name, min(max(height, 16), 48), rect.width) if placed.name else None
        if label is None or label.height > rect.height:
            return
        if centred:
            x, y = (rect.width - label.width) // 4 * 2, (rect.height - label.height) // 4 * 2
        else:
            x, y = 0, rect.height - label.height
        self.canvas.lay(label, rect.x + x, rect.y + y)


def _overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )
