"""Which container holds which codecs, how libavformat is told to write it crash-safe, and when it cannot follow."""

from collections.abc import Iterable

import msgspec

from roomful.media.ports.frames import Codec
from roomful.media.ports.recorder.plan import Container

FRAGMENT_MS = 1000
"""Longest piece of a file that is still in memory: what a killed worker loses of it."""


class Format(msgspec.Struct, frozen=True):
    """How a container is written."""

    name: str
    """libavformat's name."""

    codecs: frozenset[Codec]
    options: dict[str, str]

    follows_picture: bool
    """Whether the picture may change its size within a file: in MP4 the sample description holds for all of it."""

    contiguous: bool = False
    """Whether libavformat lets each fragment begin where the one before ended, and the first at 0, whatever the time
    of its first frame. A frame after a hole is therefore to be decoded there, and shown at its own time."""

    exact_audio: bool = False
    """Whether players count samples instead of reading time stamps, as for Ogg (RFC 7845 §4)."""


_MATROSKA = {"cluster_time_limit": str(FRAGMENT_MS), "flush_packets": "1"}

FORMATS = {
    Container.OGG: Format(
        "ogg", frozenset({Codec.OPUS}), {"page_duration": "500000", "flush_packets": "1"}, True, exact_audio=True
    ),
    Container.WEBM: Format("webm", frozenset({Codec.OPUS, Codec.VP8, Codec.VP9, Codec.AV1}), _MATROSKA, True),
    Container.MP4: Format(
        "mp4",
        frozenset({Codec.OPUS, Codec.H264, Codec.H265, Codec.VP9, Codec.AV1}),
        {
            "movflags": "frag_keyframe+empty_moov+default_base_moof",
            "frag_duration": str(FRAGMENT_MS * 1000),
            "flush_packets": "1",
        },
        False,
        contiguous=True,
    ),
    Container.MKV: Format("matroska", frozenset(Codec), _MATROSKA, True),
}

_PREFERENCE = (Container.WEBM, Container.MP4, Container.MKV)


def choose(codecs: Iterable[Codec], wanted: Container | None) -> Container:
    """Return the wanted container if it can hold all the codecs, otherwise the most usual one that can."""
    held = frozenset(codecs)
    if wanted is not None and held <= FORMATS[wanted].codecs:
        return wanted
    if held == frozenset({Codec.OPUS}):
        return Container.OGG
    return next(container for container in _PREFERENCE if held <= FORMATS[container].codecs)


def extension(container: Container) -> str:
    return f".{container}"
