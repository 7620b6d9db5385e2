"""The reference page says what the schema says."""

from pathlib import Path

from roomful.config.reader import keys
from roomful.config.reference import page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m roomful.config.reference docs/reference/configuration.md"


def test_every_key_is_on_the_page_with_a_meaning() -> None:
    rows = {line.split("`")[1]: line for line in page().splitlines() if line.startswith("| `")}
    for key, _ in keys():
        assert rows[key].rstrip(" |").rpartition("|")[2].strip(), f"{key} has no meaning"
