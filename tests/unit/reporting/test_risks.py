"""What should worry somebody does so at its threshold, and not below. specs/monibuca-rooms.md §9.8."""

from typing import Any

import pytest

from roomful.reporting.questions.loading import Span
from roomful.reporting.questions.risks import Pulse, risks

from .conftest import NOON, Stage

ON_AIR = {"is_live": True, "live_seconds": 120.0, "viewers": 1}


@pytest.mark.parametrize(
    ("pulse", "found"),
    [
        ({}, []),
        (ON_AIR, []),
        ({**ON_AIR, "viewers": 0}, [("zero_viewers", "warning")]),
        ({**ON_AIR, "viewers": 0, "live_seconds": 119.0}, []),
        ({"viewers": 0, "live_seconds": 1e6}, []),
        ({**ON_AIR, "streamless_seconds": 30.0}, [("no_stream", "critical")]),
        ({**ON_AIR, "streamless_seconds": 999.0, "live_seconds": 29.0}, []),
        ({"streamless_seconds": 999.0}, []),
        ({"freeze_rate": 0.05}, []),
        ({"freeze_rate": 0.0501}, [("high_freeze", "warning")]),
        ({"freeze_rate": 0.10}, [("high_freeze", "warning")]),
        ({"freeze_rate": 0.11}, [("high_freeze", "critical")]),
        ({"packet_loss": 0.05}, []),
        ({"packet_loss": 0.06}, [("packet_loss_spike", "warning")]),
        ({"packet_loss": 0.16}, [("packet_loss_spike", "critical")]),
        ({"fps": 10.0}, []),
        ({"fps": 9.9}, [("low_fps", "warning")]),
        ({"fps": None}, []),
        ({"rtt_ms": 400.0}, []),
        ({"rtt_ms": 401.0}, [("high_rtt", "warning")]),
        (
            {**ON_AIR, "viewers": 0, "streamless_seconds": 30.0, "packet_loss": 0.2, "rtt_ms": 900.0},
            [
                ("zero_viewers", "warning"),
                ("no_stream", "critical"),
                ("packet_loss_spike", "critical"),
                ("high_rtt", "warning"),
            ],
        ),
    ],
)
def test_a_risk_begins_at_its_threshold(pulse: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert [(risk.name, risk.level) for risk in risks(Pulse(**pulse))] == found


async def told(stage: Stage) -> list[str]:
    assert await stage.reports.writer.settled(10)
    answer = await stage.reports.site.ask(Span(start=0, end=round(stage.now * 1000) + 1))
    (room,) = answer["rooms"]
    assert [one["name"] for one in room["risk_details"]] == room["risks"]
    return room["risks"]


async def test_a_stream_may_be_away_for_half_a_minute(stage: Stage) -> None:
    kim, _ = stage.join("kim"), stage.join("ann")
    stage.reports.shows.describe = lambda room: {"status": "Living", "started_at": round(NOON * 1000)}
    track = stage.publish(kim)
    stage.now = NOON + 100
    stage.room.unpublish(track, stage.now)
    stage.now = NOON + 129
    assert await told(stage) == []
    stage.now = NOON + 130
    assert await told(stage) == ["no_stream"]
    stage.publish(kim)
    assert await told(stage) == []


async def test_a_show_is_judged_by_what_its_plugin_says_of_it_and_by_the_last_half_minute(stage: Stage) -> None:
    kim = stage.join("kim")
    stage.reports.shows.describe = lambda room: {"status": "Living", "started_at": round(NOON * 1000)}
    stage.now = NOON + 29
    assert await told(stage) == []
    stage.now = NOON + 31
    assert await told(stage) == ["no_stream"]
    stage.publish(kim)
    stage.now = NOON + 121
    assert await told(stage) == ["zero_viewers"]
    ann = stage.join("ann")
    assert await told(stage) == []

    lost = {"downstream": [{"publisher_id": "kim", "video": {"bitrate": 1, "fps": 5}, "network": {"packet_loss": 0.5}}]}
    stage.reports.intake.take("heartbeat", stage.room, ann, lost)
    assert await told(stage) == ["packet_loss_spike", "low_fps"]
    stage.now += 31
    assert await told(stage) == []
