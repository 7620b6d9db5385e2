"""What comes out of a mixer, decoded."""

import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av
import numpy as np

from roomful.media.ports.frames import Codec, Frame, Record, TrackStarted
from tests.unit.media.ports.compositor.viewing import Film
from tests.unit.media.ports.recorder.footage import SECOND


class Heard:
    """All that one mixer wrote."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = list(records)
        self.tracks = {one.track: one for one in self.records if isinstance(one, TrackStarted)}

    def frames(self, number: int) -> list[Frame]:
        return [one for one in self.records if isinstance(one, Frame) and one.track == number]

    def number(self, member: str) -> int:
        """Return the track of this member's mix."""
        return next(number for number, track in self.tracks.items() if track.info.listener == member)

    def sound(self, member: str) -> Any:
        """Return what the member hears, from the beginning: mono samples in -1…1."""
        decoder: Any = av.CodecContext.create("libopus", "r")
        decoder.sample_rate, decoder.layout = 48000, "stereo"
        pieces = [
            piece.to_ndarray().reshape(-1, 2)[:, 0] / 32768
            for frame in self.frames(self.number(member))
            for piece in decoder.decode(av.Packet(frame.data))
        ]
        return np.concatenate(pieces)

    def film(self, number: int = 0) -> Film:
        """Return the pictures of a track; times are seconds since its first."""
        film = Film.__new__(Film)
        frames = self.frames(number)
        decoder: Any = av.CodecContext.create("vp8" if self.tracks[number].codec is Codec.VP8 else "h264", "r")
        film.times, film.pictures = [], []
        for frame in frames:
            for picture in decoder.decode(av.Packet(frame.data)):
                film.times.append((frame.wall_ns - frames[0].wall_ns) / SECOND)
                film.pictures.append(picture.to_ndarray(format="rgb24"))
        return film


def sound_file(path: Path, hertz: int, seconds: float, level: float = 0.1) -> Path:
    """Write a tone as WAV, mono, at a rate that is not the mixer's."""
    rate = 44100
    wave_form = level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((wave_form * 32767).astype(np.int16).tobytes())
    return path
