"""The report of a meeting names who has the bad line, when, and how bad it is."""

import asyncio
import os
import time
from typing import Any

import pytest

from . import Impairment, NetLab
from .room_server import RoomServer

SECONDS = float(os.environ.get("ROOMFUL_NETLAB_REPORT_SECONDS", "45"))
"""For which the line is bad."""
BAD = Impairment(loss=0.10)
SETTLED = 12.0
"""Seconds until heartbeats tell only of a line as it is now: they are five apart, and tell of the time before."""
ROUNDS = 3
"""A machine that is busy loses packets of its own."""
AGREEMENT = 0.2
"""Share by which the report may differ from what was lost."""


@pytest.mark.timeout(ROUNDS * SECONDS + 150)
async def test_the_report_names_who_loses_packets_and_when(netlab: NetLab, room_server: RoomServer) -> None:
    async with (
        room_server.client("alice", tone=400) as alice,
        room_server.client("bob", tone=500) as bob,
        room_server.client("carol", tone=600) as carol,
    ):
        clients = {"alice": alice, "bob": bob, "carol": carol}
        for name, client in clients.items():
            await client.sees_and_hears(*(clients.keys() - {name}), within=20)
        begun = time.time()
        await asyncio.sleep(SETTLED)
        netlab.host("carol").impair(up=BAD, down=BAD)
        broken = time.time()
        await asyncio.sleep(SETTLED)
        good = room_server.room_stats(begun, broken)
        assert max(pair["packet_loss"] for pair in good["pairs"]) < 0.02, "before, nobody lost anything"
        for rounds_left in reversed(range(ROUNDS)):
            unimpaired, since = netlab.host("carol").counters(), time.time()
            await asyncio.sleep(SECONDS)
            until, line = time.time(), netlab.host("carol").counters() - unimpaired
            lost = [direction.lost / direction.packets for direction in (line.up, line.down)]
            assert all(0.07 < share < 0.13 for share in lost), "the network really was bad"
            try:
                assert_names_carol(room_server.room_stats(since, until), *lost)
            except AssertionError:
                if not rounds_left:
                    raise
            else:
                break


def assert_names_carol(report: dict[str, Any], lost_up: float, lost_down: float) -> None:
    """`lost_up` and `lost_down` are the shares of packets that her line has lost in that time."""
    assert {pair["receiver"] for pair in report["pairs"]} == {"alice", "bob", "carol"}, "everybody receives"
    others = losses(report, lambda pair: "carol" not in (pair["sender"], pair["receiver"]))
    assert sum(others) / len(others) < 0.02, "those who only see each other lose nothing"
    to_carol = losses(report, lambda pair: pair["receiver"] == "carol")
    assert sum(to_carol) / len(to_carol) == pytest.approx(lost_down, rel=AGREEMENT)
    (of_carol,) = [stream for stream in report["streams"] if stream["user_id"] == "carol"]
    sent = [point["packet_loss"] for point in of_carol["points"] if point["packet_loss"] is not None]
    assert sum(sent) / len(sent) == pytest.approx(lost_up, rel=AGREEMENT)
    assert all(any(point["fps"] for point in pair["points"]) for pair in report["pairs"]), "frames are counted"


def losses(report: dict[str, Any], wanted: Any) -> list[float]:
    """Of each point in time, of the pairs that are wanted."""
    points = [point for pair in report["pairs"] if wanted(pair) for point in pair["points"]]
    return [point["packet_loss"] for point in points if point["packet_loss"] is not None]
