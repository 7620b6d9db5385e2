"""LiveKit's signalling protocol, as its SDKs and `lk` speak it, and RoomService. specs/livekit.md.

A connection goes through `transport` (ASGI), `connect` and `admission` (who may come in) to a `Session`, which is one
participant. `Sessions` has all of them; a `Feed` tells those of one room what happens in it. Only `transport` and
`connection` do I/O: the time comes in as an argument, and what has to happen later waits in `Timers`.
"""
