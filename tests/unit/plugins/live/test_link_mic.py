"""Viewers on the mic: requests, invitations, their end, and the right to publish. specs/monibuca-rooms.md §6.5."""

from typing import Any

import pytest

from .stage import LiveStage

VIEWERS = ("ann", "bob", "cleo", "dan", "eve", "fay", "gus", "hal")


@pytest.fixture
async def show(stage: LiveStage) -> LiveStage:
    await stage.on_air()
    for user in VIEWERS:
        await stage.come("stage", user)
    stage.ports.publish_tokens = lambda room_id, user_id: f"token of {user_id}"
    return stage


def may_publish(stage: LiveStage, user: str) -> bool:
    return stage.rooms.with_name("stage").of_user(user)[0].permission.can_publish


async def put_on(stage: LiveStage, user: str) -> None:
    await stage.say("stage", user, "link_mic_request")
    await stage.say("stage", "kim", "link_mic_accept", user_id=user)


def on_mic(stage: LiveStage) -> list[str]:
    return [one["user_id"] for one in stage.heard("link_mic_list", by="ann")[-1]["participants"]]


async def test_a_viewer_asks_and_the_streamer_agrees(show: LiveStage) -> None:
    assert (await show.say("stage", "ann", "link_mic_request", media="audio", message="hi"))["position"] == 1
    assert (await show.say("stage", "bob", "link_mic_request"))["position"] == 2
    assert not show.heard("link_mic_requested", by="bob")
    first, second = show.heard("link_mic_requested", by="kim")
    assert (first["user"]["user_id"], first["media"], first["message"]) == ("ann", "audio", "hi")
    assert second["position"] == 2
    assert [one["user"]["user_id"] for one in show.heard("link_mic_list", by="kim")[-1]["requests"]] == ["ann", "bob"]
    assert "requests" not in show.heard("link_mic_list", by="bob")[-1]
    assert not may_publish(show, "ann")
    await show.say("stage", "kim", "link_mic_accept", user_id="ann")
    assert may_publish(show, "ann")
    (own,) = show.heard("link_mic_accepted", by="ann")
    assert own["publish"] == {
        "stream_path": "room/stage/ann",
        "whip_url": "/webrtc/whip/room/stage/ann",
        "token": "token of ann",
    }
    (others,) = show.heard("link_mic_accepted", by="bob")
    assert "publish" not in others
    assert on_mic(show) == ["ann"]
    assert [one["user_id"] for one in (await show.ask_http("GET", "/live/rooms/stage"))["link_mic"]] == ["ann"]


async def test_the_streamer_invites_and_the_viewer_agrees(show: LiveStage) -> None:
    await show.say("stage", "kim", "link_mic_request", target_user_id="ann", media="audio")
    assert not show.heard("link_mic_invited", by="bob")
    assert show.heard("link_mic_invited", by="ann")[0]["from"]["user_id"] == "kim"
    await show.say("stage", "ann", "link_mic_accept", user_id="kim")
    assert may_publish(show, "ann")


@pytest.mark.parametrize("by", ["kim", "ann"])
async def test_either_side_may_say_no(show: LiveStage, by: str) -> None:
    other = "ann" if by == "kim" else "kim"
    asks: dict[str, Any] = {} if by == "kim" else {"target_user_id": "ann"}
    await show.say("stage", other, "link_mic_request", **asks)
    await show.say("stage", by, "link_mic_reject", user_id=other, reason="later")
    (told,) = show.heard("link_mic_rejected", by=other)
    assert (told["reason"], told["user"]["user_id"]) == ("later", "ann")
    assert not show.heard("link_mic_rejected", by="bob")
    assert await show.refusal("stage", by, "link_mic_accept", user_id=other) == 40404
    await show.say("stage", other, "link_mic_request", **asks)


@pytest.mark.parametrize("invited", [False, True])
async def test_what_nobody_answers_is_over_after_thirty_seconds(show: LiveStage, invited: bool) -> None:
    if invited:
        await show.say("stage", "kim", "link_mic_request", target_user_id="ann")
    else:
        await show.say("stage", "ann", "link_mic_request")
    await show.pass_time(29.9)
    assert not show.heard("link_mic_timeout")
    await show.pass_time(0.1)
    for user in ("kim", "ann"):
        assert len(show.heard("link_mic_timeout", by=user)) == 1
    assert not show.heard("link_mic_timeout", by="bob")
    assert await show.refusal("stage", "ann" if invited else "kim", "link_mic_accept", user_id="ann") == 40404


async def test_there_are_six_on_the_mic_and_no_seventh(show: LiveStage) -> None:
    for user in VIEWERS[:6]:
        await put_on(show, user)
    assert on_mic(show) == list(VIEWERS[:6])
    await show.say("stage", "gus", "link_mic_request")
    assert await show.refusal("stage", "kim", "link_mic_accept", user_id="gus") == 40907
    await show.say("stage", "kim", "link_mic_end", user_id="ann")
    await show.say("stage", "kim", "link_mic_accept", user_id="gus")
    assert on_mic(show) == [*VIEWERS[1:6], "gus"]


async def test_a_hundred_may_wait(show: LiveStage) -> None:
    room = show.rooms.with_name("stage")
    for number in range(100):
        show.enter(room, f"v{number}", role="viewer")
        await show.say("stage", f"v{number}", "link_mic_request")
    assert await show.refusal("stage", "ann", "link_mic_request") == 40907


@pytest.mark.parametrize("by", ["kim", "ann"])
async def test_either_side_ends_it(show: LiveStage, by: str) -> None:
    await put_on(show, "ann")
    await show.say("stage", by, "link_mic_end", **({"user_id": "ann"} if by == "kim" else {}))
    assert show.heard("link_mic_ended", by="bob")[0]["by"] == by
    assert not may_publish(show, "ann")
    assert on_mic(show) == []
    assert await show.refusal("stage", "kim", "link_mic_end", user_id="ann") == 40404


@pytest.mark.parametrize("word", ["leave", "kicked", "disconnect"])
async def test_who_goes_gives_the_mic_back(show: LiveStage, word: str) -> None:
    await put_on(show, "ann")
    await show.go("stage", "ann", word)
    assert [one["reason"] for one in show.heard("link_mic_ended", by="bob")] == [word]
    await show.come("stage", "ann")
    assert not may_publish(show, "ann")


async def test_who_connects_anew_keeps_the_mic(show: LiveStage) -> None:
    await put_on(show, "ann")
    await show.come("stage", "ann")
    assert may_publish(show, "ann")
    assert on_mic(show) == ["ann"]
    await show.say("stage", "kim", "link_mic_end", user_id="ann")
    await show.come("stage", "ann")
    assert not may_publish(show, "ann")


async def test_who_goes_while_it_waits_is_forgotten(show: LiveStage) -> None:
    await show.say("stage", "ann", "link_mic_request")
    await show.go("stage", "ann")
    assert len(show.heard("link_mic_canceled", by="kim")) == 1
    assert await show.refusal("stage", "kim", "link_mic_accept", user_id="ann") == 40404


async def test_who_thinks_better_of_it_cancels(show: LiveStage) -> None:
    await show.say("stage", "ann", "link_mic_request")
    await show.say("stage", "ann", "link_mic_cancel")
    assert len(show.heard("link_mic_canceled", by="kim")) == 1
    assert await show.refusal("stage", "ann", "link_mic_cancel") == 40404
    assert await show.refusal("stage", "kim", "link_mic_accept", user_id="ann") == 40404


async def test_both_sides_at_once(show: LiveStage) -> None:
    await put_on(show, "ann")
    codes = [
        await show.refusal("stage", "ann", "link_mic_end"),
        await show.refusal("stage", "kim", "link_mic_end", user_id="ann"),
    ]
    assert codes == [0, 40404]
    assert len(show.heard("link_mic_ended", by="bob")) == 1


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (("ann", "link_mic_cancel"), ("kim", "link_mic_accept"), ("link_mic_canceled", "kim")),
        (("ann", "link_mic_cancel"), ("kim", "link_mic_reject"), ("link_mic_canceled", "kim")),
        (("kim", "link_mic_reject"), ("ann", "link_mic_cancel"), ("link_mic_rejected", "ann")),
        (("kim", "link_mic_accept"), ("ann", "link_mic_cancel"), ("link_mic_accepted", "bob")),
    ],
)
async def test_of_two_answers_at_once_one_counts(
    show: LiveStage, first: tuple[str, str], second: tuple[str, str], told: tuple[str, str]
) -> None:
    await show.say("stage", "ann", "link_mic_request")
    codes: list[int] = []
    for user, action in (first, second):
        fields = {"user_id": "ann"} if user == "kim" else {}
        codes.append(await show.refusal("stage", user, action, **fields))
    assert codes == [0, 40404]
    action, witness = told
    assert len(show.heard(action, by=witness)) == 1
    others = {"link_mic_canceled", "link_mic_rejected", "link_mic_accepted"} - {action}
    assert not any(show.heard(other, by=user) for other in others for user in ("kim", "ann", "bob"))


async def test_who_has_asked_or_is_on_the_mic_is_busy(show: LiveStage) -> None:
    await show.say("stage", "ann", "link_mic_request")
    assert await show.refusal("stage", "ann", "link_mic_request") == 40903
    assert await show.refusal("stage", "kim", "link_mic_request", target_user_id="ann") == 40903
    await show.say("stage", "kim", "link_mic_accept", user_id="ann")
    assert await show.refusal("stage", "ann", "link_mic_request") == 40903


@pytest.mark.parametrize(
    ("user", "action", "fields", "code"),
    [
        ("kim", "link_mic_request", {}, 40003),
        ("kim", "link_mic_request", {"target_user_id": "kim"}, 40003),
        ("kim", "link_mic_request", {"target_user_id": "nobody"}, 40402),
        ("ann", "link_mic_request", {"target_user_id": "bob"}, 40301),
        ("ann", "link_mic_request", {"media": "smell"}, 40003),
        ("ann", "link_mic_request", {"message": "x" * 201}, 40003),
        ("kim", "link_mic_accept", {}, 40003),
        ("kim", "link_mic_accept", {"user_id": "ann"}, 40404),
        ("ann", "link_mic_accept", {"user_id": "kim"}, 40404),
        ("kim", "link_mic_reject", {"user_id": 7}, 40003),
        ("kim", "link_mic_end", {}, 40003),
        ("ann", "link_mic_end", {}, 40404),
        ("ann", "link_mic_end", {"user_id": "bob"}, 40301),
        ("kim", "link_mic_cancel", {}, 40404),
    ],
)
async def test_what_is_refused(show: LiveStage, user: str, action: str, fields: dict[str, Any], code: int) -> None:
    assert await show.refusal("stage", user, action, **fields) == code


async def test_one_who_asked_cannot_agree_with_itself(show: LiveStage) -> None:
    await show.say("stage", "ann", "link_mic_request")
    assert await show.refusal("stage", "ann", "link_mic_accept") == 40404
    await show.say("stage", "kim", "link_mic_request", target_user_id="bob")
    assert await show.refusal("stage", "kim", "link_mic_accept", user_id="bob") == 40404


async def test_a_pause_keeps_the_mic_and_gives_none(show: LiveStage) -> None:
    await put_on(show, "ann")
    await show.say("stage", "bob", "link_mic_request")
    await show.say("stage", "kim", "pause_live")
    assert await show.refusal("stage", "cleo", "link_mic_request") == 40902
    assert await show.refusal("stage", "kim", "link_mic_accept", user_id="bob") == 40902
    assert may_publish(show, "ann")


async def test_the_end_of_the_show_ends_it(show: LiveStage) -> None:
    await put_on(show, "ann")
    await show.say("stage", "kim", "stop_live")
    assert [one["reason"] for one in show.heard("link_mic_ended", by="bob")] == ["live_stopped"]


async def test_an_invitation_is_told_again_to_who_was_away(show: LiveStage) -> None:
    await show.say("stage", "kim", "link_mic_request", target_user_id="ann")
    await show.away("stage", "ann", True)
    await show.away("stage", "ann", False)
    assert len(show.heard("link_mic_invited", by="ann")) == 2


async def test_a_streamer_that_is_back_sees_who_waits(show: LiveStage) -> None:
    await show.say("stage", "ann", "link_mic_request")
    before = len(show.heard("link_mic_list", by="kim"))
    await show.away("stage", "kim", True)
    await show.away("stage", "kim", False)
    assert len(show.heard("link_mic_list", by="kim")) == before + 1
