"""Muting, hands, the shared screen, the agenda and the speaker's time, as everybody is told of them."""

import pytest

from roomful.rooms.extension import Code, Role, RoomApiError
from roomful.rooms.participant import MediaState

from .convention import Convention


async def test_muting_is_done_by_the_server_and_told(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann")
    await stage.say(room, host, "mute_participant", user_id="ann", reason="noise")
    assert (await stage.api.get_user("m1", "ann")).force_muted.audio
    told = stage.heard("participant_muted")[0]
    assert {key: told[key] for key in ("user_id", "user_name", "kind", "by", "reason")} == {
        "user_id": "ann",
        "user_name": "Ann",
        "kind": "audio",
        "by": "hanna",
        "reason": "noise",
    }
    await stage.say(room, host, "unmute_participant", user_id="ann")
    assert not (await stage.api.get_user("m1", "ann")).force_muted.audio
    assert stage.heard("participant_unmuted")[0]["user_id"] == "ann"


async def test_muting_everybody_spares_hosts(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann")
    await stage.join(room, "ben", protocol="livekit")
    await stage.say(room, host, "mute_participant", user_id="*", kind="video")
    muted = {user.user_id: user.force_muted.video for user in await stage.api.list_users("m1")}
    assert muted == {"hanna": False, "ann": True, "ben": True}
    assert stage.heard("participant_muted")[0]["user_id"] == "*"


async def test_kicking_removes_and_is_told(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann", protocol="livekit")
    await stage.say(room, host, "kick_participant", user_id="ann", reason="rude")
    assert [user.user_id for user in await stage.api.list_users("m1")] == ["hanna"]
    assert stage.heard("participant_kicked")[0]["reason"] == "rude"


async def test_hands_queue_in_the_order_in_which_they_were_raised(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    ann, ben = await stage.join(room, "ann"), await stage.join(room, "ben", protocol="livekit")
    assert await stage.say(room, ann, "raise_hand", reason="a question") == {"order": 1}
    assert await stage.say(room, ben, "raise_hand") == {"order": 2}
    assert await stage.say(room, ann, "raise_hand") == {"order": 1}
    assert [(one["user_id"], one["order"]) for one in stage.heard("hand_raised")] == [("ann", 1), ("ben", 2)]
    assert ben.attributes["hand_raised"]
    with pytest.raises(RoomApiError) as refused:
        await stage.say(room, ann, "lower_hand", user_id="ben")
    assert refused.value.code is Code.FORBIDDEN
    await stage.say(room, ann, "lower_hand")
    await stage.say(room, ann, "lower_hand")
    assert len(stage.heard("hand_lowered")) == 1
    assert [hand.user_id for hand in stage.view(room).extension["hands"]] == ["ben"]
    await stage.say(room, host, "lower_hand", user_id="*")
    assert stage.view(room).extension["hands"] == []
    assert "hand_raised" not in ben.attributes


async def test_who_leaves_takes_hand_screen_and_time_along(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    ann = await stage.join(room, "ann")
    await stage.say(room, host, "start_meeting")
    await stage.say(room, ann, "raise_hand")
    await stage.say(room, ann, "share_screen")
    await stage.say(room, host, "start_speaker_timer", user_id="ann", seconds=60)
    await stage.leave(room, ann)
    extension = stage.view(room).extension
    assert (extension["hands"], extension["screen_share"], extension["speaker_timer"]) == ([], None, None)
    assert stage.heard("screen_share")[-1]["on"] is False
    assert stage.heard("speaker_timer")[-1]["state"] == "stopped"


async def test_one_screen_at_a_time_and_hosts_take_over(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    ann, ben = await stage.join(room, "ann"), await stage.join(room, "ben")
    await stage.say(room, ann, "share_screen")
    await stage.say(room, ann, "share_screen")
    with pytest.raises(RoomApiError) as refused:
        await stage.say(room, ben, "share_screen")
    assert refused.value.code is Code.TARGET_BUSY
    with pytest.raises(RoomApiError) as refused:
        await stage.say(room, ben, "share_screen", on=False)
    assert refused.value.code is Code.FORBIDDEN
    await stage.say(room, host, "share_screen", stream_path="room/m1/hanna/screen")
    assert [(one["user_id"], one["on"]) for one in stage.heard("screen_share")] == [("ann", True), ("hanna", True)]
    await stage.say(room, host, "share_screen", on=False)
    assert stage.view(room).extension["screen_share"] is None


async def test_a_screen_that_is_sent_is_shared_whichever_client_sends_it(stage: Convention) -> None:
    room = stage.hold()
    await stage.join(room, "hanna", Role.HOST)
    ben = await stage.join(room, "ben", protocol="livekit")
    room.set_media_state(ben.sid, MediaState(screen=True), stage.now)
    await stage.settled()
    assert stage.view(room).extension["screen_share"].user_id == "ben"
    room.set_media_state(ben.sid, MediaState(screen=True, audio=True), stage.now)
    room.set_media_state(ben.sid, MediaState(audio=True), stage.now)
    await stage.settled()
    assert [one["on"] for one in stage.heard("screen_share")] == [True, False]


async def test_saying_that_one_shares_outlives_other_changes_of_media(stage: Convention) -> None:
    room = stage.hold()
    ann = await stage.join(room, "ann", Role.HOST)
    await stage.say(room, ann, "share_screen")
    room.set_media_state(ann.sid, MediaState(audio=True), stage.now)
    await stage.settled()
    assert stage.view(room).extension["screen_share"].user_id == "ann"


async def test_an_agenda_is_worked_off_and_overtime_told_once(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    for title in ("Intro", "Budget"):
        await stage.say(room, host, "agenda_add", item={"title": title, "duration": 60, "item_id": title})
    await stage.say(room, host, "start_meeting")
    assert await stage.say(room, host, "agenda_next") == {"current_id": "Intro"}
    await stage.pass_time(59)
    assert not stage.heard("agenda_overtime")
    await stage.pass_time(60)
    assert [one["item_id"] for one in stage.heard("agenda_overtime")] == ["Intro"]
    assert await stage.say(room, host, "agenda_next") == {"current_id": "Budget"}
    last = stage.heard("agenda_updated")[-1]
    assert [(one["item_id"], one["status"]) for one in last["items"]] == [("Intro", "done"), ("Budget", "active")]
    assert last["items"][0]["actual_duration"] == 119
    assert await stage.say(room, host, "agenda_next") == {"current_id": None}


async def test_a_speakers_time_runs_out_with_a_warning_and_stands_still_in_a_pause(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann")
    await stage.say(room, host, "start_meeting")
    await stage.say(room, host, "start_speaker_timer", user_id="ann", seconds=30)
    await stage.pass_time(5)
    await stage.say(room, host, "pause_meeting")
    await stage.pass_time(1000)
    await stage.say(room, host, "resume_meeting")
    await stage.pass_time(14)
    assert [one["state"] for one in stage.heard("speaker_timer")] == ["running"]
    await stage.pass_time(1)
    assert stage.heard("speaker_timer")[-1]["remaining"] == 10
    await stage.pass_time(10)
    assert [one["state"] for one in stage.heard("speaker_timer")] == ["running", "warning", "expired"]


async def test_a_repeated_request_is_answered_the_same_and_done_once(stage: Convention) -> None:
    room = stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    first = await stage.say(room, host, "agenda_add", item={"title": "Budget"}, request_id="1")
    again = await stage.say(room, host, "agenda_add", item={"title": "Budget"}, request_id="1")
    assert first == again
    assert len(stage.view(room).extension["agenda"]) == 1
    assert len(stage.heard("agenda_updated")) == 1
