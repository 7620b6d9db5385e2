"""Sizes of pictures, as they are written in the configuration."""

from roomful.config import ConfigError

MIN_SIDE, MAX_SIDE = 16, 4096
"""In pixels."""


def sides_of(canvas: str, key: str) -> tuple[int, int]:
    """Width and height of a canvas such as `1280x720`. Raises ConfigError, which names the key."""
    width, _, height = canvas.partition("x")
    for side in (width, height):
        if not (side.isdecimal() and MIN_SIDE <= int(side) <= MAX_SIDE and int(side) % 2 == 0):
            message = f"`{canvas}` is no canvas"
            hint = f"write it as 1280x720; both are even, from {MIN_SIDE} to {MAX_SIDE}"
            raise ConfigError(message, key=key, hint=hint)
    return int(width), int(height)
