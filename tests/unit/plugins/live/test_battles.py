"""Battles of two shows: from the invitation to the result. specs/monibuca-rooms.md §6.6, §14 (12)."""

from pathlib import Path
from typing import Any

import pytest

from roomful.rooms.extension import RoomApiError

from .stage import LiveStage, life

OTHER = "loft"


async def two_shows(stage: LiveStage) -> LiveStage:
    await stage.on_air("stage", "kim")
    await stage.on_air(OTHER, "lou")
    for room, users in (("stage", ("ann", "alf")), (OTHER, ("bob",))):
        for user in users:
            await stage.come(room, user)
    return stage


@pytest.fixture
async def shows(stage: LiveStage) -> LiveStage:
    return await two_shows(stage)


async def invited(stage: LiveStage, **fields: Any) -> str:
    return (await stage.say("stage", "kim", "pk_invite", target_room_id=OTHER, **fields))["pk_id"]


async def begun(stage: LiveStage, **fields: Any) -> str:
    pk_id = await invited(stage, **fields)
    await stage.say(OTHER, "lou", "pk_accept", pk_id=pk_id)
    return pk_id


def result(stage: LiveStage, room: str = "stage") -> tuple[str | None, str, list[int]]:
    (ended,) = stage.heard("pk_ended", room)
    return ended["winner_room_id"], ended["reason"], [side["score"] for side in ended["sides"]]


async def test_from_the_invitation_to_the_result(shows: LiveStage) -> None:
    pk_id = await invited(shows, duration=60)
    (invitation,) = shows.heard("pk_invited", OTHER, by="lou")
    assert (invitation["pk_id"], invitation["from_room_id"], invitation["duration"]) == (pk_id, "stage", 60)
    assert not shows.heard("pk_invited", OTHER, by="bob")
    await shows.say(OTHER, "lou", "pk_accept", pk_id=pk_id)
    for room in ("stage", OTHER):
        (started,) = shows.heard("pk_started", room)
        assert [(side["room_id"], side["whep_url"]) for side in started["sides"]] == [
            ("stage", "/webrtc/whep/room/stage/kim"),
            (OTHER, f"/webrtc/whep/room/{OTHER}/lou"),
        ]
        assert started["ends_at"] - started["started_at"] == 60_000
    assert shows.rooms.with_name("stage").shares_streams("kim", OTHER)
    assert shows.rooms.with_name(OTHER).shares_streams("lou", "stage")
    await shows.say("stage", "ann", "send_gift", gift_id="cake")
    await shows.say(OTHER, "bob", "send_gift", gift_id="heart", count=3)
    await shows.pass_time(59.9)
    assert not shows.heard("pk_ended")
    await shows.pass_time(0.1)
    for room in ("stage", OTHER):
        assert result(shows, room) == ("stage", "time", [50, 15])
    assert not shows.rooms.with_name("stage").shares_streams("kim", OTHER)
    assert (await shows.ask_http("GET", "/live/rooms/stage"))["pk"] is None


async def test_gifts_count_for_the_own_streamer_while_the_battle_is_on(shows: LiveStage) -> None:
    await shows.say("stage", "ann", "send_gift", gift_id="rocket")
    await begun(shows, duration=60)
    await shows.say("stage", "ann", "send_gift", gift_id="rose", to_user_id="alf")
    await shows.say("stage", "ann", "send_gift", gift_id="rose", count=2)
    await shows.pass_time(60)
    await shows.say("stage", "ann", "send_gift", gift_id="castle")
    assert result(shows) == ("stage", "time", [2, 0])
    records = (await shows.ask_http("GET", "/live/rooms/stage/gifts"))["gifts"]
    assert [bool(one["pk_id"]) for one in records] == [False, True, False, False]


async def test_equal_scores_are_a_draw(shows: LiveStage) -> None:
    await begun(shows, duration=60)
    await shows.pass_time(60)
    assert result(shows) == (None, "time", [0, 0])


async def test_the_score_is_told_twice_a_second_at_most_and_the_last_one_always(shows: LiveStage) -> None:
    await begun(shows)
    for _ in range(10):
        await shows.say("stage", "ann", "send_gift", gift_id="rose")
    assert len(shows.heard("pk_score")) == 1
    await shows.pass_time(0.5)
    scores = shows.heard("pk_score", OTHER)
    assert [score["sides"][0]["score"] for score in scores] == [1, 10]
    assert scores[-1]["sides"][0]["top"] == [{"user_id": "ann", "user_name": "Ann", "value": 10}]
    await shows.pass_time(10)
    assert len(shows.heard("pk_score")) == 2


@pytest.mark.parametrize(("room", "streamer", "winner"), [("stage", "kim", OTHER), (OTHER, "lou", "stage")])
async def test_who_ends_it_before_the_time_gives_up(shows: LiveStage, room: str, streamer: str, winner: str) -> None:
    pk_id = await begun(shows)
    await shows.say(room, streamer, "pk_end", pk_id=pk_id)
    assert result(shows) == (winner, "host", [0, 0])
    assert await shows.refusal(room, streamer, "pk_end", pk_id=pk_id) == 40404


async def test_who_ends_its_show_gives_up(shows: LiveStage) -> None:
    await begun(shows)
    await shows.say(OTHER, "lou", "stop_live")
    assert result(shows) == ("stage", "forfeit", [0, 0])
    assert result(shows, OTHER) == ("stage", "forfeit", [0, 0])


async def test_a_streamer_that_vanishes_loses_after_thirty_seconds(shows: LiveStage) -> None:
    await begun(shows)
    await shows.say("stage", "ann", "send_gift", gift_id="cake")
    await shows.away("stage", "kim", True)
    await shows.pass_time(29)
    assert not shows.heard("pk_ended")
    await shows.pass_time(1)
    assert result(shows) == (OTHER, "forfeit", [50, 0])


async def test_a_streamer_that_comes_back_in_time_battles_on(shows: LiveStage) -> None:
    await begun(shows)
    await shows.away("stage", "kim", True)
    await shows.pass_time(29)
    await shows.away("stage", "kim", False)
    await shows.pass_time(200)
    assert not shows.heard("pk_ended")


async def test_when_both_vanish_nobody_wins(shows: LiveStage) -> None:
    await begun(shows)
    await shows.say("stage", "ann", "send_gift", gift_id="cake")
    await shows.away("stage", "kim", True)
    await shows.away(OTHER, "lou", True)
    await shows.pass_time(30)
    assert result(shows) == (None, "forfeit", [50, 0])


async def test_an_invitation_is_open_for_thirty_seconds(shows: LiveStage) -> None:
    pk_id = await invited(shows)
    await shows.pass_time(30)
    assert len(shows.heard("pk_timeout", "stage", by="kim")) == 1
    assert not shows.heard("pk_timeout", "stage", by="ann")
    assert await shows.refusal(OTHER, "lou", "pk_accept", pk_id=pk_id) == 40404
    await invited(shows)


async def test_an_invitation_can_be_declined(shows: LiveStage) -> None:
    pk_id = await invited(shows)
    await shows.say(OTHER, "lou", "pk_reject", pk_id=pk_id, reason="busy")
    (told,) = shows.heard("pk_rejected", "stage", by="kim")
    assert told["reason"] == "busy"
    assert await shows.refusal(OTHER, "lou", "pk_accept", pk_id=pk_id) == 40404


async def test_an_invitation_can_be_taken_back(shows: LiveStage) -> None:
    pk_id = await invited(shows)
    assert await shows.refusal(OTHER, "lou", "pk_end", pk_id=pk_id) == 40902
    await shows.say("stage", "kim", "pk_end", pk_id=pk_id)
    assert len(shows.heard("pk_canceled", OTHER, by="lou")) == 1
    assert await shows.refusal(OTHER, "lou", "pk_accept", pk_id=pk_id) == 40404


async def test_the_end_of_a_show_takes_its_invitation_back(shows: LiveStage) -> None:
    await invited(shows)
    await shows.say("stage", "kim", "stop_live")
    assert len(shows.heard("pk_canceled", OTHER, by="lou")) == 1


async def test_one_battle_at_a_time(shows: LiveStage) -> None:
    await shows.on_air("third", "max")
    pk_id = await invited(shows)
    assert await shows.refusal("stage", "kim", "pk_invite", target_room_id="third") == 40903
    assert await shows.refusal("third", "max", "pk_invite", target_room_id="stage") == 40903
    assert await shows.refusal(OTHER, "lou", "pk_invite", target_room_id="stage") == 40903
    await shows.say(OTHER, "lou", "pk_accept", pk_id=pk_id)
    assert await shows.refusal("third", "max", "pk_invite", target_room_id=OTHER) == 40903


@pytest.mark.parametrize(
    ("room", "user", "action", "fields", "code"),
    [
        ("stage", "ann", "pk_invite", {"target_room_id": OTHER}, 40301),
        ("stage", "kim", "pk_invite", {"target_room_id": "stage"}, 40003),
        ("stage", "kim", "pk_invite", {"target_room_id": "nowhere"}, 40401),
        ("stage", "kim", "pk_invite", {"target_room_id": OTHER, "duration": 59}, 40003),
        ("stage", "kim", "pk_invite", {"target_room_id": OTHER, "duration": 1801}, 40003),
        ("stage", "kim", "pk_invite", {}, 40003),
        ("stage", "kim", "pk_accept", {"pk_id": "pk-1"}, 40404),
        ("stage", "kim", "pk_reject", {"pk_id": "pk-1"}, 40404),
        ("stage", "kim", "pk_end", {"pk_id": "pk-1"}, 40404),
        ("stage", "ann", "pk_end", {"pk_id": "pk-1"}, 40301),
    ],
)
async def test_what_is_refused(
    shows: LiveStage, room: str, user: str, action: str, fields: dict[str, Any], code: int
) -> None:
    assert await shows.refusal(room, user, action, **fields) == code


async def test_only_the_invited_streamer_accepts_and_only_once(shows: LiveStage) -> None:
    pk_id = await invited(shows)
    assert await shows.refusal("stage", "kim", "pk_accept", pk_id=pk_id) == 40301
    assert await shows.refusal(OTHER, "bob", "pk_accept", pk_id=pk_id) == 40301
    await shows.say(OTHER, "lou", "pk_accept", pk_id=pk_id)
    assert await shows.refusal(OTHER, "lou", "pk_accept", pk_id=pk_id) == 40902


@pytest.mark.parametrize(("room", "streamer"), [("stage", "kim"), (OTHER, "lou")])
async def test_both_shows_have_to_be_on(shows: LiveStage, room: str, streamer: str) -> None:
    await shows.say(room, streamer, "pause_live")
    with pytest.raises(RoomApiError) as refused:
        await invited(shows)
    assert refused.value.code == 40902
    await shows.say(room, streamer, "resume_live")
    pk_id = await invited(shows)
    await shows.say(room, streamer, "pause_live")
    assert await shows.refusal(OTHER, "lou", "pk_accept", pk_id=pk_id) == 40902


async def test_the_loser_pays_where_that_is_the_custom(tmp_path: Path) -> None:
    async with life(tmp_path, pk={"duration": 60, "punish_duration": 20}) as stage:
        await two_shows(stage)
        await begun(stage)
        await stage.say("stage", "ann", "send_gift", gift_id="rose")
        await stage.pass_time(60)
        (punishing,) = stage.heard("pk_punish_started", OTHER)
        assert punishing["winner_room_id"] == "stage"
        await stage.say(OTHER, "bob", "send_gift", gift_id="castle")
        await stage.pass_time(20)
        assert result(stage) == ("stage", "time", [1, 0])


async def test_nobody_pays_for_a_draw(tmp_path: Path) -> None:
    async with life(tmp_path, pk={"duration": 60, "punish_duration": 20}) as stage:
        await two_shows(stage)
        await begun(stage)
        await stage.pass_time(60)
        assert result(stage) == (None, "time", [0, 0])


async def test_battles_are_listed(shows: LiveStage) -> None:
    pk_id = await begun(shows)
    assert [one["pk_id"] for one in (await shows.ask_http("GET", "/live/pk"))["pk"]] == [pk_id]
    assert (await shows.ask_http("GET", f"/live/rooms/{OTHER}/pk"))["status"] == "active"
