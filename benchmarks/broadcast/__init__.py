"""What it costs to tell a WebSocket message to everybody: servers that do nothing else, and the crowd that listens.

`roomful_server` is the real server with one more path, beside everything else that its port serves. `picows_server`
is as little as a broadcast server can be, on one of the fastest WebSocket libraries there are: the anchor.
"""

HEARTBEAT = b'{"action":"heartbeat"'
"""How a message begins that is answered and not passed on."""

HEARTBEAT_ANSWER = b'{"action":"heartbeat_ack","room_id":"100001","ts":1767225600012,"client_ts":1767225600000}'

PATH = "/broadcast"
"""Where the broadcast of `roomful_server` is."""
