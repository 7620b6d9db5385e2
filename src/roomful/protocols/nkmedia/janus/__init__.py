"""The backend `nkmedia_janus` on a real Janus 1.x, over its WebSocket API. specs/nkmedia.md §10.

`transport` has the WebSocket, and is the only file that awaits. `client` speaks with the server, `link` are its
sessions and handles, `rooms` the rooms that both sides have. `publisher` and `listener` are media sessions there.

Each publisher is in the shared room once: our own engine subscribes to it, and what it gets are the publisher's tracks.
Who publishes by another protocol is published to Janus (`mirror`) while somebody listens there.
"""
