from pathlib import Path

import pytest

from roomful.config import JanusConfig
from roomful.protocols.nkmedia.services import Settings
from roomful.rooms.room import Room
from tests.protocols.nkmedia.stage import Client, Stage

from .fake_janus import FakeJanus


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A server with a Janus, which is not there yet."""
    settings = Settings(janus=JanusConfig(url="ws://janus", api_secret="secret", admin_key="key"))
    return Stage(settings=settings, directory=tmp_path)


@pytest.fixture
def janus(stage: Stage) -> FakeJanus:
    """It is there."""
    assert stage.server.janus is not None
    fake = FakeJanus(stage.server.janus)
    fake.appear()
    return fake


@pytest.fixture
def client(stage: Stage) -> Client:
    client = stage.client()
    client.ok("core/event/subscribe", **{"class": "media"})
    return client


@pytest.fixture
def room(stage: Stage, janus: FakeJanus, client: Client) -> Room:
    client.ok("media/room/create", **{"class": "sfu"}, room_id="r1")
    room = stage.rooms.get("r1")
    assert room is not None
    return room
