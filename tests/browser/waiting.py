"""Waiting for something that is looked up asynchronously, with an end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(look: Callable[[], Awaitable[T]], accept: Callable[[T], bool], what: str, within: float = 30.0) -> T:
    """Looks ten times a second until what is seen is accepted, and returns it.

    Raises TimeoutError, naming `what` and the last sight, when that did not happen within so many seconds.
    """
    deadline = asyncio.get_running_loop().time() + within
    while True:
        seen = await look()
        if accept(seen):
            return seen
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"not within {within} s: {what}; last seen: {seen!r}")
        await asyncio.sleep(0.1)
