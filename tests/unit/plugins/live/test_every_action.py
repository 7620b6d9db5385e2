"""Every action, by everybody, in every state of a show; and with nonsense in it. specs/monibuca-rooms.md §6.2."""

from pathlib import Path
from typing import Any

import pytest

from .stage import LiveStage, life

STATES = ("Preparing", "Living", "Paused", "Ended")
STREAMER, MODERATOR, VIEWER = "kim", "mia", "ann"

FIELDS: dict[str, dict[str, Any]] = {
    "send_danmaku": {"content": "hi"},
    "link_mic_accept": {"user_id": "ann"},
    "link_mic_reject": {"user_id": "ann"},
    "link_mic_cancel": {},
    "link_mic_end": {},
    "pk_invite": {"target_room_id": "nowhere"},
    "pk_accept": {"pk_id": "pk-1"},
    "pk_reject": {"pk_id": "pk-1"},
    "pk_end": {"pk_id": "pk-1"},
    "send_gift": {"gift_id": "rose"},
    "link_mic_request": {},
}
STEPS = ("start_live", "pause_live", "resume_live", "stop_live")

# By action: what the streamer and what the others are answered in a show that is on, and whether it has to be on.
LIVING: dict[str, tuple[int, int, bool]] = {
    "send_danmaku": (0, 0, False),
    "link_mic_accept": (40404, 40404, True),
    "link_mic_reject": (40404, 40404, False),
    "link_mic_cancel": (40404, 40404, False),
    "link_mic_end": (40003, 40404, False),
    "pk_invite": (40401, 40301, True),
    "pk_accept": (40404, 40301, False),
    "pk_reject": (40404, 40301, False),
    "pk_end": (40404, 40301, False),
    "send_gift": (40003, 0, True),
    "link_mic_request": (40003, 0, True),
}


def expected(state: str, user: str, action: str) -> int:
    streamer, others, needs_living = LIVING[action]
    if state == "Ended" or (state == "Preparing" and action == "send_danmaku"):
        return 40902
    if action == "pk_invite" and user != STREAMER:
        return others
    if needs_living and state != "Living":
        return 40902
    return streamer if user == STREAMER else others


async def brought_to(stage: LiveStage, state: str) -> None:
    await stage.make(moderators=[MODERATOR])
    for user in (STREAMER, MODERATOR, VIEWER):
        await stage.come("stage", user)
    steps = {"Preparing": (), "Living": STEPS[:1], "Paused": STEPS[:2], "Ended": ("start_live", "stop_live")}
    for step in steps[state]:
        await stage.say("stage", STREAMER, step)


@pytest.mark.parametrize("state", STATES)
async def test_every_action_by_everybody(tmp_path: Path, state: str) -> None:
    async with life(tmp_path, allow_early_join=True) as stage:
        await brought_to(stage, state)
        for user in (STREAMER, MODERATOR, VIEWER):
            answers = {action: await stage.refusal("stage", user, action, **FIELDS[action]) for action in FIELDS}
            assert answers == {action: expected(state, user, action) for action in FIELDS}, user
            assert await stage.refusal("stage", user, "dance") == 40002


def test_no_action_is_forgotten(stage: LiveStage) -> None:
    actions = stage.extensions.registered["live"].props.message_actions
    assert actions == {*FIELDS, *STEPS}


NONSENSE = [None, 5, -1, "", "x" * 5000, "\ud800", [], {}, [[]], True, 1e300, 10**400]


@pytest.mark.parametrize("number", range(len(NONSENSE)))
async def test_nonsense_is_refused_and_harms_nobody(stage: LiveStage, number: int) -> None:
    nonsense = NONSENSE[number]
    await stage.on_air()
    await stage.come("stage", VIEWER)
    names = {
        "user_id",
        "title",
        "reason",
        "message",
        "media",
        "color",
        "mode",
        "size",
        "count",
        "request_id",
        "duration",
    }
    for action in (*FIELDS, "start_live", "pause_live"):
        for field in sorted(names.union(*FIELDS.values(), ["to_user_id", "target_user_id"])):
            for user in (VIEWER, STREAMER):
                code = await stage.refusal("stage", user, action, **FIELDS.get(action, {}) | {field: nonsense})
                assert code != 50001, (action, field)
    assert not stage.extensions.errors
    assert (await stage.ask_http("GET", "/live/rooms/stage"))["status"] in ("Living", "Paused")
