"""Says so when `roomful._native` was built from other Rust sources than the ones beside it.

A stale binary fails in ways that look like bugs elsewhere. In a checkout, where `crates/` stands beside `src/`, the
checksum that `crates/python/build.rs` stamped into the module is compared with the tree. An installed wheel has no tree
and nothing to compare.
"""

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class StaleNativeModule(ImportError):
    """The native module is missing or older than the Rust sources of this checkout. `make native` builds it."""


def check(root: Path = ROOT) -> None:
    """Compare the built module with the sources below `root`; does nothing outside a checkout.

    Raises:
        StaleNativeModule: the module is missing or was built from other sources.
    """
    if not (root / "crates" / "python" / "build.rs").is_file():
        return
    try:
        from roomful import _native
    except ModuleNotFoundError as error:
        raise StaleNativeModule("the native module is not built: run `make native`") from error
    if _native.__source_hash__ != source_hash(root):
        raise StaleNativeModule("the native module is older than crates/: run `make native`")


def source_hash(root: Path) -> str:
    """CRC-32, as 8 hex digits, of what the native module is built from; the same rule as `crates/python/build.rs`."""
    checksum = 0
    for path in sorted(file.relative_to(root).as_posix() for file in _sources(root)):
        checksum = zlib.crc32(path.encode() + b"\0" + (root / path).read_bytes() + b"\0", checksum)
    return f"{checksum:08x}"


def _sources(root: Path) -> Iterator[Path]:
    candidates = [root / "Cargo.toml", root / "Cargo.lock"]
    for member in (root / "crates").iterdir():
        candidates += [member / "Cargo.toml", member / "build.rs", *(member / "src").rglob("*.rs")]
    return (file for file in candidates if file.is_file())


if __name__ == "__main__":
    try:
        check()
    except StaleNativeModule as problem:
        sys.exit(str(problem))
