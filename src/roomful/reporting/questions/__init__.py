"""What the server is asked about the past: one room, all of them, days. specs/monibuca-rooms.md §9.5."""
