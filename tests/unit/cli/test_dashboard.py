"""`roomful dashboard` opens the page, and says where it is for browsers elsewhere."""

import webbrowser

import pytest

from tests.unit.cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        ((), "http://127.0.0.1:7880/dashboard"),
        (("--url", "wss://rooms.example/"), "https://rooms.example/dashboard"),
    ],
)
@pytest.mark.parametrize("has_browser", [True, False])
def test_the_page_is_opened_and_its_address_printed(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], address: str, has_browser: bool
) -> None:
    opened: list[str] = []

    def open_page(url: str) -> bool:
        opened.append(url)
        return has_browser

    monkeypatch.setattr(webbrowser, "open", open_page)
    outcome = run("dashboard", *arguments)
    assert (outcome.status, outcome.out, opened) == (0, f"{address}\n", [address])
