"""The crowd counts what it gets, and notices what it does not get."""

import contextlib

import pytest

from benchmarks.broadcast.crowd import CrowdFailed
from benchmarks.broadcast.measuring import BURST, CHAT, picows


def test_every_delivery_is_counted_and_costs_something() -> None:
    with picows() as broadcaster, contextlib.closing(broadcaster.crowd):
        broadcaster.fill(20)
        assert broadcaster.cost(0.5) > 0
        assert broadcaster.cost(0.5, BURST) > 0
        assert broadcaster.crowd.total % (20 * BURST * (len(CHAT) + 4)) == 0
        assert 0 < broadcaster.latency(0.5) < 60
        assert broadcaster.beating(0.2) >= 0


def test_a_delivery_that_is_missing_is_a_failure() -> None:
    with picows() as broadcaster, contextlib.closing(broadcaster.crowd):
        broadcaster.fill(2)
        broadcaster.crowd.forget()
        broadcaster.crowd.say(next(iter(broadcaster.crowd)), [CHAT])
        with pytest.raises(CrowdFailed, match="bytes of 10000"):
            broadcaster.crowd.take_all(10_000, within=0.5)


def test_a_server_that_is_gone_is_a_failure() -> None:
    with picows() as broadcaster, contextlib.closing(broadcaster.crowd):
        broadcaster.fill(2)
        broadcaster.process.terminate()
        with pytest.raises((CrowdFailed, ConnectionError)):
            broadcaster.crowd.take_all(1, within=5)
