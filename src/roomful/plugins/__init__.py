"""Kinds of rooms that come with the server. Each uses `roomful.rooms.extension`, as any other plugin would."""
