"""The reference page says what the tables say."""

from pathlib import Path

from roomful.protocols.nkmedia.reference import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "nkmedia.md"


def test_the_page_is_current() -> None:
    command = "python -m roomful.protocols.nkmedia.reference docs/reference/nkmedia.md"
    assert PAGE.read_text("utf-8") == page(), f"run: {command}"
