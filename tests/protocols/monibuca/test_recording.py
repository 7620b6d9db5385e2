"""Who is recorded is known to everybody, also to those who come later. specs/monibuca-rooms.md §3.5, §10.4."""

from .stage import ROOM, Stage


async def test_who_comes_later_is_told_whose_media_are_recorded(stage: Stage) -> None:
    host = await stage.member("host")
    await stage.member("ann")
    room = stage.rooms.with_name(ROOM)
    screen = f"room/{ROOM}/ann/screen"
    for target in ("ann", screen):
        assert room.set_target_recording(target, True, stage.now, by="host")
        assert not room.set_target_recording(target, True, stage.now, by="host")
    await stage.settle()
    told = [(one["recording"], one["target"], one["by"]) for one in host.told("recording_state")]
    assert told == [(True, "ann", "host"), (True, screen, "host")]

    late = await stage.member("late")
    assert late.got[0]["action"] == "room_joined"
    assert late.got[0]["room"]["recording_targets"] == ["ann", screen]
    assert [(one["recording"], one["target"]) for one in late.told("recording_state")] == [
        (True, "ann"),
        (True, screen),
    ]

    assert room.set_target_recording("ann", False, stage.now, by="host", files=("ann.mp4",))
    await stage.settle()
    assert late.last("recording_state")["files"] == ["ann.mp4"]
    assert [one["target"] for one in (await stage.member("later")).told("recording_state")] == [screen]


async def test_a_recording_that_fails_says_so_though_it_was_ended(stage: Stage) -> None:
    host = await stage.member("host")
    room = stage.rooms.with_name(ROOM)
    assert not room.set_target_recording("host", False, stage.now)
    assert room.set_target_recording("host", False, stage.now, note="the disk is full")
    await stage.settle()
    assert host.last("recording_state")["error"] == "the disk is full"
