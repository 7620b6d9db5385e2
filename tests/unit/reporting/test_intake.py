"""What clients report: their own, no absurd numbers, and not too often."""

from typing import Any

import pytest

from roomful.reporting.intake import KV_PER_MINUTE
from roomful.reporting.messages import BadReport

from .conftest import Stage
from .test_visits import ask

HEARTBEAT: dict[str, Any] = {
    "user_id": "somebody else",
    "room_id": "another",
    "sdk_version": "1.2.0",
    "upstream": {
        "stream_path": "room/show/alice",
        "video": {"bitrate": 1_200_000, "fps": 25, "width": 1280, "height": 720, "codec": "H264"},
        "audio": {"bitrate": 64_000},
        "network": {"rtt_ms": 45, "bitrate": 1_300_000, "packet_loss": 0.003},
    },
    "downstream": [
        {
            "publisher_id": "bob",
            "video": {"bitrate": 900_000, "fps": 20, "freeze_count": 1, "freeze_duration_ms": 500},
            "network": {"rtt_ms": 50, "bitrate": 950_000, "packet_loss": 0.2},
        }
    ],
    "device": {"terminal": "web"},
}


async def test_a_heartbeat_is_stored_under_the_verified_names(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.reports.intake.take("heartbeat", stage.room, alice, HEARTBEAT)
    answer = await ask(stage)
    (beat,) = answer["heartbeats"]
    assert (beat["user_id"], beat["source"]) == ("alice", "client")
    assert beat["upstream"]["video"]["fps"] == 25
    (pair,) = answer["pairs"]
    assert (pair["sender"], pair["receiver"], pair["freeze_duration_ms"]) == ("bob", "alice", 500)
    assert pair["freeze_rate"] == pytest.approx(0.1)
    assert pair["points"][0]["packet_loss"] == 0.2


async def test_heartbeats_come_every_two_seconds_at_most(stage: Stage) -> None:
    alice = stage.join("alice")
    for _ in range(10):
        stage.reports.intake.take("heartbeat", stage.room, alice, HEARTBEAT)
        stage.now += 0.5
    assert len((await ask(stage))["heartbeats"]) == 3
    assert stage.reports.intake.refused == 7


async def test_events_are_limited_by_the_minute(stage: Stage) -> None:
    alice = stage.join("alice")
    for _ in range(2 * KV_PER_MINUTE):
        stage.reports.intake.take("kv", stage.room, alice, {"event": "camera_open", "latency_ms": 120})
    stage.now += 61
    stage.reports.intake.take("kv", stage.room, alice, {"event": "camera_open", "success": False})
    (summary,) = [one for one in (await ask(stage))["kv_summary"] if one["event"] == "camera_open"]
    assert (summary["count"], summary["success"], summary["p50_ms"]) == (KV_PER_MINUTE + 1, KV_PER_MINUTE, 120)


async def test_a_clock_that_cannot_be_believed_is_not(stage: Stage) -> None:
    alice = stage.join("alice")
    for said in (0, 1e18, stage.now * 1000 - 1000):
        stage.reports.intake.take("kv", stage.room, alice, {"event": "x", "timestamp": said})
    times = [one["ts"] for one in (await ask(stage))["kv"] if one["event"] == "x"]
    now = round(stage.now * 1000)
    assert times == [now - 1000, now, now]


@pytest.mark.parametrize(
    ("kind", "report"),
    [
        ("heartbeat", {"upstream": {"video": {"bitrate": -1}}}),
        ("heartbeat", {"upstream": {"video": {"bitrate": 10**18}}}),
        ("heartbeat", {"upstream": {"network": {"packet_loss": 1.1}}}),
        ("heartbeat", {"upstream": {"network": {"rtt_ms": float("nan")}}}),
        ("heartbeat", {"upstream": "fine"}),
        ("heartbeat", {"downstream": [{}]}),
        ("heartbeat", {"downstream": [{"publisher_id": "b"}] * 201}),
        ("heartbeat", {"sdk_version": "x" * 257}),
        ("kv", {}),
        ("kv", {"event": ""}),
        ("kv", {"event": "x", "value": "x" * 5000}),
        ("kv", {"event": "x", "code": 2**40}),
        ("kv", {"event": "x", "success": "yes"}),
        ("leave_room", {"extra": {"x": "x" * 5000}}),
        ("leave_room", {"join_url": 5}),
    ],
)
async def test_absurd_reports_are_refused_and_leave_nothing(stage: Stage, kind: Any, report: dict[str, Any]) -> None:
    alice = stage.join("alice")
    with pytest.raises(BadReport):
        stage.reports.intake.take(kind, stage.room, alice, report)
    answer = await ask(stage)
    assert (answer["heartbeats"], answer["pairs"], len(answer["kv"])) == ([], [], 2)
