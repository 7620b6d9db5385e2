"""Heartbeats out of the engine's counters."""

import pytest

from roomful._native import Event, TrackStats
from roomful.reporting.questions.loading import Span

from .conftest import Stage
from .test_visits import ask


def stats(peer: int, track: str, direction: str, packets: int, size: int, loss: float = 0.0) -> Event.PeerStats:
    one = TrackStats(track=track, direction=direction, packets=packets, bytes=size, loss=loss, jitter_ms=4.0)
    return Event.PeerStats(peer, 40.0, 0.0, [one])


async def test_rates_come_from_two_looks_at_the_counters(stage: Stage) -> None:
    alice, bob = stage.join("alice"), stage.join("bob")
    track, room = stage.publish(alice), stage.room.sid
    measuring = stage.reports.measuring
    for seconds in range(3):
        measuring.on_stats(room, alice.sid, stats(1, track, "in", 500 * seconds, 625_000 * seconds))
        measuring.on_stats(room, bob.sid, stats(2, track, "out", 500 * seconds, 562_500 * seconds, loss=0.1))
        stage.tick(5)
    answer = await ask(stage)
    beats = [beat for beat in answer["heartbeats"] if beat["user_id"] == "alice"]
    assert [beat["upstream"]["network"]["bitrate"] for beat in beats] == [1_000_000, 1_000_000]
    assert beats[0]["upstream"]["video"] == {"bitrate": 1_000_000, "width": 1280, "height": 720, "codec": "x"}
    assert beats[0]["source"] == "server"
    (pair,) = answer["pairs"]
    assert (pair["sender"], pair["receiver"]) == ("alice", "bob")
    assert pair["bitrate"] == 900_000
    assert pair["packet_loss"] == pytest.approx(0.1)
    assert pair["points"][0]["send_bitrate"] == 1_000_000
    span = Span(start=0, end=round(stage.now * 1000) + 1)
    assert await stage.reports.writer.settled(10)
    (room_now,) = (await stage.reports.site.ask(span))["rooms"]
    assert room_now["risks"] == ["packet_loss_spike"]


async def test_what_is_told_of_strangers_is_ignored(stage: Stage) -> None:
    alice = stage.join("alice")
    for _ in range(2):
        stage.reports.measuring.on_stats("RM_other", alice.sid, stats(1, "TR_x", "in", 1, 1))
        stage.reports.measuring.on_stats(stage.room.sid, "PA_gone", stats(2, "TR_x", "in", 1, 1))
        stage.reports.measuring.on_stats(stage.room.sid, alice.sid, stats(3, "TR_x", "in", 1, 1))
        stage.tick(5)
    answer = await ask(stage)
    assert (answer["heartbeats"], answer["pairs"]) == ([], [])
