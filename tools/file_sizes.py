"""Fails when a source file grew past the limit: one idea per file, and nobody finds anything in a thousand lines."""

import subprocess
import sys
from pathlib import Path

LIMIT = 800
SUFFIXES = {".py", ".pyi", ".rs", ".ts", ".tsx", ".css"}


def main() -> int:
    # Untracked files count too, ignored ones (generated pages, build output) do not.
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    files = [Path(name) for name in listing.stdout.split("\0") if Path(name).suffix in SUFFIXES]
    lengths = {file: len(file.read_text().splitlines()) for file in files if file.is_file()}
    too_long = {file: lines for file, lines in lengths.items() if lines > LIMIT}
    for file, lines in sorted(too_long.items()):
        print(f"{file}: {lines} lines, the limit is {LIMIT}: which idea should leave?", file=sys.stderr)
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
