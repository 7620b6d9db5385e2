"""What the engine knows of a track's layers, in the words of the domain."""

from collections.abc import Iterable

import msgspec

from roomful import _native
from roomful.rooms.tracks import Layer


def with_ssrcs(layers: Iterable[Layer], seen: Iterable[_native.Layer]) -> tuple[Layer, ...]:
    """Return the layers with the SSRCs of those that have begun to send."""
    by_rank = {layer.spatial: layer for layer in seen}
    return tuple(
        msgspec.structs.replace(layer, ssrc=live.ssrc, repair_ssrc=live.rtx_ssrc)
        if (live := by_rank.get(layer.spatial)) is not None
        else layer
        for layer in layers
    )
