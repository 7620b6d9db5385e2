"""docs/reference/cli.md, written from the commands.

`python -m roomful.cli.reference docs/reference/cli.md` writes the page; a test holds it current.
"""

import sys
from pathlib import Path

from roomful.cli import app

_HEAD = "<!-- Written by `python -m roomful.cli.reference`. Edit the commands instead: src/roomful/cli/ -->\n\n"


def page() -> str:
    """The whole page, Markdown."""
    arguments, sys.argv = sys.argv, ["roomful"]  # which is where cyclopts takes the program's name for subcommands from
    try:
        return _HEAD + app.generate_docs().strip() + "\n"
    finally:
        sys.argv = arguments


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
