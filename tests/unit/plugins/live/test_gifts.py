"""Gifts, their combos, what they cost, and that each is counted once. specs/monibuca-rooms.md §6.3, §14 (10)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from roomful.rooms.extension import Role, RoomApiError

from .stage import LiveStage, life


@pytest.fixture
async def show(stage: LiveStage) -> LiveStage:
    await stage.on_air()
    for user in ("ann", "bob"):
        await stage.come("stage", user)
    return stage


async def give(stage: LiveStage, user: str = "ann", gift_id: str = "rose", **fields: Any) -> dict[str, Any]:
    return await stage.say("stage", user, "send_gift", gift_id=gift_id, **fields)


async def test_everybody_hears_of_a_gift(show: LiveStage) -> None:
    answer = await give(show, gift_id="heart", count=2)
    (received,) = show.heard("gift_received", by="bob")
    combo_id = received.pop("combo_id")
    assert combo_id
    for name in ("room_id", "ts", "action"):
        received.pop(name, None)
    assert received == {
        "gift_record_id": answer["gift_record_id"],
        "gift_id": "heart",
        "gift_name": "Heart",
        "icon": "",
        "effect": "",
        "unit_price": 5,
        "count": 2,
        "value": 10,
        "combo_count": 2,
        "combo_value": 10,
        "is_combo": True,
        "from": {"user_id": "ann", "user_name": "Ann"},
        "to": {"user_id": "kim", "user_name": "Kim"},
    }
    records = await show.ask_http("GET", "/live/rooms/stage/gifts")
    assert [(one["from_id"], one["count"], one["value"]) for one in records["gifts"]] == [("ann", 2, 10)]


@pytest.mark.parametrize(("pause", "combos"), [(4.999, [3]), (5.0, [1, 2])])
async def test_a_combo_ends_five_seconds_after_its_last_gift(show: LiveStage, pause: float, combos: list[int]) -> None:
    await give(show)
    await show.pass_time(pause)
    await give(show)
    await show.pass_time(4)
    await give(show)
    assert not [one for one in show.heard("gift_combo_end") if one["combo_count"] == combos[-1]]
    await show.pass_time(5)
    last = show.heard("gift_received")[-1]
    assert last["combo_count"] == combos[-1]
    over = show.heard("gift_combo_end")
    assert [one["combo_count"] for one in over] == [count for count in combos if count > 1]
    assert over[-1]["combo_id"] == last["combo_id"]
    assert over[-1]["combo_value"] == combos[-1]


async def test_a_combo_that_is_full_ends_and_the_rest_begins_another(show: LiveStage) -> None:
    await give(show, count=998)
    await give(show, count=3)
    await give(show)
    told = [one for where, one, _ in show.told_to if one["action"].startswith("gift_")]
    assert [(one["action"], one.get("count"), one["combo_count"]) for one in told] == [
        ("gift_received", 998, 998),
        ("gift_received", 1, 999),
        ("gift_combo_end", None, 999),
        ("gift_received", 2, 2),
        ("gift_received", 1, 3),
    ]
    assert told[1]["combo_id"] == told[2]["combo_id"] != told[3]["combo_id"]
    live = await show.ask_http("GET", "/live/rooms/stage")
    assert (live["gift_count"], live["gift_value"]) == (1002, 1002)


async def test_exactly_full_is_not_over_before_the_next(show: LiveStage) -> None:
    await give(show, count=999)
    assert not show.heard("gift_combo_end")
    await give(show)
    assert [one["combo_count"] for one in show.heard("gift_combo_end")] == [999]
    assert show.heard("gift_received")[-1]["combo_count"] == 1


async def test_combos_of_other_people_and_gifts_do_not_merge(show: LiveStage) -> None:
    await give(show, "ann")
    await give(show, "bob")
    await give(show, "ann", "heart")
    await give(show, "ann", to_user_id="bob")
    assert [one["combo_count"] for one in show.heard("gift_received")] == [1, 1, 1, 1]
    assert len({one["combo_id"] for one in show.heard("gift_received")}) == 4


@pytest.mark.parametrize(
    ("user", "fields", "code"),
    [
        ("ann", {"gift_id": "moon"}, 40404),
        ("ann", {"gift_id": "off"}, 40404),
        ("ann", {"gift_id": 5}, 40003),
        ("ann", {}, 40003),
        ("ann", {"gift_id": "rose", "count": 0}, 40003),
        ("ann", {"gift_id": "rose", "count": 1000}, 40003),
        ("ann", {"gift_id": "rose", "count": "2"}, 40003),
        ("ann", {"gift_id": "rose", "count": 1.5}, 40003),
        ("ann", {"gift_id": "rose", "to_user_id": "ann"}, 40003),
        ("ann", {"gift_id": "rose", "to_user_id": "nobody"}, 40402),
        ("ann", {"gift_id": "rose", "request_id": "x" * 65}, 40003),
        ("kim", {"gift_id": "rose"}, 40003),
        ("kim", {"gift_id": "rose", "to_user_id": "ann"}, 40301),
    ],
)
async def test_what_cannot_be_given(show: LiveStage, user: str, fields: dict[str, Any], code: int) -> None:
    await show.ask_http("POST", "/live/gifts", {"gift_id": "off", "name": "Off", "price": 1, "enabled": False})
    assert await show.refusal("stage", user, "send_gift", **fields) == code
    assert not show.heard("gift_received")


async def test_robots_take_no_gifts(show: LiveStage) -> None:
    await show.api.add_virtual_user("stage", "robot_x", "Robot")
    assert await show.refusal("stage", "ann", "send_gift", gift_id="rose", to_user_id="robot_x") == 40003


async def test_nothing_is_given_to_a_show_that_is_not_on(show: LiveStage) -> None:
    await show.say("stage", "kim", "pause_live")
    assert await show.refusal("stage", "ann", "send_gift", gift_id="rose") == 40902


async def test_twenty_gifts_a_second_are_enough(show: LiveStage) -> None:
    for _ in range(20):
        await give(show)
    with pytest.raises(RoomApiError) as refused:
        await give(show)
    assert refused.value.code == 42901
    assert refused.value.detail["retry_after_ms"] == 50
    await give(show, "bob")
    await show.pass_time(0.05)
    await give(show)


async def test_who_gave_most(show: LiveStage) -> None:
    await give(show, "ann", "rose", count=9)
    await give(show, "bob", "cake")
    await give(show, "ann", "heart")
    rank = (await show.ask_http("GET", "/live/rooms/stage/rank"))["rank"]
    assert [(one.user_id, one.value, one.count) for one in rank] == [("bob", 50, 1), ("ann", 14, 10)]


async def test_the_catalogue_can_be_changed(show: LiveStage) -> None:
    await show.ask_http("POST", "/live/gifts", {"gift_id": "kite", "name": "Kite", "price": 3})
    await show.ask_http("PATCH", "/live/gifts/kite", {"price": 4})
    assert (await give(show, gift_id="kite"))["value"] == 4
    with pytest.raises(RoomApiError) as twice:
        await show.ask_http("POST", "/live/gifts", {"gift_id": "kite", "name": "Kite", "price": 3})
    assert twice.value.code == 40904
    await show.ask_http("DELETE", "/live/gifts/kite")
    assert await show.refusal("stage", "ann", "send_gift", gift_id="kite") == 40404
    listed = (await show.ask_http("GET", "/live/gifts"))["gifts"]
    assert [(gift.gift_id, gift.price) for gift in listed] == [
        ("rose", 1),
        ("heart", 5),
        ("cake", 50),
        ("rocket", 500),
        ("castle", 5000),
    ]


# Once


async def test_a_gift_sent_again_is_answered_again_and_counted_once(show: LiveStage) -> None:
    first = await give(show, request_id="r1")
    await show.pass_time(3600)
    assert await give(show, request_id="r1") == first
    assert len(show.heard("gift_received")) == 1
    assert await give(show, "bob", request_id="r1") != first
    assert (await show.ask_http("GET", "/live/rooms/stage"))["gift_count"] == 2


async def test_also_after_a_restart(tmp_path: Path) -> None:
    async with life(tmp_path) as stage:
        await stage.on_air()
        await stage.come("stage", "ann")
        first = await give(stage, count=3, request_id="r1")
        now = stage.now
    async with life(tmp_path, now=now + 5) as stage:
        for user in ("kim", "ann"):
            await stage.come("stage", user)
        assert await give(stage, count=3, request_id="r1") == first
        assert not stage.heard("gift_received")
        live = await stage.ask_http("GET", "/live/rooms/stage")
        assert (live["gift_count"], live["gift_value"]) == (3, 3)


# Charging


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[LiveStage]:
    async with life(tmp_path, gift={"charge_url": "https://bank.example/charge"}) as stage:
        await stage.on_air()
        for user in ("ann", "bob"):
            await stage.come("stage", user)
        yield stage


async def test_a_gift_is_charged_before_it_counts(shop: LiveStage) -> None:
    answer = await give(shop, gift_id="cake", count=2)
    assert shop.bank.bills == [
        {
            "room_id": "stage",
            "from": "ann",
            "to": "kim",
            "gift_id": "cake",
            "count": 2,
            "value": 100,
            "gift_record_id": answer["gift_record_id"],
        }
    ]
    assert len(shop.heard("gift_received")) == 1


async def test_what_is_not_paid_is_not_given(shop: LiveStage) -> None:
    shop.bank.refuses = True
    assert await shop.refusal("stage", "ann", "send_gift", gift_id="rose", request_id="r1") == 40301
    assert not shop.heard("gift_received")
    shop.bank.refuses = False
    await give(shop, request_id="r1")
    assert len(shop.heard("gift_received")) == 1


async def test_a_slow_bank_holds_up_only_who_waits_for_it(shop: LiveStage) -> None:
    shop.bank.open.clear()
    giving = [asyncio.create_task(give(shop, request_id="r1")) for _ in range(2)]
    await asyncio.wait_for(shop.say("stage", "bob", "send_danmaku", content="hi"), 10)
    assert not any(one.done() for one in giving)
    shop.bank.open.set()
    first, second = await asyncio.gather(*giving)
    assert first == second
    assert (len(shop.bank.bills), len(shop.heard("gift_received"))) == (1, 1)


async def test_what_is_paid_counts_though_the_show_has_ended_meanwhile(shop: LiveStage) -> None:
    shop.bank.open.clear()
    giving = asyncio.create_task(give(shop, gift_id="cake"))
    await asyncio.wait_for(shop.bank.asked.wait(), 10)
    await shop.say("stage", "kim", "stop_live")
    shop.bank.open.set()
    await giving
    over = await shop.ask_http("GET", "/live/rooms/stage")
    assert (over["status"], over["gift_value"], over["viewer_count"]) == ("Ended", 50, 0)


async def test_moderators_give_too(show: LiveStage) -> None:
    await show.api.set_user_role("stage", "bob", Role.COHOST)
    assert (await give(show, "bob"))["count"] == 1
