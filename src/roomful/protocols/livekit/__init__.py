"""LiveKit's signalling protocol, as its SDKs and `lk` speak it, and RoomService. specs/livekit.md.

A connection goes through `transport` (ASGI), `connect` and `admission` (who may come in) to a `Session`; a `Session` is
one participant. `Sessions` has all of them, a `Feed` tells those of one room what happens in it. Nothing but `transport`
and `connection` does I/O; the time comes in as an argument, and later things wait in `Timers`.
"""

from roomful.protocols.livekit.transport import LiveKitSignal

__all__ = ["LiveKitSignal"]
