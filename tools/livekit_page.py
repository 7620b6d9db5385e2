"""Makes docs/reference/coming-from-livekit.md from tools/livekit_features.yaml.

Usage: python tools/livekit_page.py docs/reference/coming-from-livekit.md
"""

import re
import sys
from pathlib import Path
from typing import Literal

import msgspec

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "tools" / "livekit_features.yaml"

INTRODUCTION = """\
# Coming from LiveKit

<!-- Made by tools/livekit_page.py from tools/livekit_features.yaml: change that file. -->

Any LiveKit SDK, the agents framework and `lk` work with this server unmodified. Keep your client code, your tokens and
your configuration file, and change the address.

## To move

    roomful serve --config livekit.yaml     # your file; keys that have no effect here are named
    lk room list --url http://127.0.0.1:7880 --api-key KEY --api-secret SECRET

- Secrets of API keys have at least 32 characters, except with `--dev`. A token without an expiry is refused.
- Open TCP 7881 and UDP from 7882 on, a port per core, or what `rtc.tcp_port` and `rtc.udp_port` say.
- There is no Redis, and no process beside this one for egress and ingress.
- Metadata has at most 64 KiB (`limit.max_metadata_size`), where LiveKit allows 512.

## How it compares

With LiveKit's open-source server 1.13. Each row names the tests it was read off; they run with every change.

| | |
|---|---|
"""

MEANING = {
    "equal": "as LiveKit's server does it",
    "better": "the same, and more",
    "partly": "not all of it",
    "missing": "not here",
}


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """One feature."""

    feature: str
    here: Literal["equal", "better", "partly", "missing"]
    number: int = 0
    note: str = ""
    theirs: bool = True
    """Whether LiveKit's open-source server has it."""
    tests: list[str] = []
    """As `path::name`, below tests/ unless it begins with `crates/`."""


class Group(msgspec.Struct, forbid_unknown_fields=True):
    """Features that belong together."""

    group: str
    rows: list[Row]


def groups() -> list[Group]:
    """The table. Raises msgspec.ValidationError."""
    return msgspec.yaml.decode(TABLE.read_bytes(), type=list[Group])


def file_of(test: str) -> Path:
    """Where a test is."""
    path = test.partition("::")[0]
    return ROOT / path if path.startswith("crates/") else ROOT / "tests" / path


def exists(test: str) -> bool:
    """Whether there is a test of this name in that file."""
    file, name = file_of(test), test.partition("::")[2]
    return file.is_file() and re.search(rf"\b(?:def|fn) {re.escape(name)}\b", file.read_text()) is not None


def page() -> str:
    """The page as Markdown."""
    parts = [INTRODUCTION + "".join(f"| **{here}** | {meaning} |\n" for here, meaning in MEANING.items())]
    missing = [row for group in groups() for row in group.rows if row.theirs and row.here in ("missing", "partly")]
    parts.append("\n## What you would miss\n\n")
    parts += [f"- {row.feature}{f': {row.note}' if row.note else ''}\n" for row in missing]
    for group in groups():
        parts.append(f"\n## {group.group}\n\n| feature | here | proved by |\n|---|---|---|\n")
        parts += [f"| {row.feature} | {_here(row)} | {'; '.join(map(_sentence, row.tests))} |\n" for row in group.rows]
    return "".join(parts)


def _here(row: Row) -> str:
    return f"**{row.here}**" + (f": {row.note}" if row.note else "")


def _sentence(test: str) -> str:
    """A test's name, which is a sentence; where it is, for those who hover."""
    path, _, name = test.partition("::")
    words = name.removeprefix("test_").replace("_", " ")
    return f'<span title="{path}">{words}</span>'


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
