"""Visits and events, as the server sees them, asked for as a user of the API would."""

import datetime
from typing import Any

from roomful.reporting.questions.loading import Span
from roomful.rooms.model import TrackKind

from .conftest import NOON, Stage


async def ask(stage: Stage) -> dict[str, Any]:
    return await stage.reports.room.ask("show", Span(start=0, end=round(stage.now * 1000) + 1))


async def test_a_visit_is_recorded_from_joining_to_leaving(stage: Stage) -> None:
    alice = stage.join("alice", sdk="js", version="2.1", os="linux", browser="Firefox", browser_version="140")
    stage.publish(alice, TrackKind.AUDIO)
    stage.now += 60
    stage.leave(alice)
    stage.tick(6)
    answer = await ask(stage)
    (leave,) = answer["leaves"]
    assert leave["user_id"] == "alice"
    assert leave["duration"] == leave["publish_duration"] == 60
    assert leave["leave_reason"] == "client_initiated"
    assert (leave["terminal"], leave["sdk_version"]) == ("js", "2.1")
    assert (leave["os_version"], leave["device_name"]) == ("linux", "Firefox 140")
    assert leave["source"] == "server"
    assert [one["event"] for one in answer["timeline"]] == [
        "join_room",
        "ice_connected",
        "publish",
        "leave_room",
    ]


async def test_who_is_still_there_counts_and_has_not_left(stage: Stage) -> None:
    stage.join("alice")
    stage.now += 30
    stage.join("bob")
    stage.now += 30
    answer = await ask(stage)
    assert answer["summary"]["sessions"] == answer["summary"]["users"] == answer["summary"]["peak_concurrent"] == 2
    sessions = {user["user_id"]: user["sessions"][0] for user in answer["users"]}
    assert sessions["alice"]["duration"] == 60
    assert sessions["alice"]["left_at"] is None
    assert answer["leaves"] == []


async def test_what_a_client_says_of_its_visit_counts(stage: Stage) -> None:
    alice = stage.join("alice", sdk="js")
    stage.reports.intake.take("leave_room", stage.room, alice, {"app_version": "7", "leave_reason": "battery"})
    stage.now += 10
    stage.leave(alice)
    (leave,) = (await ask(stage))["leaves"]
    assert (leave["app_version"], leave["leave_reason"], leave["source"]) == ("7", "battery", "client")
    assert (leave["terminal"], leave["duration"]) == ("js", 10)


async def test_a_client_may_say_it_shortly_afterwards(stage: Stage) -> None:
    alice = stage.join("alice")
    stage.leave(alice)
    assert stage.reports.intake.take_late("leave_room", "show", "alice", {"app_version": "7"})
    assert not stage.reports.intake.take_late("leave_room", "show", "alice", {"app_version": "8"})
    stage.tick(60)
    assert not stage.reports.intake.take_late("leave_room", "show", "alice", {"app_version": "9"})
    (leave,) = (await ask(stage))["leaves"]
    assert leave["app_version"] == "7"


async def test_today_has_those_who_are_still_there(stage: Stage) -> None:
    stage.join("alice")
    stage.now += 100
    yesterday, today = (await stage.reports.days.ask(2, datetime.UTC))["days"]
    assert (yesterday["users"], today["users"], today["sessions"], today["peak_concurrent"]) == (0, 1, 1, 1)


async def test_days_count_visits_users_and_streaming(stage: Stage) -> None:
    for name in ("alice", "bob"):
        visitor = stage.join(name)
        stage.publish(visitor)
        stage.now += 100
        stage.leave(visitor)
    stage.tick(6)
    answer = await stage.reports.days.ask(2, datetime.UTC)
    yesterday, today = answer["days"]
    assert today == {
        "date": datetime.datetime.fromtimestamp(NOON, datetime.UTC).date().isoformat(),
        "sessions": 2,
        "users": 2,
        "peak_concurrent": 1,
        "streaming_duration": 200.0,
        "rooms": 1,
        "gift_value": 0,
    }
    assert yesterday["sessions"] == 0


async def test_all_rooms_are_listed_with_their_numbers(stage: Stage) -> None:
    stage.join("alice")
    stage.now += 10
    answer = await stage.reports.site.ask(Span(start=0, end=round(stage.now * 1000) + 1))
    (room,) = answer["rooms"]
    assert (room["room_id"], room["current_users"], room["ended_at"]) == ("show", 1, None)
    assert answer["summary"]["active_rooms"] == answer["summary"]["current_users"] == 1
