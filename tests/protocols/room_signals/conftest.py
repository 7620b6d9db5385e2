import pytest

from .stage import Stage


@pytest.fixture
async def stage() -> Stage:
    return Stage()
