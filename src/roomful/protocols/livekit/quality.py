"""How well a participant is connected, from what the engine measured. specs/livekit.md §3.25.

A stream has a value from 0 to 100: losses, delay and missing layers cost points. A participant is as good as its worst
stream, and values move slowly, upwards slower than downwards.
"""

from typing import NamedTuple

from roomful.media.api import Event
from roomful.rooms.model import Quality

INTERVAL = 5.0
"""Seconds between two judgements."""
SMOOTHING_UP, SMOOTHING_DOWN = 0.4, 0.8

AUDIO_LOSS_WEIGHT, VIDEO_LOSS_WEIGHT = 8 / 1.5, 10.0
"""Points per percent of packets lost. Opus repairs some of it by itself."""
MISSING_LAYER_COST = 15.0
"""Points per layer less than wanted."""
_LEAST_PACKETS = 10
"""Fewer in an interval say nothing about losses."""

_CLASSES = ((80.0, Quality.EXCELLENT), (40.0, Quality.GOOD), (20.0, Quality.POOR))


def classify(value: float) -> Quality:
    return next((quality for limit, quality in _CLASSES if value > limit), Quality.LOST)


def opinion_score(value: float) -> float:
    """The mean opinion score of a value, 1.0 … 4.5, by the formula of ITU-T G.107 annex B."""
    return round(1 + 0.035 * value + value * (value - 60) * (100 - value) * 7e-6, 2) if value > 0 else 1.0


def delay_cost(milliseconds: float) -> float:
    """Points that the way from mouth to ear costs: hardly any below 160 ms, then more with every millisecond."""
    return milliseconds / 40 if milliseconds < 160 else (milliseconds - 120) / 10


class _Counted(NamedTuple):
    packets: int = 0
    expected: int = 0
    lost: int = 0


class Meter:
    """Judges the streams of one participant, of one or two peer connections."""

    def __init__(self) -> None:
        self._values: dict[int, float] = {}
        """Peer → value of its worst stream."""
        self._counted: dict[tuple[int, str], _Counted] = {}
        self._smoothed: float | None = None

    def measure(self, event: Event.PeerStats, kinds: dict[str, bool], expected: dict[str, int]) -> None:
        """Take the counters of a peer.

        `kinds`: track sid → whether it is video, for tracks that should have media; others are not judged.
        `expected`: sid of a video this participant receives → index of the layer it should get.
        """
        counted: dict[tuple[int, str], _Counted] = {}
        values = [100.0]
        for stats in event.tracks:
            key = (event.peer, f"{stats.direction}:{stats.track}")
            counted[key] = _Counted(stats.packets, stats.expected, stats.lost)
            last = self._counted.get(key, _Counted())
            if stats.track not in kinds or stats.packets - last.packets < _LEAST_PACKETS:
                continue
            is_video, expected_packets = kinds[stats.track], stats.expected - last.expected
            lost = min(max(0, stats.lost - last.lost) / expected_packets, 1.0) if expected_packets > 0 else 0.0
            value = 100 - 100 * lost * (VIDEO_LOSS_WEIGHT if is_video else AUDIO_LOSS_WEIGHT)
            value -= delay_cost(event.rtt_ms / 2 + 2 * stats.jitter_ms)
            if stats.direction == "out" and stats.track in expected:
                value -= MISSING_LAYER_COST * max(0, expected[stats.track] - stats.spatial)
            values.append(max(0.0, value))
        self._counted = {key: one for key, one in self._counted.items() if key[0] != event.peer} | counted
        self._values[event.peer] = min(values)

    def judge(self, *, silent: bool) -> tuple[Quality, float]:
        """The class and the score now. `silent`: nothing at all is heard of the client's media."""
        value = 0.0 if silent else min(self._values.values(), default=100.0)
        if self._smoothed is None:
            self._smoothed = value
        else:
            factor = SMOOTHING_UP if value > self._smoothed else SMOOTHING_DOWN
            self._smoothed += factor * (value - self._smoothed)
        return classify(self._smoothed), opinion_score(self._smoothed)
