"""Room Signals: short JSON signals over one WebSocket, at `/room-signals`. specs/room-signals.md.

A connection carries sessions; a session is one member of one room. `signals` says what clients send, `signalling` what
becomes of it, `signal_room` what a room's sessions are told. `media` is WebRTC through the server, `uploads` are
broadcasts, `engines` say what clients need whose media somebody else carries. Only `connection`, `transport` and
`media.connections` do I/O.
"""
