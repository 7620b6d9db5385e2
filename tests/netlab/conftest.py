"""The `netlab` fixture: a fresh lab for each test that asks for one."""

import os
from collections.abc import Iterator

import pytest

from .capability import missing_capability
from .lab import NetLab


@pytest.fixture
def netlab() -> Iterator[NetLab]:
    """A lab with seed 1. Without the means the test is skipped, but with CI=true it fails: there the lab must run."""
    if (missing := missing_capability()) is not None:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(missing)
        pytest.skip(missing)
    with NetLab(seed=1) as lab:
        yield lab
