"""What is recorded in a meeting: begun by whichever way, held in pauses, and ended as a whole."""

from pathlib import Path

import pytest

from roomful.rooms import Room
from roomful.rooms.extension import Code, RecordingView, Role, RoomApiError

from .convention import Convention, convention, refusal


class FakeRecorder:
    """Notes what is being recorded."""

    def __init__(self, stage: Convention) -> None:
        stage.ports.recorder = self
        self.running: set[str] = set()

    async def start(self, room: Room, target: str) -> bool:
        news = target not in self.running
        self.running.add(target)
        return news

    async def stop(self, room: Room, target: str) -> tuple[bool, tuple[str, ...]]:
        news = target in self.running
        self.running.discard(target)
        return news, (f"{target}.mp4",) if news else ()

    async def newest(self, most: int) -> list[RecordingView]:
        return []

    async def recordings(self, room_id: str) -> list[RecordingView]:
        return []

    async def find(self, recording_id: str) -> RecordingView:
        raise NotImplementedError

    async def file(self, room_id: str, recording_id: str) -> str:
        raise NotImplementedError


async def test_a_pause_ends_what_is_recorded_and_it_goes_on_afterwards(stage: Convention) -> None:
    recorder, room = FakeRecorder(stage), stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    await stage.join(room, "ann")
    await stage.say(room, host, "start_meeting")
    await stage.say(room, host, "start_recording")
    await stage.say(room, host, "start_recording", target="ann")
    assert recorder.running == {"room", "ann"}
    assert (stage.view(room).recording, stage.view(room).recording_targets) == (True, ("ann",))
    await stage.say(room, host, "pause_meeting")
    assert recorder.running == set()
    await stage.say(room, host, "resume_meeting")
    assert recorder.running == {"room", "ann"}


async def test_stopping_ends_what_the_permission_operation_began(stage: Convention) -> None:
    recorder, room = FakeRecorder(stage), stage.hold()
    host = await stage.join(room, "hanna", Role.HOST)
    for target in ("room", "hanna", "room/m1/hanna/screen"):
        assert await stage.api.set_room_recording("m1", True, "hanna", target)
    assert recorder.running == {"room", "hanna", "room/m1/hanna/screen"}
    await stage.say(room, host, "stop_recording")
    assert recorder.running == set()
    assert stage.view(room).recording_targets == ()


async def test_nobody_is_recorded_who_is_not_here(stage: Convention) -> None:
    FakeRecorder(stage)
    await stage.join(stage.hold(), "hanna", Role.HOST)
    for target in ("ann", "room/m1/ann", "room/m2/hanna"):
        with pytest.raises(RoomApiError) as error:
            await stage.api.set_room_recording("m1", True, "hanna", target)
        assert refusal(error) == Code.USER_NOT_FOUND


async def test_where_meetings_are_not_recorded_no_way_leads_to_it(tmp_path: Path) -> None:
    async with convention(tmp_path, enable_lobby=False, enable_recording=False) as stage:
        recorder, room = FakeRecorder(stage), stage.hold()
        host = await stage.join(room, "hanna", Role.HOST)
        await stage.say(room, host, "start_meeting")
        with pytest.raises(RoomApiError) as error:
            await stage.say(room, host, "start_recording")
        assert refusal(error) == Code.FEATURE_DISABLED
        with pytest.raises(RoomApiError) as error:
            await stage.extensions.action(room, host.sid, "record", None, {"on": True})
        assert refusal(error) == Code.FEATURE_DISABLED
        await stage.extensions.action(room, host.sid, "record", None, {"on": False})
        assert recorder.running == set()
