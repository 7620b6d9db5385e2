"""The plugin of docs/how-to/write-a-plugin.md does what it says."""

from pathlib import Path

import pytest

from examples.poll_plugin import PollPlugin
from roomful.rooms import RoomOptions
from roomful.rooms.extension import Code, RoomApiError
from roomful.rooms.roles import Role

from .stage import Stage
from .test_records import opened


async def test_a_poll_is_started_voted_on_counted_and_remembered(tmp_path: Path) -> None:
    stage = Stage()
    async with opened((tmp_path, "")) as records:
        await PollPlugin().init(stage.context_for("poll", records))
        stage.extensions.start()
        room = stage.rooms.with_name_or_new("tea", stage.now, RoomOptions(type="poll"))
        host, ann = stage.enter(room, "host", role=Role.HOST), stage.enter(room, "ann")
        question = {"action": "start_poll", "question": "Tea?", "options": ["yes", "no"]}
        with pytest.raises(RoomApiError) as refusal:
            await stage.extensions.message(room, ann.sid, question)
        assert refusal.value.code is Code.FORBIDDEN
        await stage.extensions.message(room, host.sid, question)
        for option in (0, 1, 1):
            await stage.extensions.message(room, ann.sid, {"action": "vote", "option": option})
        await stage.extensions.message(room, host.sid, {"action": "vote", "option": 0})
        assert [message["votes"] for message in stage.told] == [[0, 0], [1, 0], [0, 1], [0, 1], [1, 1]]
        with pytest.raises(RoomApiError) as refusal:
            await stage.extensions.message(room, ann.sid, {"action": "vote", "option": 2})
        assert refusal.value.code is Code.BAD_FIELD
        assert not stage.extensions.errors
