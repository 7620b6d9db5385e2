"""A film in the pieces that a streamer sends: made by ffmpeg, cut at its boxes."""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PART_SECONDS = 0.5
PARTS = 2
"""Of a segment, which is one second long and begins with a key frame."""


@dataclass(frozen=True)
class Film:
    """An initialization section, and parts of half a second each."""

    init: bytes
    parts: Sequence[bytes]


async def make_film(folder: Path, seconds: int, colour: str) -> Film:
    """A picture of one colour, as ffmpeg writes it, and a tone. Raises AssertionError with what ffmpeg says."""
    path = folder / "film.mp4"
    picture = f"color=c={colour}:size=320x180:rate=10:duration={seconds}"
    arguments = [
        *("-loglevel", "error", "-f", "lavfi", "-i", picture),
        *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-level", "3.0", "-pix_fmt", "yuv420p"),
        *("-g", "10", "-keyint_min", "10", "-sc_threshold", "0", "-c:a", "aac", "-ac", "1"),
        *("-movflags", "empty_moov+default_base_moof", "-frag_duration", str(round(PART_SECONDS * 1e6)), str(path)),
    ]
    ffmpeg = await asyncio.create_subprocess_exec("ffmpeg", *arguments, stderr=asyncio.subprocess.PIPE)
    _, complaint = await ffmpeg.communicate()
    assert ffmpeg.returncode == 0, complaint.decode()
    init, parts = b"", list[bytes]()
    for kind, box in _boxes(path.read_bytes()):
        if kind in (b"ftyp", b"moov"):
            init += box
        elif kind == b"moof":
            parts.append(box)
        elif kind == b"mdat":
            parts[-1] += box
    return Film(init, parts[: seconds * PARTS])


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """Type and bytes of each box. ISO/IEC 14496-12 §4.2."""
    boxes: list[tuple[bytes, bytes]] = []
    place = 0
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        boxes.append((kind, data[place : place + size]))
        place += size
    return boxes
