"""From measurements to a class and a score."""

from types import SimpleNamespace
from typing import Any

import pytest

from roomful.protocols.livekit.quality import Meter, classify, opinion_score
from roomful.rooms.model import Quality

AUDIO, VIDEO = "TR_a", "TR_v"
KINDS = {AUDIO: False, VIDEO: True}


class Measured:
    """A participant of whom every interval brings the same news."""

    def __init__(self) -> None:
        self.meter = Meter()
        self._packets, self._lost = 0, 0.0

    def after(
        self,
        intervals: int = 1,
        *,
        track: str = AUDIO,
        loss: float = 0.0,
        rtt: float = 20.0,
        spatial: int = 0,
        **of: Any,
    ) -> Quality:
        """The class after so many intervals."""
        quality = Quality.LOST
        for _ in range(intervals):
            packets = of.get("packets", 250)
            self._packets, self._lost = self._packets + packets, self._lost + loss * packets
            stats = SimpleNamespace(
                track=track,
                direction="out",
                packets=self._packets,
                expected=self._packets,
                lost=self._lost,
                jitter_ms=2.0,
                spatial=spatial,
            )
            event: Any = SimpleNamespace(peer=1, rtt_ms=rtt, tracks=[stats])
            self.meter.measure(event, of.get("kinds", KINDS), of.get("expected", {}))
            quality, _ = self.meter.judge(silent=False)
        return quality


@pytest.mark.parametrize(
    ("value", "quality"),
    [(100, "EXCELLENT"), (81, "EXCELLENT"), (80, "GOOD"), (40, "POOR"), (20, "LOST"), (0, "LOST")],
)
def test_classes_have_these_limits(value: float, quality: str) -> None:
    assert classify(value).name == quality


def test_scores_go_from_one_to_four_and_a_half() -> None:
    assert (opinion_score(100), opinion_score(0)) == (4.5, 1.0)
    scores = [opinion_score(value) for value in range(10, 101, 10)]
    assert scores == sorted(scores)


def test_without_media_a_connection_is_excellent() -> None:
    assert Meter().judge(silent=False) == (Quality.EXCELLENT, 4.5)


def test_a_clean_stream_is_excellent() -> None:
    assert Measured().after(3) is Quality.EXCELLENT


def test_video_suffers_more_from_loss_than_audio() -> None:
    assert Measured().after(5, loss=0.03) is Quality.EXCELLENT
    assert Measured().after(5, loss=0.03, track=VIDEO) is Quality.GOOD


def test_a_long_way_costs() -> None:
    assert Measured().after(5, rtt=700.0) is Quality.GOOD


def test_a_lower_layer_than_wanted_costs() -> None:
    assert Measured().after(5, track=VIDEO, spatial=0, expected={VIDEO: 2}) is Quality.GOOD
    assert Measured().after(5, track=VIDEO, spatial=2, expected={VIDEO: 2}) is Quality.EXCELLENT


def test_it_falls_fast_and_recovers_slowly() -> None:
    measured = Measured()
    assert measured.after(1) is Quality.EXCELLENT
    assert measured.after(1, loss=0.15) is Quality.POOR
    assert measured.after(1) is Quality.GOOD
    assert measured.after(3) is Quality.EXCELLENT


def test_tracks_that_should_be_silent_are_not_judged() -> None:
    assert Measured().after(5, loss=1.0, kinds={}) is Quality.EXCELLENT
    assert Measured().after(5, loss=1.0, packets=5) is Quality.EXCELLENT


def test_silence_where_media_should_be_is_a_loss() -> None:
    meter = Meter()
    meter.judge(silent=False)
    qualities = [meter.judge(silent=True)[0] for _ in range(3)]
    assert qualities[-1] is Quality.LOST
