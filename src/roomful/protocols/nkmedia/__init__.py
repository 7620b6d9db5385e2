"""The NkMEDIA external API: back ends make media rooms, open sessions in them and follow events, as JSON requests.

specs/nkmedia.md. `commands` says what can be asked, `core`, `rooms` and `media` what becomes of it, `hub` who is told
of what. A `Session` is one connection, a `MediaSession` one peer connection in a room. Only `transport` does I/O.
"""
