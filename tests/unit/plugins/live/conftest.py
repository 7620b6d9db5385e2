from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .stage import LiveStage, life


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[LiveStage]:
    async with life(tmp_path) as one:
        yield one
