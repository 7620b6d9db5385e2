"""Names as pictures. A name is text of strangers: drawn once as pixels, never part of a filter's description."""

import functools
import unicodedata

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from roomful.media.ports.scene.canvas import Label

_FONTS = ("NotoSansCJK-Regular.ttc", "NotoSans-Regular.ttf", "DejaVuSans.ttf", "LiberationSans-Regular.ttf")
"""In this order, from the system's folders. Pillow's own, which knows Latin alone, is the last resort."""

MAX_CHARACTERS = 80
TEXT = 235
BOX_KEEP = 90
"""What shines through the box behind a name, of 256."""


@functools.lru_cache(maxsize=256)
def name_label(name: str, height: int, max_width: int) -> Label | None:
    """Draw a name as light text in a dark box of this height; `None` if there is nothing to draw.

    Both sizes are in pixels. A name that is too long ends with an ellipsis.
    """
    text = clean(name)
    height = height // 2 * 2
    padding = height // 4
    font = _font(max(6, height * 6 // 10))
    text = _shorten(text, font, max_width - 2 * padding)
    if not text or height < 8:
        return None
    width = min(int(font.getlength(text)) + 2 * padding + 1, max_width) // 2 * 2
    image = Image.new("L", (width, height), 0)
    ImageDraw.Draw(image).text((padding, height // 2), text, fill=255, font=font, anchor="lm")
    ink = np.asarray(image, np.uint16)
    keep = (BOX_KEEP * (255 - ink) // 255).astype(np.uint16)
    box = np.uint16(256 - BOX_KEEP) * np.uint16(16)  # black of limited range
    add = (box * (255 - ink.astype(np.uint32)) // 255 + ink.astype(np.uint32) * TEXT * 256 // 255).astype(np.uint16)
    keep_color = np.ascontiguousarray(keep[::2, ::2])
    add_color = ((256 - keep_color) * np.uint16(128)).astype(np.uint16)
    return Label(width, height, keep, add, keep_color, add_color)


def clean(name: str) -> str:
    """Return the name in one line, without what controls terminals, direction or layout."""
    shown = "".join(" " if char.isspace() else char for char in name if char.isspace() or _is_text(char))
    return " ".join(shown.split())[:MAX_CHARACTERS]


def _is_text(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _shorten(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…" if text else ""


@functools.lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow is built without FreeType")
    return font
