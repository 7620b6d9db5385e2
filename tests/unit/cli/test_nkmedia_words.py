"""What is typed at the NkMEDIA console."""

from pathlib import Path
from typing import Any

import pytest

from roomful.cli.nkmedia_connection import socket_url
from roomful.cli.nkmedia_words import commands, request_of, split
from roomful.cli.output import CommandError


@pytest.mark.parametrize(
    ("line", "path", "data"),
    [
        ("room create class=sfu room_id=r1", "media/room/create", {"class": "sfu", "room_id": "r1"}),
        ("room create class=sfu bitrate=500000", "media/room/create", {"class": "sfu", "bitrate": 500000}),
        ("session list", "media/session/list", {}),
        ("session update update_type=media", "media/session/update", {"update_type": "media"}),
        ("core session stop session_id=x", "core/session/stop", {"session_id": "x"}),
        ("user list", "core/user/list", {}),
        ("strange new thing a=true", "strange/new/thing", {"a": True}),
        ("event send class=app 'body={\"a\": [1]}'", "core/event/send", {"class": "app", "body": {"a": [1]}}),
        ("room msglog_send msg.text='a b=c' msg.n=1", "media/room/msglog_send", {"msg": {"text": "a b=c", "n": 1}}),
    ],
)  # fmt: skip
def test_lines_are_requests(line: str, path: str, data: dict[str, Any]) -> None:
    request = request_of(split(line))
    assert "/".join((request["class"], request["subclass"], request["cmd"])) == path
    assert request["data"] == data


def test_a_description_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "offer.sdp").write_text("v=0\r\n", newline="")
    request = request_of(["session", "create", "type=publish", f"offer.sdp=@{tmp_path}/offer.sdp"])
    assert request["data"] == {"type": "publish", "offer": {"sdp": "v=0\n"}}


@pytest.mark.parametrize(
    "line", ["", "room", "a b c d", "room cre", "class=sfu room create", "room list x=@/nowhere", "room list 'x"]
)
def test_lines_that_are_none(line: str) -> None:
    with pytest.raises(CommandError):
        request_of(split(line))


def test_what_there_is_is_listed_with_its_fields() -> None:
    assert "media room destroy room_id" in commands()
    assert any(line.startswith("media session create type [session_id]") for line in commands())


@pytest.mark.parametrize(
    ("url", "socket"),
    [
        ("http://h:1", "ws://h:1/nkmedia"),
        ("https://h", "wss://h/nkmedia"),
        ("h:1/", "ws://h:1/nkmedia"),
        ("ws://h:9010/nkmedia", "ws://h:9010/nkmedia"),
    ],
)
def test_addresses(url: str, socket: str) -> None:
    assert socket_url(url) == socket
