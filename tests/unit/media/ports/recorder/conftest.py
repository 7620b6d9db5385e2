from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from roomful.media.ports.frames import Frame, Record
from roomful.media.ports.recorder import FileInfo, Plan
from roomful.media.ports.recorder.session import Session
from tests.unit.media.ports.recorder.footage import SECOND

Record_ = Callable[..., list[FileInfo]]


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Plan]:
    def make(**fields: Any) -> Plan:
        return Plan(directory=str(tmp_path), room_name="standup", room_id="RM_1", **fields)

    return make


@pytest.fixture
def record(plan: Callable[..., Plan]) -> Record_:
    """Record these in one go, with a clock that follows the frames; return the files."""

    def run(records: Iterable[Record], **fields: Any) -> list[FileInfo]:
        session = Session(plan(**fields))
        session.open()
        for one in records:
            session.feed(one, one.wall_ns / SECOND if isinstance(one, Frame) else 0.0)
        session.finish()
        return session.files

    return run
