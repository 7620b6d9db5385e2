"""A file for peers: H.264 without B-frames and Opus as they are, everything else encoded to these."""

import sys
from collections.abc import Iterator
from functools import partial

import av
from av.container import InputContainer

from roomful.media.ports.bot.film import Film, Strip
from roomful.media.ports.frames import Codec
from roomful.media.ports.peer.programme import OPUS, OPUS_TRACK, Demand, Offer, Opening, Shot, video_offer

PEERS = frozenset({Codec.H264, Codec.OPUS})
"""What stock peers decode."""

STANDARD_INPUT = "-"
ANALYZED_US = 1_000_000
"""How much of it is read to find out what it is."""


def film(path: str, *, encode: bool = False) -> Opening:
    """A file that FFmpeg can read, or `-` for standard input as it comes; with `encode` all of it is encoded anew.

    What goes through as it is keeps its keyframes: whoever comes waits for the next.
    """
    return partial(_Film, path, frozenset[Codec]() if encode else PEERS)


class _GivenFilm(Film):
    def _opened(self, path: str) -> InputContainer:
        if path != STANDARD_INPUT:
            return super()._opened(path)
        return av.open(sys.stdin.buffer, "r", options={"analyzeduration": str(ANALYZED_US)})


class _Film:
    def __init__(self, path: str, taken: frozenset[Codec], demand: Demand) -> None:
        self.live = path == STANDARD_INPUT
        self._film = _GivenFilm(path, demand.keyframe_due, taken=taken)
        self.offers = [_offer(strip) for strip in self._film.strips]

    def shots(self) -> Iterator[Shot]:
        first: int | None = None
        for frame in self._film.frames():
            first = frame.at if first is None else first
            yield Shot(frame.number, max(0, frame.at - first), frame.data, frame.keyframe)

    def close(self) -> None:
        self._film.close()


def _offer(strip: Strip) -> Offer:
    width, height = strip.sent_size
    if not width:
        return Offer(OPUS_TRACK, OPUS)
    return video_offer(_codec_string(strip), width, height, float(strip.stream.average_rate or 25))


def _codec_string(strip: Strip) -> str:
    """The profile and level of what goes through, where the container tells them: in its avcC record."""
    record: bytes = strip.stream.codec_context.extradata or b""
    known = strip.sent_size == strip.size and len(record) >= 4 and record[0] == 1
    return f"avc3.{record[1:4].hex()}" if known else "avc3.42e01f"
