import pytest

from .agency import Agency


@pytest.fixture
def agency() -> Agency:
    return Agency()
