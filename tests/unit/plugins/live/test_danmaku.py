"""Comments over the picture: how often, how long, and what may not be said. specs/monibuca-rooms.md §6.4."""

from pathlib import Path
from typing import Any

import pytest

from roomful.plugins.live.words import BannedWords
from roomful.rooms.extension import RoomApiError

from .stage import LiveStage, life

WORDS = ["Darn", "ass"]


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("darn it", "*** it"),
        ("DARN!", "***!"),
        ("ＤＡＲＮ it", "*** it"),  # noqa: RUF001 - that is the point
        ("da\u200brn it", "*** it"),
        ("darn darn", "*** ***"),
        ("ﬁne, darn", "fine, ***"),
        ("aß", "***"),
        ("fine", "fine"),
        ("ﬁne", "ﬁne"),
        ("", ""),
    ],
)
def test_banned_words_are_found_however_they_are_dressed_up(said: str, masked: str) -> None:
    words = BannedWords(WORDS)
    assert words.masked(said) == masked
    assert words.found_in(said) == ("***" in masked)


def test_no_words_are_banned_by_nobody() -> None:
    assert BannedWords(["", "\u200b"]).masked("anything") == "anything"


async def show(stage: LiveStage) -> None:
    await stage.on_air()
    await stage.come("stage", "ann")


async def test_a_comment_flies_with_its_looks(stage: LiveStage) -> None:
    await show(stage)
    answer = await stage.say("stage", "ann", "send_danmaku", content="  hi  ")
    (flown,) = stage.heard("danmaku", by="kim")
    assert flown["danmaku_id"] == answer["danmaku_id"]
    looks = {name: flown[name] for name in ("content", "color", "mode", "size", "user_id", "user_name")}
    assert looks == {
        "content": "hi",
        "color": "#FFFFFF",
        "mode": "scroll",
        "size": "normal",
        "user_id": "ann",
        "user_name": "Ann",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"content": ""},
        {"content": "   "},
        {"content": "x" * 101},
        {"content": 5},
        {"content": "x", "color": "red"},
        {"content": "x", "color": "#FFFFFFF"},
        {"content": "x", "mode": "sideways"},
        {"content": "x", "size": 7},
    ],
)
async def test_what_is_no_comment(stage: LiveStage, fields: dict[str, Any]) -> None:
    await show(stage)
    assert await stage.refusal("stage", "ann", "send_danmaku", **fields) == 40003


async def test_three_in_five_seconds(stage: LiveStage) -> None:
    await show(stage)
    for _ in range(3):
        await stage.say("stage", "ann", "send_danmaku", content="x")
    with pytest.raises(RoomApiError) as refused:
        await stage.say("stage", "ann", "send_danmaku", content="x")
    assert refused.value.code == 42901
    await stage.say("stage", "kim", "send_danmaku", content="x")
    await stage.pass_time(refused.value.detail["retry_after_ms"] / 1000)
    await stage.say("stage", "ann", "send_danmaku", content="x")


async def test_leaving_and_coming_back_does_not_make_faster(stage: LiveStage) -> None:
    await show(stage)
    for _ in range(3):
        await stage.say("stage", "ann", "send_danmaku", content="x")
    await stage.go("stage", "ann")
    await stage.come("stage", "ann")
    assert await stage.refusal("stage", "ann", "send_danmaku", content="x") == 42901


@pytest.mark.parametrize("user", ["ann", "*"])
async def test_who_may_not_chat_may_not_comment(stage: LiveStage, user: str) -> None:
    await show(stage)
    await stage.api.add_chat_mute("stage", user, 60)
    with pytest.raises(RoomApiError) as refused:
        await stage.say("stage", "ann", "send_danmaku", content="x")
    assert refused.value.code == 40304
    assert refused.value.detail["until"] == round((stage.now + 60) * 1000)
    assert await stage.refusal("stage", "kim", "send_danmaku", content="x") == 0
    await stage.pass_time(61)
    assert await stage.refusal("stage", "ann", "send_danmaku", content="x") == 0


@pytest.mark.parametrize(("mode", "told"), [("mask", ["*** it"]), ("off", ["darn it"]), ("reject", [])])
async def test_the_filter(tmp_path: Path, mode: str, told: list[str]) -> None:
    async with life(tmp_path, danmaku={"filter": mode, "banned_words": WORDS}) as stage:
        await show(stage)
        assert await stage.refusal("stage", "ann", "send_danmaku", content="darn it") == (0 if told else 40306)
        assert [one["content"] for one in stage.heard("danmaku")] == told
