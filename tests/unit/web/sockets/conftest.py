"""Both event loops: the server runs on uvloop, and whoever embeds it may not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.unit.web.sockets.hall import Hall, serving


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    """Being served."""
    hall = Hall()
    async with serving(hall):
        yield hall
