"""docs/reference/room-websocket.md, written from the tables of the protocol.

`python -m roomful.protocols.monibuca.reference docs/reference/room-websocket.md` writes the page; a test holds it
current.
"""

import sys
from pathlib import Path

from roomful.extensions.permission_operations import OPERATIONS
from roomful.protocols.monibuca.codes import LEFT_WORDS, CloseCode
from roomful.protocols.monibuca.messages import MESSAGES
from roomful.reference_pages import fields, remarks, table
from roomful.rooms.extension import Code
from roomful.rooms.roles import RIGHTS, Right, Role

_HEAD = """\
# Room WebSocket

<!-- Written by `python -m roomful.protocols.monibuca.reference`. Edit the tables beside that module instead. -->

JSON objects with an `action`, at `/room/{room_id}`: [Monibuca clients](../how-to/monibuca-clients.md). Any message may
have a `seq`, which the `ack` or `error` repeats. All that the server sends has `action`, `room_id` and `ts`
(milliseconds).
"""

EVENTS = {
    "room_joined": "to who joins: `self`, `room`, `users`, `heartbeat_interval`, `heartbeat_timeout`, `publish`, "
    "`ice_servers`, `chat_history`, `extension`, `resumed`",
    "user_joined": "`user`",
    "user_left": "`user_id`, `user_name`, `reason`: " + ", ".join(f"`{word}`" for word in sorted(LEFT_WORDS)),
    "user_updated": "`user_id`, `changes`, `by`",
    "room_updated": "`changes`, `by`",
    "room_closed": "`reason`: `host`, `admin`, `empty`, `timeout`, `ended` or `shutdown`; `by`",
    "chat": "`message_id`, `user_id`, `user_name`, `content`, `type`, `to`, `extra`",
    "custom": "`user_id`, `data`; `topic` for data of other protocols",
    "media_state": "`user_id`, `audio`, `video`, `screen`, `media`",
    "stream_published": "`user_id`, `stream_path`, `kind`, `whep_url`",
    "stream_unpublished": "the same",
    "force_mute": "`user_id`, `kind`, `on`, `by`",
    "chat_muted": "`user_id` (`*`: all), `until`, `by`",
    "chat_unmuted": "the same",
    "user_banned": "to hosts and the user: `user_id`, `until`, `reason`, `by`",
    "user_unbanned": "to hosts: the same",
    "kicked": "to the user: `by`, `reason`",
    "lobby_waiting": "to who waits: `position`, `heartbeat_interval`",
    "lobby_admitted": "to who waits; `room_joined` follows",
    "lobby_rejected": "to who waits: `reason`",
    "lobby_user_waiting": "to hosts: `user`",
    "lobby_user_left": "to hosts: `user_id`, `outcome`, `by`",
    "recording_state": "`recording`; `target`: `room`, a user id or a stream path; `files`, `by`; `error`, if any. "
    "Who joins is told of each user and stream that is being recorded; `room.recording` says of anything at all",
    "heartbeat_ack": "`client_ts`",
    "ack": "`seq`, `for`, `code`",
    "error": "`for`, `code`, `error`, `message`, `seq`, `detail`",
}
"""What the server sends, and the fields beyond the envelope."""


def page() -> str:
    """The whole page, Markdown."""
    sections = (
        ("Actions", ("action", "fields"), _actions()),
        ("Operations of `action`", ("op", "target_id", "params", "who"), _operations()),
        ("Events", ("event", "fields"), [(f"`{name}`", text) for name, text in EVENTS.items()]),
        ("Roles", ("role", "rights"), _roles()),
        ("Codes", ("code", "error", "remark"), _codes()),
        ("Close codes", ("code", "remark", "reconnect"), _close_codes()),
    )
    parts = [_HEAD]
    for title, heads, rows in sections:
        parts += table(title, heads, rows)
    return "\n".join(parts).rstrip() + "\n"


def _actions() -> list[tuple[str, ...]]:
    return [(f"`{action}`", fields(message, skip=("action", "seq"))) for action, message in MESSAGES.items()]


def _operations() -> list[tuple[str, ...]]:
    return [
        (
            f"`{name}`",
            {"": "", "user": "user", "user or *": "user or `*`"}[operation.target],
            fields(operation.params),
            ", ".join(role for role in Role if operation.right in RIGHTS[role]),
        )
        for name, operation in OPERATIONS.items()
    ]


def _roles() -> list[tuple[str, ...]]:
    return [(f"`{role}`", ", ".join(f"`{right}`" for right in Right if right in RIGHTS[role])) for role in Role]


def _codes() -> list[tuple[str, ...]]:
    notes = remarks(Code)
    return [(str(int(code)), f"`{code.word}`", notes.get(code.name, "")) for code in Code]


def _close_codes() -> list[tuple[str, ...]]:
    notes = remarks(CloseCode)
    return [(str(int(code)), notes.get(code.name, ""), "yes" if code.may_reconnect else "no") for code in CloseCode]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
