"""Where what was encoded goes: each output takes packets in the order of time, knowing nothing of the others."""
