"""What should worry somebody who looks after a room. specs/monibuca-rooms.md §9.8."""

from collections.abc import Iterator
from typing import Literal

import msgspec


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """How a room that is open has been doing in the last half minute."""

    is_live: bool = False
    """A show that has begun."""
    live_seconds: float = 0.0
    viewers: int = 0
    streamless_seconds: float = 0.0
    freeze_rate: float = 0.0
    packet_loss: float = 0.0
    fps: float | None = None
    """None: not measured."""
    rtt_ms: float = 0.0


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    level: Literal["warning", "critical"]
    reason: str
    """For people."""


def risks(pulse: Pulse) -> Iterator[Risk]:
    """All that holds, the gravest of each kind."""
    if pulse.is_live and pulse.live_seconds >= 120 and pulse.viewers == 0:
        yield Risk(name="zero_viewers", level="warning", reason="nobody watches")
    if pulse.is_live and min(pulse.live_seconds, pulse.streamless_seconds) >= 30:
        yield Risk(name="no_stream", level="critical", reason="the show has no stream")
    yield from _above(
        "high_freeze", pulse.freeze_rate, 0.05, 0.10, f"the picture stands {pulse.freeze_rate:.0%} of the time"
    )
    yield from _above(
        "packet_loss_spike", pulse.packet_loss, 0.05, 0.15, f"{pulse.packet_loss:.0%} of packets are lost"
    )
    if pulse.fps is not None and pulse.fps < 10:
        yield Risk(name="low_fps", level="warning", reason=f"{pulse.fps:.0f} pictures a second")
    if pulse.rtt_ms > 400:
        yield Risk(name="high_rtt", level="warning", reason=f"a round trip takes {pulse.rtt_ms:.0f} ms")


def _above(name: str, value: float, warning: float, critical: float, reason: str) -> Iterator[Risk]:
    if value > warning:
        yield Risk(name=name, level="critical" if value > critical else "warning", reason=reason)
