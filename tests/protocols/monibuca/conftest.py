import pytest

from .stage import Stage


@pytest.fixture
async def stage() -> Stage:
    """A server that believes everybody."""
    return Stage()
