"""RTMP in: publishers such as OBS and FFmpeg, in one worker process, as frames for the engine.

    amf       values of commands (Action Message Format 0)
    chunks    messages out of the chunk stream, and into it
    session   one connection, sans-IO: handshake, commands, media messages
    flv       access units out of media messages
    publisher one connection's media: H.264 as it is, AAC to Opus
    listener  the server's side: who publishes under which key is decided there

Source: Adobe's Real Time Messaging Protocol specification 1.0 and Video File Format specification 10.1.
"""

from roomful.media.ports.rtmp.listener import RtmpFailed, RtmpListener
from roomful.media.ports.rtmp.plan import Publishing, RtmpPlan

__all__ = ["Publishing", "RtmpFailed", "RtmpListener", "RtmpPlan"]
