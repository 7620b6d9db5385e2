"""Waiting for what is seen to come true, with an end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

WITHIN = 30.0
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


async def until_seen(
    look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool], what: str, within: float = WITHIN
) -> T:
    """The first sight that is wanted, looking a few times a second. Raises TimeoutError with the last sight."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen = await look()
        if wanted(seen):
            return seen
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"{what} not within {within} s; at last {seen}")
        await asyncio.sleep(0.2)
