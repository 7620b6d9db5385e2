"""The typed face of the Rust module: the engine's commands and events. Checked against the binary by stubtest in `make lint`."""

from typing import Final

__source_hash__: Final[str]
"""Checksum of the Rust sources this module was built from; see `roomful._native_guard`."""
