from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from roomful.media.ports.compositor import CompositionPlan, FileOutput
from roomful.media.ports.compositor.session import Session
from roomful.media.ports.frames import Record
from tests.unit.media.ports.compositor.viewing import HEIGHT, WIDTH

Compose = Callable[..., Session]


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., CompositionPlan]:
    def make(**fields: Any) -> CompositionPlan:
        defaults: dict[str, Any] = {
            "room_name": "standup",
            "room_id": "RM_1",
            "outputs": [FileOutput(directory=str(tmp_path), path="room")],
            "width": WIDTH,
            "height": HEIGHT,
            "fps": 25,
            "offline": True,
            "min_free_bytes": 0,
        }
        return CompositionPlan(**(defaults | fields))

    return make


@pytest.fixture
def compose(plan: Callable[..., CompositionPlan]) -> Compose:
    """Compose these in one go, with a clock that follows the frames; bytes are commands. Return the session."""

    def run(records: Iterable[Record | bytes], **fields: Any) -> Session:
        session = Session(plan(**fields))
        session.open(0)
        for one in records:
            if isinstance(one, bytes):
                session.command(one)
            else:
                session.feed(one, 0)
                session.tick(0)
        session.finish(0)
        return session

    return run
