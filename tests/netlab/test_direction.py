"""What one direction does to packets, with the clock in hand."""

from typing import Any

import pytest

from .direction import Direction
from .impairment import Impairment

SIZE = 1000
"""Bytes of a packet in these tests."""


def direction(impairment: Impairment, seed: str = "seed") -> Direction:
    made = Direction(seed)
    made.impair(impairment)
    return made


def fates(line: Direction, packets: int, every: float = 0.001) -> list[tuple[float, ...]]:
    """When packets come out that go in one every so many seconds."""
    return [line.admit(SIZE, number * every) for number in range(packets)]


def test_a_perfect_line_changes_nothing() -> None:
    line = Direction("seed")
    assert fates(line, 100) == [(number * 0.001,) for number in range(100)]
    assert (line.counters.packets, line.counters.bytes, line.counters.dropped) == (100, 100 * SIZE, 0)


def test_the_same_seed_meets_the_same_fate_and_another_seed_another() -> None:
    bad = Impairment(loss=0.1, delay=0.05, jitter=0.02, reorder=0.1, duplicate=0.1)
    first, again, other = (fates(direction(bad, seed), 500) for seed in ("one", "one", "two"))
    assert first == again
    assert first != other


def test_jitter_spreads_delays_but_keeps_the_order() -> None:
    outs = [out for (out,) in fates(direction(Impairment(delay=0.05, jitter=0.03)), 1000)]
    delays = [out - number * 0.001 for number, out in enumerate(outs)]
    assert outs == sorted(outs)
    assert 0.05 <= min(delays) < 0.06
    assert 0.07 < max(delays) <= 0.08 + 1e-9


def test_a_reordered_packet_is_overtaken_and_holds_up_nobody() -> None:
    line = direction(Impairment(reorder=0.05, reorder_by=0.01))
    late = [number for number, (out,) in enumerate(fates(line, 1000)) if out > number * 0.001]
    assert len(late) == line.counters.reordered
    assert 20 < len(late) < 80


def test_a_limited_rate_spaces_packets_and_drops_what_the_queue_cannot_hold() -> None:
    line = direction(Impairment(rate=1_000_000, queue=0.04))
    burst = [line.admit(SIZE, 0.0) for _ in range(20)]
    assert [round(out, 6) for fate in burst for out in fate] == [round(0.008 * place, 6) for place in range(1, 7)]
    assert line.counters.overflowed == 14
    assert line.admit(SIZE, 1.0) == (1.008,), "an idle line has forgotten the burst"


def test_packets_do_not_overtake_those_under_way_when_the_line_gets_better() -> None:
    line = direction(Impairment(delay=1.0))
    assert line.admit(SIZE, 0.0) == (1.0,)
    line.impair(Impairment())
    assert line.admit(SIZE, 0.5) == (1.0,)
    assert line.admit(SIZE, 1.5) == (1.5,)


def test_a_cut_drops_what_comes_in_and_what_is_coming_out() -> None:
    line = direction(Impairment(delay=0.1))
    assert line.admit(SIZE, 0.0) == (0.1,)
    line.cut(off=True)
    assert line.admit(SIZE, 0.05) == ()
    assert line.drop_cut()
    line.cut(off=False)
    assert not line.drop_cut()
    assert line.counters.cut == 2


def test_a_firewall_blocks_udp_and_nothing_else() -> None:
    line = direction(Impairment(blocks_udp=True))
    assert line.admit(SIZE, 0.0) == ()
    assert line.admit(SIZE, 0.0, is_udp=False) == (0.0,)
    assert line.counters.blocked == line.counters.dropped == 1


@pytest.mark.parametrize(
    "wrong", [{"loss": 1.1}, {"reorder": -0.1}, {"duplicate": 5.0}, {"delay": -1.0}, {"rate": 0.0}, {"queue": -0.1}]
)
def test_what_no_line_can_do_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Impairment(**wrong)
