"""Looking at composed pictures: what colour is where, and when."""

from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.unit.media.ports.recorder.footage import BLUE, GREEN, RED

Color = tuple[int, int, int]
WIDTH, HEIGHT = 320, 180

WHITE = (255, 255, 255)
_NAMED = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}


class Film:
    """All pictures of a file, decoded."""

    def __init__(self, path: str | Path) -> None:
        with av.open(str(path)) as container:
            self.times: list[float] = []
            self.pictures: list[Any] = []
            for frame in container.decode(video=0):
                self.times.append(float(frame.time or 0.0))
                self.pictures.append(frame.to_ndarray(format="rgb24"))

    def at(self, seconds: float) -> Any:
        """Return the picture that is shown at this time."""
        return self.pictures[max(0, int(np.searchsorted(self.times, seconds + 0.001)) - 1)]

    def color(self, seconds: float, x: float, y: float) -> str:
        """Return the name of the colour at a place, in parts of the picture's sides; `dark` or `light` if none."""
        picture = self.at(seconds)
        height, width, _ = picture.shape
        left, top = int(x * width), int(y * height)
        patch = picture[max(0, top - 2) : top + 3, max(0, left - 2) : left + 3].mean(axis=(0, 1))
        for name, color in _NAMED.items():
            if np.abs(patch - color).max() < 45:
                return name
        return "light" if patch.mean() > 128 else "dark"

    def flashes(self, x: float, y: float) -> list[float]:
        """Return when the place turns white."""
        white = [self.color(at, x, y) == "white" for at in self.times]
        return [self.times[n] for n in range(len(white)) if white[n] and (n == 0 or not white[n - 1])]
