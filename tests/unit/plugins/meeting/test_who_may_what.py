"""Every action by every role in every state, against the table of specs/monibuca-rooms.md §7.2."""

import itertools
from typing import Any

import pytest

from roomful.plugins.meeting.actions import ACTIONS
from roomful.rooms.extension import Code, Role, RoomApiError

from .convention import Convention

ANYBODY = frozenset({Role.HOST, Role.COHOST, Role.MEMBER, Role.VIEWER})
HOSTS = frozenset({Role.HOST, Role.COHOST})
HOST = frozenset({Role.HOST})
BEFORE, ACTIVE, PAUSED = "Starting", "Active", "Paused"
ALWAYS = frozenset({BEFORE, ACTIVE, PAUSED})
UNDER_WAY = frozenset({ACTIVE, PAUSED})

TABLE: dict[str, tuple[frozenset[Role], frozenset[str], dict[str, Any]]] = {
    "start_meeting": (HOSTS, frozenset({BEFORE}), {}),
    "end_meeting": (HOST, ALWAYS, {}),
    "pause_meeting": (HOSTS, frozenset({ACTIVE}), {}),
    "resume_meeting": (HOSTS, frozenset({PAUSED}), {}),
    "mute_participant": (HOSTS, ALWAYS, {"user_id": "ann"}),
    "unmute_participant": (HOSTS, ALWAYS, {"user_id": "ann"}),
    "kick_participant": (HOSTS, ALWAYS, {"user_id": "ann"}),
    "raise_hand": (ANYBODY, ALWAYS, {}),
    "lower_hand": (ANYBODY, ALWAYS, {}),
    "start_recording": (HOSTS, frozenset({ACTIVE}), {}),
    "stop_recording": (HOSTS, ALWAYS, {}),
    "start_transcription": (HOSTS, frozenset({ACTIVE}), {}),
    "stop_transcription": (HOSTS, ALWAYS, {}),
    "share_screen": (ANYBODY, ALWAYS, {}),
    "lock_room": (HOSTS, ALWAYS, {}),
    "toggle_lobby": (HOSTS, ALWAYS, {}),
    "admit_user": (HOSTS, ALWAYS, {"user_id": "*"}),
    "reject_user": (HOSTS, ALWAYS, {"user_id": "*"}),
    "ban_user": (HOST, ALWAYS, {"user_id": "ann"}),
    "agenda_add": (HOSTS, ALWAYS, {"item": {"title": "Budget"}}),
    "agenda_update": (HOSTS, ALWAYS, {"item_id": "a", "patch": {"title": "Money"}}),
    "agenda_remove": (HOSTS, ALWAYS, {"item_id": "a"}),
    "agenda_reorder": (HOSTS, ALWAYS, {"order": ["b", "a"]}),
    "agenda_start": (HOSTS, frozenset({ACTIVE}), {"item_id": "a"}),
    "agenda_next": (HOSTS, frozenset({ACTIVE}), {}),
    "agenda_complete": (HOSTS, UNDER_WAY, {"item_id": "a"}),
    "start_speaker_timer": (HOSTS, frozenset({ACTIVE}), {"user_id": "ann", "seconds": 60}),
    "stop_speaker_timer": (HOSTS, UNDER_WAY, {}),
    "extend_meeting": (HOST, UNDER_WAY, {"seconds": 60}),
    "open_breakouts": (HOSTS, frozenset({ACTIVE}), {"count": 1}),
    "assign_breakout": (HOSTS, UNDER_WAY, {"user_id": "ann", "breakout_id": "m1.1.1"}),
    "broadcast_breakouts": (HOSTS, UNDER_WAY, {"text": "Two minutes left"}),
    "close_breakouts": (HOSTS, UNDER_WAY, {}),
    "enter_breakout": (ANYBODY, UNDER_WAY, {}),
    "leave_breakout": (ANYBODY, UNDER_WAY, {}),
    "access_results": (HOSTS, ALWAYS, {}),
}
NEEDS_MORE = {
    # Whoever may do it in this state still needs something that this meeting does not have.
    "start_recording": Code.BACKEND_UNAVAILABLE,
    "start_transcription": Code.FEATURE_DISABLED,
    "assign_breakout": Code.BAD_STATE,
    "broadcast_breakouts": Code.BAD_STATE,
    "close_breakouts": Code.BAD_STATE,
    "enter_breakout": Code.BAD_STATE,
    "leave_breakout": Code.BAD_STATE,
}


async def outcome(stage: Convention, action: str, fields: dict[str, Any], role: Role, status: str) -> int:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann")
    actor = host if role is Role.HOST else await stage.join(room, "actor", role)
    for item in ("a", "b"):
        await stage.say(room, host, "agenda_add", item={"title": item, "item_id": item})
    if status in UNDER_WAY:
        await stage.say(room, host, "start_meeting")
    if status == PAUSED:
        await stage.say(room, host, "pause_meeting")
    try:
        await stage.say(room, actor, action, **fields)
    except RoomApiError as error:
        return int(error.code)
    return 0


def test_the_table_is_complete() -> None:
    assert set(TABLE) == set(ACTIONS)


@pytest.mark.parametrize("action", TABLE)
async def test_who_may_do_it_and_when(stage: Convention, action: str) -> None:
    roles, states, fields = TABLE[action]
    found: dict[tuple[str, str], int] = {}
    expected: dict[tuple[str, str], int] = {}
    for role, status in itertools.product(sorted(ANYBODY), (BEFORE, ACTIVE, PAUSED)):
        found[role, status] = await outcome(stage, action, fields, role, status)
        if role not in roles:
            expected[role, status] = Code.FORBIDDEN
        elif status not in states:
            expected[role, status] = Code.BAD_STATE
        else:
            expected[role, status] = NEEDS_MORE.get(action, 0)
        if stage.rooms.get("m1") is not None:
            await stage.api.remove_ban("m1", "ann")
            await stage.api.close_room("m1", "host")
        await stage.settled()
        stage.extensions.rooms.bans.lift("m1", "ann")
    assert found == expected


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("mute_participant", {}, "user_id"),
    ("mute_participant", {"user_id": 7}, "user_id"),
    ("mute_participant", {"user_id": "ann", "kind": "smell"}, "kind"),
    ("mute_participant", {"user_id": "hanna"}, "user_id"),
    ("kick_participant", {"user_id": "*"}, "user_id"),
    ("ban_user", {"user_id": "ann", "duration": -1}, "duration"),
    ("raise_hand", {"reason": "x" * 1000}, "reason"),
    ("raise_hand", {"user_id": "ann"}, "user_id"),
    ("raise_hand", {"room_id": "elsewhere"}, "room_id"),
    ("lock_room", {"locked": "yes"}, "locked"),
    ("agenda_add", {"item": {}}, "item.title"),
    ("agenda_add", {"item": {"title": "x" * 201}}, "item.title"),
    ("agenda_reorder", {"order": ["nothing"]}, "order"),
    ("start_speaker_timer", {"user_id": "ann", "seconds": 4}, "seconds"),
    ("start_speaker_timer", {"user_id": "ann", "seconds": 3601}, "seconds"),
    ("extend_meeting", {"seconds": 0}, "seconds"),
    ("extend_meeting", {"seconds": 1e300}, "seconds"),
    ("extend_meeting", {"seconds": 60, "request_id": 5}, "request_id"),
    ("start_transcription", {"language": "<script>"}, "language"),
    ("open_breakouts", {}, "rooms"),
    ("open_breakouts", {"count": 51}, "count"),
    ("open_breakouts", {"rooms": [{"user_ids": ["ann"]}, {"user_ids": ["ann"]}]}, "rooms"),
    ("broadcast_breakouts", {"text": ""}, "text"),
]


@pytest.mark.parametrize(("action", "fields", "field"), WRONG)
async def test_a_wrong_field_is_named(stage: Convention, action: str, fields: dict[str, Any], field: str) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann")
    await stage.say(room, host, "start_meeting")
    before = stage.view(room).extension
    with pytest.raises(RoomApiError) as refused:
        await stage.say(room, host, action, **fields)
    assert (refused.value.code, refused.value.detail["field"]) == (Code.BAD_FIELD, field)
    assert stage.view(room).extension == before


@pytest.mark.parametrize(
    "action", ["mute_participant", "unmute_participant", "kick_participant", "start_speaker_timer"]
)
async def test_nothing_is_done_to_somebody_who_is_not_there(stage: Convention, action: str) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.say(room, host, "start_meeting")
    stage.told.clear()
    with pytest.raises(RoomApiError) as refused:
        await stage.say(room, host, action, user_id="nobody", seconds=60)
    assert refused.value.code is Code.USER_NOT_FOUND
    assert stage.told == []


async def test_a_cohost_does_nothing_to_hosts(stage: Convention) -> None:
    room = stage.hold()
    await stage.join(room, "hanna", Role.HOST)
    cohost = await stage.join(room, "carl", Role.COHOST)
    for action in ("mute_participant", "kick_participant"):
        with pytest.raises(RoomApiError) as refused:
            await stage.say(room, cohost, action, user_id="hanna")
        assert refused.value.code is Code.FORBIDDEN


async def test_an_action_of_another_extension_is_unknown(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    with pytest.raises(RoomApiError) as refused:
        await stage.say(room, host, "send_gift")
    assert refused.value.code is Code.UNKNOWN_ACTION
