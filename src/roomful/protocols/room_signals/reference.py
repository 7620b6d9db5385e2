"""docs/reference/room-signals.md, written from the tables of the protocol.

`python -m roomful.protocols.room_signals.reference docs/reference/room-signals.md` writes the page; a test holds it
current.
"""

import sys
from pathlib import Path

import msgspec

from roomful.protocols.room_signals.channels import SUPPORTED, Channel
from roomful.protocols.room_signals.codes import CloseCode, Code
from roomful.protocols.room_signals.entries import Entry
from roomful.protocols.room_signals.signals import ACTIONS, Options, SessionInfo, Signal, Target
from roomful.reference_pages import fields, remarks, table

_HEAD = """\
# Room Signals

<!-- Written by `python -m roomful.protocols.room_signals.reference`. Edit the tables beside that module instead. -->

JSON signals at `/room-signals`: [Room Signals clients](../how-to/room-signals-clients.md). A client sends
`{"action": …, "data": …}`, where `data` is the signal; the server sends acks, `{"c": …, "s": …, "b": …}`, and signals
of others as they are. A refusal is an ack whose `b` has `req`, the signal, and `msg`, for people; for LEAVE its `s` is
`leave`. Fields with `?` may be left out; `null` counts as left out, unknown fields are ignored.
"""

SENDERS = {
    "JOIN": "anybody",
    "LEAVE": "members",
    "UPDATE": "publishers",
    "HEARTBEAT": "members",
    "KICK": "publishers; only the owner kicks the owner",
    "PUBLISH_REQUEST": "viewers",
    "PUBLISH_ACCEPT": "the owner",
    "PUBLISH_REJECT": "the owner",
    "OFFER": "publishers",
    "ANSWER": "members",
    "ICE": "members",
    "WATCH": "members",
    "SIMULCAST_UPDATE": "members",
    "CHAT": "members who joined with `op.chat`",
}
ANSWERS = {
    "JOIN": "ack: `rid`, `pt`, `eg`, `es`, `pps`; with `op.chat` also `chat`, a list of what was written before",
    "LEAVE": "`p2p`: LEAVE to the other one",
    "HEARTBEAT": "ack, unless `send_ack` is false: `rid`, `bid`, `pps`",
    "UPDATE": "PUBLISH_LIST_CHANGED to all",
    "KICK": "KICK to who goes",
    "PUBLISH_REQUEST": "PUBLISH_REQUEST to the owner",
    "PUBLISH_ACCEPT": "PUBLISH_ACCEPT to the viewer, then PUBLISH_LIST_CHANGED to all",
    "PUBLISH_REJECT": "PUBLISH_REJECT to the viewer",
    "OFFER": "ack: `rid`, `sdp`, for `op.hlsForwarding` also `hls`; `p2p`: OFFER to the other one",
    "ANSWER": "`p2p`: ANSWER to the other one",
    "ICE": "`p2p`: ICE to the other one",
    "WATCH": "ack: `rid`, `pps` of `id` and `sdp`",
    "SIMULCAST_UPDATE": "",
    "CHAT": "ack: `rid`, `id`, `ts`; to the others who joined with `op.chat`, CHAT of `ss`, `id`, `msg`, `type`, "
    "`username`, `ts`, `to`?",
}
"""What comes of a signal when all is well."""

ACKS = {
    "PUBLISH_LIST_CHANGED": "to all, whenever an entry of `pps` comes, goes or changes: `rid`, `pps`",
    "KEEPALIVE": "to a connection to which nothing was said for `room_signals.keepalive`: `ts`, in milliseconds",
}
"""What the server says by itself."""


def page() -> str:
    """The whole page, Markdown."""
    parts = [
        _HEAD,
        *table("Signals", ("action", "signal", "fields beyond the common ones", "who", "then"), _signals()),
        *table("Common fields", ("object", "fields"), _common()),
        *table("Channels", ("signal", *(f"`{channel}`" for channel in Channel)), _channels()),
        *table("By itself", ("ack", "what"), [(f"`{name}`", text) for name, text in ACKS.items()]),
        *table("Codes", ("code", "name", "remark"), _codes()),
        *table("Close codes", ("code", "remark"), _close_codes()),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _signals() -> list[tuple[str, ...]]:
    common = [field.name for field in msgspec.structs.fields(Signal)]
    return [
        (
            f"`{action}`",
            f"`{signal.name}`",
            _own_fields(signal, common),
            SENDERS[signal.name],
            ANSWERS[signal.name],
        )
        for action, signal in ACTIONS.items()
    ]


def _own_fields(signal: type[Signal], common: list[str]) -> str:
    options = next(field.type for field in msgspec.structs.fields(signal) if field.name == "op")
    own = [fields(signal, (*common, "op"))] if fields(signal, (*common, "op")) else []
    if options is not Options:
        skip = [field.name for field in msgspec.structs.fields(Options)]
        own += [f"`op.{name}`?" for name in fields(options, skip).replace("`", "").replace("?", "").split(", ")]
    return ", ".join(own)


def _common() -> list[tuple[str, ...]]:
    return [
        ("every signal", f"`s`, {fields(Signal)}, `op`?"),
        ("`ss`", fields(SessionInfo)),
        ("`op`", fields(Options)),
        ("`to`", f"the id of a user as text, or one of {fields(Target)}"),
        ("an entry of `pps`", fields(Entry)),
    ]


def _channels() -> list[tuple[str, ...]]:
    return [
        (f"`{name}`", *("yes" if channel in channels else "" for channel in Channel))
        for name, channels in SUPPORTED.items()
    ]


def _codes() -> list[tuple[str, ...]]:
    notes = remarks(Code)
    return [(str(int(code)), f"`{code.name}`", notes.get(code.name, "")) for code in Code]


def _close_codes() -> list[tuple[str, ...]]:
    notes = remarks(CloseCode)
    return [(str(int(code)), notes.get(code.name, "")) for code in CloseCode]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
