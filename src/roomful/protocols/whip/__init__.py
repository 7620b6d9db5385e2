"""Media in by WHIP (RFC 9725) and out by WHEP (draft-ietf-wish-whep-02): one HTTP request with an SDP offer each.

A POST makes a participant of a room with one peer connection, a `Session`. What it does there is its *part*: a
`Publisher` brings the tracks of its offer into the room, a `Player` gets those of one other participant. PATCH brings
ICE candidates and restarts ICE, DELETE ends it. Only `transport` does I/O.
"""
