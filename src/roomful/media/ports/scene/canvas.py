"""The composed picture, YUV 4:2:0 in BT.601 limited range, which is what WebRTC's cameras send."""

from typing import Any, TypeAlias, cast

import msgspec
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from roomful.media.ports.scene.rect import Rect

Plane: TypeAlias = NDArray[np.uint8]

Color: TypeAlias = tuple[int, int, int]
"""Y, U, V."""


class Label(msgspec.Struct, frozen=True, eq=False):
    """Something to lay over a picture, prepared so that laying is one multiplication: value · keep + add, over 256."""

    width: int
    height: int
    keep: NDArray[np.uint16]
    add: NDArray[np.uint16]
    keep_color: NDArray[np.uint16]
    add_color: NDArray[np.uint16]


class Canvas:
    """Planes to paint on. Everything that reaches over its edges is cut off by the caller's choice of rectangles."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._flat = np.zeros(width * height * 3 // 2, np.uint8)
        size = width * height
        self._planes: tuple[Plane, Plane, Plane] = (
            self._flat[:size].reshape(height, width),
            self._flat[size : size * 5 // 4].reshape(height // 2, width // 2),
            self._flat[size * 5 // 4 :].reshape(height // 2, width // 2),
        )

    def fill(self, rect: Rect, color: Color) -> None:
        """Paint the rectangle in one colour."""
        for plane, value, half in zip(self._planes, color, (1, 2, 2), strict=True):
            _part(plane, rect, half)[:] = value

    def paste(self, rect: Rect, picture: VideoFrame) -> None:
        """Paint the middle of a YUV 4:2:0 picture that is at least as large as the rectangle."""
        left = (picture.width - rect.width) // 4 * 2
        top = (picture.height - rect.height) // 4 * 2
        cut = Rect(left, top, rect.width, rect.height)
        for index, half in enumerate((1, 2, 2)):
            source = picture.planes[index]
            pixels = np.frombuffer(cast("bytes", source), np.uint8).reshape(-1, source.line_size)
            _part(self._planes[index], rect, half)[:] = _part(pixels, cut, half)

    def lay(self, label: Label, x: int, y: int) -> None:
        """Lay a label with its upper left corner on an even place; it must fit on the canvas."""
        rect = Rect(x, y, label.width, label.height)
        for index, half in enumerate((1, 2, 2)):
            part = _part(self._planes[index], rect, half)
            keep, add = (label.keep, label.add) if half == 1 else (label.keep_color, label.add_color)
            part[:] = (part * keep + add) >> 8

    def frame(self) -> VideoFrame:
        """Return a copy as a picture for encoders."""
        frame: Any = VideoFrame.from_ndarray(self._flat.reshape(-1, self.width), format="yuv420p")
        frame.colorspace, frame.color_range = 6, 1  # SMPTE 170M, which is BT.601; limited
        return frame


class Fitter:
    """Scales the pictures of one place; libswscale keeps its tables between them."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def scale(self, picture: VideoFrame, width: int, height: int) -> VideoFrame:
        """Return the picture in this size, in YUV 4:2:0, BT.601, limited range."""
        return self._scaler.reformat(
            picture,
            width,
            height,
            "yuv420p",
            interpolation=Interpolation.AREA if width < picture.width else Interpolation.BILINEAR,
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )


def fitted(width: int, height: int, rect: Rect) -> Rect:
    """Return where a picture of this size is, whole and centred, in the rectangle."""
    across, down = _scaled(width, height, min(rect.width / width, rect.height / height))
    across, down = min(across, rect.width), min(down, rect.height)
    return Rect(
        rect.x + (rect.width - across) // 4 * 2,
        rect.y + (rect.height - down) // 4 * 2,
        across,
        down,
    )


def covering(width: int, height: int, rect: Rect) -> tuple[int, int]:
    """Return the size in which a picture covers the whole rectangle."""
    across, down = _scaled(width, height, max(rect.width / width, rect.height / height))
    return max(across, rect.width), max(down, rect.height)


def _scaled(width: int, height: int, factor: float) -> tuple[int, int]:
    return max(2, round(width * factor / 2) * 2), max(2, round(height * factor / 2) * 2)


def _part(plane: Plane, rect: Rect, half: int) -> Plane:
    return plane[
        rect.y // half : (rect.y + rect.height) // half,
        rect.x // half : (rect.x + rect.width) // half,
    ]
