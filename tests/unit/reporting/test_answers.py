"""Answers about a room with a script, against numbers worked out by hand. specs/monibuca-rooms.md §9.5."""

import datetime
import zoneinfo
from typing import Any

import pytest

from roomful.reporting.questions.loading import Span

from .conftest import NOON, Stage

MIDNIGHT = (NOON // 86_400 + 1) * 86_400
"""The next one, in UTC."""


def at(seconds: float) -> int:
    """Unix milliseconds, so many seconds after the beginning."""
    return round((NOON + seconds) * 1000)


def beat(rtt: float, loss: float, bitrate: int, *received: dict[str, Any]) -> dict[str, Any]:
    return {
        "upstream": {"network": {"rtt_ms": rtt, "packet_loss": loss, "bitrate": bitrate}},
        "downstream": list(received),
    }


def got(publisher: str, bitrate: int, loss: float, frozen: int) -> dict[str, Any]:
    return {
        "publisher_id": publisher,
        "video": {"bitrate": bitrate, "fps": 25, "freeze_count": 1 if frozen else 0, "freeze_duration_ms": frozen},
        "network": {"bitrate": bitrate, "packet_loss": loss},
    }


@pytest.fixture
async def script(stage: Stage) -> Stage:
    """Alice is there for 100 s and publishes for 80; Bob from 20 to 60; Carl from 60 on, still there after 120.

    Bob reports at 30, 35 and 40, and fails to open his camera once.
    """
    intake = stage.reports.intake
    alice = stage.join("alice")
    stage.now = NOON + 10
    stage.publish(alice)
    stage.now = NOON + 20
    bob = stage.join("bob")
    for seconds, rtt, loss, frozen in ((30, 40, 0.0, 0), (35, 60, 0.02, 500), (40, 80, 0.04, 1000)):
        stage.now = NOON + seconds
        intake.take("heartbeat", stage.room, bob, beat(rtt, 0.0, 100_000, got("alice", 900_000, loss, frozen)))
    intake.take("kv", stage.room, bob, {"event": "camera_open", "success": False, "latency_ms": 300})
    intake.take("kv", stage.room, bob, {"event": "camera_open", "latency_ms": 100})
    stage.now = NOON + 60
    stage.leave(bob)
    stage.join("carl")
    stage.now = NOON + 90
    stage.room.unpublish(next(iter(alice.tracks)), stage.now)
    stage.now = NOON + 100
    stage.leave(alice)
    stage.tick(20)
    return stage


async def test_a_room_in_all_its_numbers(script: Stage) -> None:
    answer = await script.reports.room.ask("show", Span(start=at(0), end=at(121)))
    summary = answer["summary"]
    assert (summary["sessions"], summary["users"], summary["peak_concurrent"]) == (3, 3, 2)
    assert summary["duration"] == 120
    assert summary["avg_rtt_ms"] == 60
    assert summary["avg_up_bitrate"] == 100_000
    assert summary["avg_down_bitrate"] == 900_000
    assert summary["avg_packet_loss"] == 0.01, "three times nothing up, and 0, 2 and 4 % down"
    assert summary["freeze_rate"] == pytest.approx(1.5 / 15, abs=1e-5)
    assert summary["join_success_rate"] == 1.0
    (pair,) = answer["pairs"]
    assert (pair["sender"], pair["receiver"], pair["freeze_count"], pair["freeze_duration_ms"]) == (
        "alice",
        "bob",
        2,
        1500,
    )
    assert pair["packet_loss"] == 0.02
    camera = next(one for one in answer["kv_summary"] if one["event"] == "camera_open")
    assert (camera["count"], camera["success"], camera["success_rate"], camera["avg_ms"]) == (2, 1, 0.5, 200)
    sessions = {one["user_id"]: one["sessions"][0] for one in answer["users"]}
    assert [(sessions[who]["duration"], sessions[who]["left_at"]) for who in ("alice", "bob", "carl")] == [
        (100, at(100)),
        (40, at(60)),
        (60, None),
    ]
    assert sessions["alice"]["publish_duration"] == 80
    assert [one["ts"] for one in answer["timeline"]] == sorted(one["ts"] for one in answer["timeline"])


@pytest.mark.parametrize(
    ("start", "end", "beats", "leaves", "users"),
    [
        (0, 30, 0, {"alice", "bob"}, {"alice", "bob"}),
        (30, 40, 2, {"alice", "bob"}, {"alice", "bob"}),
        (35, 41, 2, {"alice", "bob"}, {"alice", "bob"}),
        (61, 99, 0, {"alice"}, {"alice", "carl"}),
        (101, 119, 0, set[str](), {"carl"}),
        (-100, 0, 0, set[str](), set[str]()),
    ],
)
async def test_a_stretch_of_time_has_what_was_in_it(
    script: Stage, start: float, end: float, beats: int, leaves: set[str], users: set[str]
) -> None:
    """Visits belong to all stretches that they touch, those that go on as well."""
    answer = await script.reports.room.ask("show", Span(start=at(start), end=at(end)))
    assert len(answer["heartbeats"]) == beats
    assert {row["user_id"] for row in answer["leaves"]} == leaves
    assert {one["user_id"] for one in answer["users"]} == users
    assert all(at(start) <= one["ts"] < at(end) for one in answer["timeline"])


async def test_of_a_room_that_nobody_knows_there_is_nothing(script: Stage) -> None:
    answer = await script.reports.room.ask("nowhere", Span(start=at(0), end=at(121)))
    assert (answer["users"], answer["heartbeats"], answer["pairs"], answer["kv"]) == ([], [], [], [])
    assert answer["summary"]["sessions"] == 0


async def test_the_whole_site_in_all_its_numbers(script: Stage) -> None:
    answer = await script.reports.site.ask(Span(start=at(0), end=at(121)))
    (room,) = answer["rooms"]
    summary = answer["summary"]
    assert (summary["rooms"], summary["active_rooms"], summary["sessions"], summary["users"]) == (1, 1, 3, 3)
    assert (summary["current_users"], summary["peak_concurrent"], summary["streaming_duration"]) == (1, 2, 80)
    assert (room["started_at"], room["ended_at"], room["duration"]) == (at(0), None, 120)
    assert (room["users"], room["current_users"], room["peak_concurrent"]) == (3, 1, 2)


async def test_a_visit_over_midnight_counts_where_it_began_and_is_there_on_both_days(stage: Stage) -> None:
    stage.now = MIDNIGHT - 600
    alice, bob = stage.join("alice"), stage.join("bob")
    stage.publish(alice)
    stage.now = MIDNIGHT - 300
    stage.leave(bob)
    stage.now = MIDNIGHT + 300
    stage.join("carl")
    stage.now = MIDNIGHT + 900
    stage.leave(alice)
    stage.tick(6)
    before, after = (await stage.reports.days.ask(2, datetime.UTC))["days"]
    assert [before[name] for name in ("sessions", "users", "peak_concurrent", "streaming_duration", "rooms")] == [
        2,
        2,
        2,
        1500,
        1,
    ]
    assert [after[name] for name in ("sessions", "users", "peak_concurrent", "streaming_duration", "rooms")] == [
        1,
        2,
        2,
        0,
        1,
    ]
    (berlin,) = (await stage.reports.days.ask(1, zoneinfo.ZoneInfo("Europe/Berlin")))["days"]
    assert berlin["sessions"] == 3, "there it was one day all the time"
