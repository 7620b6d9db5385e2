from collections.abc import Callable, Iterable
from typing import Any

import pytest

from roomful.media.ports.frames import Record
from roomful.media.ports.mixer import MemberPlan, MixPlan
from roomful.media.ports.mixer.session import Session
from tests.unit.media.ports.compositor.viewing import HEIGHT, WIDTH
from tests.unit.media.ports.mixer.listening import Heard


@pytest.fixture
def plan() -> Callable[..., MixPlan]:
    def make(*members: str, **fields: Any) -> MixPlan:
        defaults: dict[str, Any] = {
            "room_name": "standup",
            "room_id": "RM_1",
            "members": [MemberPlan(sid=sid) for sid in members],
            "width": WIDTH,
            "height": HEIGHT,
            "video_bitrate": 800_000,
            "offline": True,
        }
        return MixPlan(**(defaults | fields))

    return make


@pytest.fixture
def mix(plan: Callable[..., MixPlan]) -> Callable[..., Heard]:
    """Mix these in one go, with a clock that follows the frames; bytes are commands."""

    def run(records: Iterable[Record | bytes], *members: str, **fields: Any) -> Heard:
        written: list[Record] = []
        session = Session(plan(*members, **fields), written.append)
        session.open(0)
        for one in records:
            if isinstance(one, bytes):
                session.command(one)
            else:
                session.feed(one, 0)
        session.finish()
        return Heard(written)

    return run
