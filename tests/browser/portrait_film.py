"""Films of drawn people for Chromium's fake camera, so that pictures of the pages look like meetings."""

import math
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE = 1280, 720, 10
"""Pixels, pixels, frames per second."""
FRAMES = 20

Colour = tuple[int, int, int]
Mask = NDArray[np.float64]


class Person(msgspec.Struct, frozen=True):
    """Somebody to draw. Colours are red, green, blue, each 0…255."""

    wall: Colour
    hair: Colour
    skin: Colour
    shirt: Colour
    long_hair: bool = False


def write_film(person: Person, path: Path) -> None:
    """A person who nods a little, as an uncompressed YUV4MPEG2 file of two seconds."""
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in range(FRAMES):
            film.write(b"FRAME\n")
            film.write(_i420(_draw(person, 10 * math.sin(2 * math.pi * frame / FRAMES))))


def _draw(person: Person, nod: float) -> NDArray[np.float64]:
    """One picture of shape (height, width, 3); the head hangs `nod` pixels lower than in rest."""
    picture = np.empty((HEIGHT, WIDTH, 3))
    picture[:] = person.wall
    middle, head = WIDTH / 2, 300 + nod
    dark = (44, 38, 40)
    if person.long_hair:
        _paint(picture, _ellipse(middle, head + 70, 185, 250), person.hair)
    _paint(picture, _ellipse(middle, 800, 330, 290), person.shirt)
    _paint(picture, _ellipse(middle, head + 170, 62, 90), person.skin)
    _paint(picture, _ellipse(middle, head - 30, 165, 180), person.hair)
    _paint(picture, _ellipse(middle, head + 20, 138, 165), person.skin)
    _paint(picture, _ellipse(middle, head - 110, 145, 70), person.hair)
    for side in (-1, 1):
        _paint(picture, _ellipse(middle + side * 52, head, 13, 17), dark)
    smile = _ellipse(middle, head + 70, 58, 38) * (1 - _ellipse(middle, head + 55, 70, 38))
    _paint(picture, smile, dark)
    return picture


def _ellipse(x: float, y: float, across: float, down: float) -> Mask:
    """How much of each pixel an ellipse covers, 0…1, with soft edges. Half axes in pixels."""
    rows, columns = np.ogrid[0:HEIGHT, 0:WIDTH]
    distance = np.sqrt(((columns - x) / across) ** 2 + ((rows - y) / down) ** 2)
    return np.clip((1 - distance) * min(across, down) + 0.5, 0, 1)


def _paint(picture: NDArray[np.float64], mask: Mask, colour: Colour) -> None:
    picture += mask[:, :, None] * (np.array(colour) - picture)


def _i420(picture: NDArray[np.float64]) -> bytes:
    """Planes Y (16…235), Cb and Cr (16…240) by ITU-R BT.601, colours at half resolution."""
    red, green, blue = np.moveaxis(picture, 2, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = [
        16 + luma * 219 / 255,
        _halve(128 + (blue - luma) / 1.772 * 224 / 255),
        _halve(128 + (red - luma) / 1.402 * 224 / 255),
    ]
    return b"".join(np.clip(plane, 0, 255).astype(np.uint8).tobytes() for plane in planes)


def _halve(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    return plane.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean(axis=(1, 3))
