"""Log lines: for people or for programs, and never with a secret in them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from roomful import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_json_lines_hold_the_fields_people_search_for(stream: io.StringIO) -> None:
    logs.configure("info", "json", stream)
    structlog.get_logger("roomful.rooms").info("participant joined", room="meet", participant="alice")
    logging.getLogger("roomful.media").warning("packet %s", "lost", extra={"room": "meet"})
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert list(first) == ["timestamp", "level", "event", "logger", "room", "participant"]
    assert (first["event"], first["room"], first["participant"]) == ("participant joined", "meet", "alice")
    assert (second["level"], second["event"], second["room"]) == ("warning", "packet lost", "meet")


def test_text_lines_are_one_line_each(stream: io.StringIO) -> None:
    logs.configure("info", "text", stream)
    logging.getLogger("roomful").info("server started", extra={"port": 7880})
    [line] = stream.getvalue().splitlines()
    assert "server started" in line
    assert line.endswith("port=7880")


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_traceback_shows_no_local_variables(stream: io.StringIO, style: logs.LogFormat) -> None:
    logs.configure("info", style, stream)

    def fail(secret: str) -> None:
        raise ValueError(f"of {len(secret)} letters")

    try:
        fail("very-" + "secret")
    except ValueError:
        logging.getLogger("roomful").exception("it failed")
    assert "ValueError: of 11 letters" in stream.getvalue()
    assert "very-secret" not in stream.getvalue()


def test_the_level_holds_and_libraries_are_quiet(stream: io.StringIO) -> None:
    logs.configure("debug", "json", stream)
    logging.getLogger("roomful").debug("ours")
    # uvicorn logs the whole path of a WebSocket here, which has the token in it.
    logging.getLogger("uvicorn.error").info('"WebSocket /rtc?access_token=eyJ" [accepted]')
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == [
        "ours",
        "Invalid HTTP request received.",
    ]
