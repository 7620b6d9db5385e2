"""docs/reference/nkmedia.md, written from the tables of the protocol.

`python -m roomful.protocols.nkmedia.reference docs/reference/nkmedia.md` writes the page; a test holds it current.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from roomful.protocols.nkmedia.codes import Code
from roomful.protocols.nkmedia.commands import ALIASES, COMMANDS, Command

_HEAD = """\
# NkMEDIA API

<!-- Written by `python -m roomful.protocols.nkmedia.reference`. Edit the tables beside that module instead. -->

JSON requests at `/nkmedia`, WebSocket, on TCP and TLS, and at `/nkmedia/rpc`, HTTP:
[NkMEDIA back ends](../how-to/nkmedia-backends.md). Settings are in [`nkmedia`](configuration.md#nkmedia).
A request has `class`, `subclass` (`core` if it is not given), `cmd`, `data` and `tid`; its response has `result`,
`data` and the same `tid`. Fields with `?` may be left out; the value behind them is what they are then. Fields that a
command does not know are named in an event `unrecognized_fields`. The server pings, and sends events as requests;
answer both with `{"result": "ok", "tid": TID}`.
"""

EVENTS = {
    "core/session_event": {"unrecognized_fields": "`class`, `subclass`, `cmd`, `fields`"},
    "media/room": {
        "started": "`class`, `backend`, `audio_codec`, `video_codec`, `bitrate`",
        "destroyed": "`code`, `reason`",
        "started_publisher, stopped_publisher": "`session_id`, `user`",
        "started_listener": "`session_id`, `user`, `peer`, `peer_id`",
        "stopped_listener": "`session_id`, `user`",
        "status": "on Janus: `class`: `slow_link`, `bitrate`; of a conference: `class`: `overload`, `fps`",
        "msglog_new_msg": "the message, with `msg_id`, `user_id`, `session_id`, `timestamp` (microseconds)",
    },
    "media/session": {
        "created": "as `get_info` answers",
        "answer": "`answer`",
        "type": "`type`, `room_id`; `publisher_id` of a listener",
        "candidate": "`sdpMid`, `sdpMLineIndex`, `candidate`; of the other end of a `p2p` session",
        "candidate_end": "nothing; of the other end of a `p2p` session",
        "status": "`class`: `webrtc`, `status`: `up`; of a publisher, and of all on Janus, `class`: `media`, `media`, "
        "`status`; on Janus `class`: `slow_link`, `lost`, `uplink`",
        "destroyed": "`code`, `reason`",
    },
    "media/call": {
        "ringing": "`callee`, if it was said",
        "accepted, answer": "`session_id` of the connection, `answer`, `callee`",
        "candidate": "`sdpMid`, `sdpMLineIndex`, `candidate`; of the other side, as `candidate_end`",
        "hangup": "`code`, `reason`",
    },
}
"""Class and subclass → type, and what is in the body."""


def page() -> str:
    """The whole page, Markdown."""
    parts = [_HEAD]
    for class_name, subclasses in COMMANDS.items():
        for subclass, commands in subclasses.items():
            rows = ((f"`{cmd}`", _fields(kind)) for cmd, kind in commands.items())
            parts += _table(f"`{class_name}` / `{subclass}`", ("cmd", "data"), rows)
    aliases = ((f"`{other}`", f"`{field}`") for other, field in ALIASES.items())
    parts += _table("Other spellings", ("given", "means"), aliases)
    events = (
        (f"`{of}`", ", ".join(f"`{kind}`" for kind in kinds.split(", ")), body)
        for of, types in EVENTS.items()
        for kinds, body in types.items()
    )
    parts += _table("Events", ("class/subclass", "type", "body"), events)
    parts += _table("Codes", ("code", "error"), ((str(int(code)), code.text) for code in Code))
    return "\n".join(parts).rstrip() + "\n"


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [f"## {title}\n", _row(heads), _row(("---",) * len(heads)), *map(_row, rows), ""]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _fields(kind: type[Command]) -> str:
    return ", ".join(_field(field) for field in msgspec.structs.fields(kind))


def _field(field: msgspec.structs.FieldInfo) -> str:
    name = f"`{field.encode_name}`"
    default: Any = field.default
    if field.required:
        return name
    if default in (msgspec.NODEFAULT, None, "", {}):
        return f"{name}?"
    return f"{name}? (`{msgspec.json.encode(default).decode()}`)"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
