"""The sound of one track, decoded, to a WebSocket server while it is heard, in a process of its own.

    intake   bytes of the pipe → records (`media.ports.worker`)
    session  records → messages: sound without holes, and whether the track is muted
    backlog  messages that wait for the receiver, and what is dropped when it is too slow
    sender   the connection, and its next one

What a receiver gets is told in `plan`. Whatever it does, the room goes on.
"""

from roomful.media.ports.pcm_stream.plan import PcmStreamPlan
from roomful.media.ports.pcm_stream.process import PcmStream, PcmStreamFailed
from roomful.media.ports.pcm_stream.states import Status

__all__ = ["PcmStream", "PcmStreamFailed", "PcmStreamPlan", "Status"]
