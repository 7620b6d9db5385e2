"""What a broadcast contains (specs/iroh-rooms.md §10.2)."""

from typing import Any, TypeVar, cast

import msgspec


class VideoConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One encoding of the video."""

    codec: str
    """As in WebCodecs: avc3.42e01e, vp8, av01…"""

    description: str | None = None
    """Parameter sets as hex, where the codec keeps them out of band."""

    coded_width: int | None = None
    coded_height: int | None = None
    bitrate: int | None = None
    """In bit/s."""

    framerate: float | None = None
    optimize_for_latency: bool | None = None


class AudioConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One encoding of the audio."""

    codec: str
    sample_rate: int
    number_of_channels: int
    bitrate: int | None = None
    """In bit/s."""

    description: str | None = None
    """OpusHead or the like, as hex."""


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """The tracks of a broadcast. The keys are the names of the tracks."""

    video: dict[str, VideoConfig]
    audio: dict[str, AudioConfig]
    user: str | None
    """Who speaks, as the broadcast itself says."""

    chat_track: str | None
    raw: dict[str, Any]
    """The whole document, with what is not known here."""


def read(document: str) -> Catalog:
    """A catalog from its JSON. What is not as it should be is left out, and still in `raw`."""
    raw: dict[str, Any] = msgspec.json.decode(document)
    return Catalog(
        video=_renditions(raw.get("video"), VideoConfig),
        audio=_renditions(raw.get("audio"), AudioConfig),
        user=_string(raw.get("user"), "name"),
        chat_track=_string(_member(raw.get("chat"), "message"), "name"),
        raw=raw,
    )


Config = TypeVar("Config", VideoConfig, AudioConfig)


def _renditions(part: object, config: type[Config]) -> dict[str, Config]:
    found: dict[str, Config] = {}
    renditions = _member(part, "renditions")
    if isinstance(renditions, dict):
        for name, value in cast("dict[str, object]", renditions).items():
            try:
                found[name] = msgspec.convert(value, config)
            except msgspec.ValidationError:
                continue
    return found


def _member(part: object, name: str) -> object:
    return cast("dict[str, object]", part).get(name) if isinstance(part, dict) else None


def _string(part: object, name: str) -> str | None:
    value = _member(part, name)
    return value if isinstance(value, str) else None
