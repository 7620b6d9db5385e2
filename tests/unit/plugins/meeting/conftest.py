from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .convention import Convention, convention


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Convention]:
    """Rooms where meetings take place, without a lobby."""
    async with convention(tmp_path, enable_lobby=False) as made:
        yield made
