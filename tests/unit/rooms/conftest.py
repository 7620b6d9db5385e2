import pytest

from roomful.rooms import Room
from tests.unit.rooms.scene import Witness, open_room


@pytest.fixture
def room() -> Room:
    return open_room()


@pytest.fixture
def witness(room: Room) -> Witness:
    return Witness(room)
