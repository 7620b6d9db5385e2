"""One package at a time, no I/O."""
