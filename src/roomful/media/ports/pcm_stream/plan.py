"""Where the sound goes: the first line that the worker reads from its control socket.

The receiver is asked for a WebSocket with the header `Content-Type: audio/x-raw`. It gets binary messages of 16-bit
little-endian samples, 48 kHz, left and right in turn, as fast as time passes; and JSON, `{"muted": true}` and
`{"muted": false}`, when the track is muted and unmuted. While it is muted, or nothing comes, there is silence.
"""

import msgspec

RATE = 48000
"""Samples a second of each channel."""

CHANNELS = 2
BYTES_PER_SECOND = RATE * CHANNELS * 2


class PcmStreamPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One stream: one worker, one track of one room."""

    url: str
    """`ws://` or `wss://`."""

    first_wait_seconds: float = 1.0
    """Wait before the second attempt to connect; doubled for each further one, up to `longest_wait_seconds`."""

    longest_wait_seconds: float = 8.0
    give_up_seconds: float = 30.0
    """How long it is tried without the receiver once having answered a ping."""

    stall_seconds: float = 10.0
    """How long a receiver may leave a ping unanswered, or read nothing."""

    backlog_seconds: float = 10.0
    """Sound that waits for the receiver; what is older is dropped."""

    allow: list[str] = []
    deny: list[str] = []
    """See `roomful.outgoing.AddressRules`."""

    def __repr__(self) -> str:
        return "PcmStreamPlan()"  # URLs have secrets
