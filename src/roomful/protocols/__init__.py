"""The protocols clients speak. Each is a package of its own that knows the rooms and the media engine, and no other protocol."""
