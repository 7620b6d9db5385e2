"""What the driver reports about a page. Field names are those of driver/*.mjs in camel case."""

import msgspec


class Sight(msgspec.Struct, frozen=True, rename="camel"):
    """Base of everything seen."""


class Picture(Sight, frozen=True):
    """One sample of a playing video, read from its pixels."""

    width: int
    """Pixels, of the video as it was decoded."""
    height: int
    current_time: float
    """Seconds the video has played."""
    dominant_colour: tuple[int, int, int]
    """Red, green, blue, each 0…255: mean of the pixels in the fullest part of the colour space."""
    deviation: float
    """Standard deviation of the brightness, 0…127; a picture of one colour has none."""
    fingerprint: int
    """Differs whenever a pixel differs."""


class Tile(Sight, frozen=True):
    """One tile of the meeting page."""

    identity: str
    source: str
    """`camera` or `screen_share`."""
    label: str
    speaking: bool
    audio_level: float | None
    """What the meter shows, 0…1; None where the microphone is off."""
    picture: Picture | None
    """None where no video plays."""


class Element(Sight, frozen=True):
    """An element found by its test id."""

    text: str
    value: str | None
    """What stands in a field or is chosen in a list; None for anything else."""
    attributes: dict[str, str]


class Focus(Sight, frozen=True):
    """The element that has the keyboard."""

    testid: str | None
    label: str
    outlined: bool
    """Whether a person can see that it has it."""


class Overflow(Sight, frozen=True):
    """How far a page reaches beyond its window."""

    horizontal: int
    """CSS pixels."""
    vertical: int
    outside: list[str]
    """Elements that stick out sideways."""
