"""The reference page says what the commands say."""

from pathlib import Path

from roomful.cli.reference import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m roomful.cli.reference docs/reference/cli.md"
