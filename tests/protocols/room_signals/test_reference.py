"""The reference page says what the tables say."""

from pathlib import Path

from roomful.protocols.room_signals.channels import SUPPORTED
from roomful.protocols.room_signals.reference import ANSWERS, SENDERS, page
from roomful.protocols.room_signals.signals import NAMES

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "room-signals.md"


def test_the_page_is_current() -> None:
    command = "python -m roomful.protocols.room_signals.reference docs/reference/room-signals.md"
    assert PAGE.read_text("utf-8") == page(), f"run: {command}"


def test_every_signal_is_in_every_table() -> None:
    assert set(NAMES) == set(SUPPORTED) == set(SENDERS) == set(ANSWERS)
