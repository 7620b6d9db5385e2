"""LiveKit's signalling without sockets and media: sessions over real rooms and a double of the engine."""
