"""Layers of video tracks, and which one a subscriber's wish comes down to. specs/livekit.md §3.17, §3.19."""

from collections.abc import Sequence

import msgspec

from roomful.rooms.model import TrackKind, VideoQuality
from roomful.rooms.tracks import Layer, Track

MAX_SPATIAL = 2
"""Index of the highest layer a track can have."""
TOLERANCE = 0.9
"""A layer is large enough for a view if it has this much of its height."""

QUALITY_ORDER = (VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH)
_RID_ORDER = {"q": 0, "h": 1, "f": 2, "2": 0, "1": 1, "0": 2}
"""Of the numeric names, 2 is the lowest layer."""
_DEFAULT_HEIGHTS = (180, 360)
"""Of the lower layers, when the publisher did not tell."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a subscriber wants to see a track."""

    disabled: bool = False
    """Not at all for now: it is out of sight."""
    quality: VideoQuality = VideoQuality.HIGH
    width: int = 0
    height: int = 0
    """Pixels of the view; they go before `quality` when both are known."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a wish comes down to for one track."""

    enabled: bool
    max_spatial: int
    quality: VideoQuality
    """The quality of the highest layer needed: what the publisher has to send."""


def choose(track: Track, wish: Wish) -> Choice:
    """Find the lowest layer that fulfils the wish. Audio has no layers and is never held back by quality."""
    if wish.disabled or (wish.quality is VideoQuality.OFF and track.kind is TrackKind.VIDEO):
        return Choice(enabled=False, max_spatial=MAX_SPATIAL, quality=VideoQuality.OFF)
    if track.kind is TrackKind.AUDIO or not track.layers:
        return Choice(enabled=True, max_spatial=MAX_SPATIAL, quality=VideoQuality.HIGH)
    layers = sorted(track.layers, key=lambda layer: layer.spatial)
    layer = _by_size(track, layers, wish) if wish.width and wish.height else _by_quality(layers, wish.quality)
    return Choice(enabled=True, max_spatial=layer.spatial, quality=layer.quality)


def with_rids(layers: Sequence[Layer], rids: Sequence[str]) -> tuple[Layer, ...]:
    """Give announced layers, lowest first, their place and the rids of the SDP; there may be fewer rids than layers."""
    ordered = sorted(rids, key=lambda rid: _RID_ORDER.get(rid, rids.index(rid)))
    return tuple(
        msgspec.structs.replace(layer, spatial=place, rid=ordered[place] if place < len(ordered) else "")
        for place, layer in enumerate(layers)
    )


def _by_quality(layers: Sequence[Layer], quality: VideoQuality) -> Layer:
    wanted = QUALITY_ORDER.index(quality)
    fitting = [layer for layer in layers if QUALITY_ORDER.index(_on_scale(layer.quality)) <= wanted]
    return fitting[-1] if fitting else layers[0]


def _by_size(track: Track, layers: Sequence[Layer], wish: Wish) -> Layer:
    """The first layer that is large enough; of layers of the same size the higher one."""
    sizes = [_size(track, layers, place) for place in range(len(layers))]
    wanted = wish.width if track.height > track.width and not any(layer.height for layer in layers) else wish.height
    for place, size in enumerate(sizes):
        if size >= TOLERANCE * wanted:
            same = [other for other in range(place, len(sizes)) if sizes[other] == size]
            return layers[same[-1]]
    return layers[-1]


def _size(track: Track, layers: Sequence[Layer], place: int) -> int:
    """Pixels of a layer's height; when unknown, of the short side it usually has."""
    if layers[place].height:
        return layers[place].height
    full = min(track.width, track.height)
    return full if place == len(layers) - 1 or place >= len(_DEFAULT_HEIGHTS) else _DEFAULT_HEIGHTS[place]


def _on_scale(quality: VideoQuality) -> VideoQuality:
    return VideoQuality.HIGH if quality is VideoQuality.OFF else quality
