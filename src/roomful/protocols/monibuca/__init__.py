"""The room WebSocket in the style of Monibuca: JSON messages with an `action`, at `/room/{room_id}`.

specs/monibuca-rooms.md §1 to §3.

A connection is one member of one room. `messages` says what a client can send, `session` what becomes of it, `feed`
what everybody is told of a room. Only `transport` does I/O.
"""
