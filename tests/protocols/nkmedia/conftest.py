from pathlib import Path

import pytest

from .stage import Client, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A server that believes everybody."""
    return Stage(directory=tmp_path)


@pytest.fixture
def client(stage: Stage) -> Client:
    """Somebody with a room `r1`, who follows all of `media`."""
    client = stage.client()
    client.ok("media/room/create", **{"class": "sfu", "room_id": "r1"})
    client.ok("core/event/subscribe", **{"class": "media"})
    return client
