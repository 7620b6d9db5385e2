"""The reference page says what the tables say."""

from pathlib import Path

from roomful.protocols.monibuca.reference import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "room-websocket.md"


def test_the_page_is_current() -> None:
    command = "python -m roomful.protocols.monibuca.reference docs/reference/room-websocket.md"
    assert PAGE.read_text("utf-8") == page(), f"run: {command}"
