"""Waiting for something to become true, with an end."""

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], what: str, within: float = 5.0) -> None:
    """Looks every 5 ms. Raises TimeoutError naming `what` when it is not true within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within} s: {what}")
        time.sleep(0.005)
