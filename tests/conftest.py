"""Marks each test by its folder, and keeps generated examples reproducible."""

from pathlib import Path

import pytest
from hypothesis import settings

FOLDERS_WITH_NEEDS = {"e2e", "browser", "netlab", "stress"}

# A busy machine is slow at random, which a deadline per example would report as a failure.
settings.register_profile("roomful", deadline=None, print_blob=True)
settings.load_profile("roomful")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tests = config.rootpath / "tests"
    for item in items:
        folder = Path(item.path).relative_to(tests).parts[0]
        if folder in FOLDERS_WITH_NEEDS:
            item.add_marker(folder)
