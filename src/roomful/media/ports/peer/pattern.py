"""A test pattern for peers: a flash and a beep with each full second of the wall clock."""

import heapq
import time
from collections.abc import Callable, Iterator

from roomful.media.ports.bot.pattern import AUDIO_FRAME, Picture, moments, sound
from roomful.media.ports.bot.plan import Pattern
from roomful.media.ports.encoding import H264Encoder, OpusEncoder
from roomful.media.ports.peer.programme import OPUS, OPUS_TRACK, Demand, Offer, Opening, Shot, video_offer
from roomful.media.ports.scene.clock import SECOND
from roomful.media.ports.scene.voice import RATE

PICTURE, SOUND = 0, 1
KEYFRAME_SECONDS = 1
"""As stock peers have it, who cannot ask for one either."""


def pattern(plan: Pattern | None = None, clock: Callable[[], int] = time.time_ns) -> Opening:
    """A test pattern as planned, whose flashes follow this clock (ns)."""
    plan = plan or Pattern()
    return lambda demand: _Pattern(plan, demand, clock())


class _Pattern:
    live = False

    def __init__(self, plan: Pattern, demand: Demand, start: int) -> None:
        self._plan = plan
        self._demand = demand
        self._start = start
        # Constrained baseline 3.1, like all stock cameras.
        self.offers = [video_offer("avc3.42e01f", plan.width, plan.height, plan.fps), Offer(OPUS_TRACK, OPUS)]

    def shots(self) -> Iterator[Shot]:
        plan, start = self._plan, self._start
        picture = Picture(plan)
        h264 = H264Encoder(plan.width, plan.height, plan.fps, keyframe_seconds=KEYFRAME_SECONDS)
        opus = OpusEncoder()
        end = start + round(plan.seconds * SECOND) if plan.seconds else None
        pictures = ((at, PICTURE) for at in moments(start, SECOND // plan.fps))
        sounds = ((at, SOUND) for at in moments(start, AUDIO_FRAME * SECOND // RATE))
        for at, track in heapq.merge(pictures, sounds):
            if end is not None and at >= end:
                return
            if not self._demand.is_read(track):
                yield Shot(track, at - start, b"", keyframe=False)
            elif track == PICTURE:
                due = self._demand.keyframe_due(PICTURE)
                for data, keyframe in h264.encode(picture.at(at), (at - start) // 1_000_000, keyframe=due):
                    yield Shot(PICTURE, at - start, data, keyframe)
            else:
                for packet in opus.encode(sound(plan.tone, at)):
                    yield Shot(SOUND, at - start, packet.data, keyframe=True)

    def close(self) -> None:
        pass
