"""A place on a canvas, in a module of its own: who only chooses places needs no codecs."""

import msgspec


class Rect(msgspec.Struct, frozen=True):
    """Pixels of the canvas; all four even, for the sake of the halved planes."""

    x: int
    y: int
    width: int
    height: int
