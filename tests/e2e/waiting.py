"""Waiting for what is seen to come true, with an end."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

WITHIN = 20.0
"""Seconds that anything may take; hardly anything takes one, except on a machine that has a lot else to do."""


async def until(look: Callable[[], T | None], what: str | Callable[[], str], within: float = WITHIN) -> T:
    """The first thing seen that is true, looking fifty times a second.

    Raises TimeoutError with `what` was waited for, if that does not come within so many seconds.
    """
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen = look()
        if seen:
            return seen
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"not within {within} s: {what if isinstance(what, str) else what()}")
        await asyncio.sleep(0.02)
