"""Fixtures: a fresh lab for each test that asks for one, and the server in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .capability import missing_capability, require
from .lab import NetLab
from .room_server import RoomServer


@pytest.fixture
def netlab() -> Iterator[NetLab]:
    """A lab with seed 1. Without the means the test is skipped, but with CI=true it fails: there the lab must run."""
    require(missing_capability())
    with NetLab(seed=1) as lab:
        yield lab


@pytest.fixture
def room_server(netlab: NetLab, tmp_path: Path) -> RoomServer:
    """The server under test, in the host `server` of the lab; it ends with the lab."""
    return RoomServer(netlab, tmp_path)
