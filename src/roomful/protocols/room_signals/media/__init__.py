"""WebRTC of `m2m` and `a2m` rooms through the server. specs/room-signals.md §7.

Each session has an *uplink* on which it publishes, and a *downlink* for each publisher that it receives; each of them
is a peer connection of its own. `uplink`, `downlink` and `links` are sans-IO; only `connections` waits.
"""
