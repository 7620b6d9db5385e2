"""A real server with the real clients of the ecosystem."""
