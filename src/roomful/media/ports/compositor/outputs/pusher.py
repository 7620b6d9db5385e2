"""The process that pushes one stream over RTMP, and the messages it is given.

It is a process because libavformat may sit in a system call as long as a server likes, and because PyAV keeps the
interpreter to itself while it connects, which would stop the whole composition. Each step that may wait for the network
has an alarm, which ends the process wherever it is.

On standard input come messages, each after its length: `Pushing`, then packets. On standard output goes `CONNECTED`, or
one line that says what went wrong.
"""

import io
import signal
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO

import msgspec
from av.error import FFmpegError

from roomful.media.ports.compositor.outputs.place import AUDIO_RATE, FLV, VIDEO_RATE, Streams
from roomful.media.ports.recorder.libav import Packet, Stream, open_input, open_output
from roomful.media.ports.recorder.media_file import MediaFile, Source
from roomful.media.ports.scene.encoder import Encoded

CONNECTED = b"connected\n"

_LENGTH = struct.Struct(">I")
_encode = msgspec.msgpack.Encoder().encode


class Pushing(msgspec.Struct, frozen=True, kw_only=True):
    """What to push, and where to. It comes by the pipe because a URL has secrets, which are nobody else's to see."""

    url: str
    head: bytes
    """A NUT file with the parameters of the streams, as encoders gave them; NUT has no file without packets."""
    wait_seconds: float
    """How long the server may take to let us publish, and to take one packet."""


def head_of(streams: Streams) -> bytes:
    """For `Pushing.head`."""
    file = io.BytesIO()
    output = open_output(file, "nut")
    added = [output.add_stream_from_template(source.template, opaque=True) for source in streams.sources]
    output.start_encoding()
    for stream in added:
        packet: Packet[Stream] = Packet(b"\0")
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        output.mux_one(packet)
    output.close()
    return file.getvalue()


def send(pipe: BinaryIO, message: Pushing | Encoded) -> None:
    """Write one message. Raises OSError when nobody reads."""
    data = _encode(message)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def main() -> int:
    """Push until standard input ends; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end is told by the pipe
    messages = _messages(sys.stdin.buffer)
    pushing = msgspec.msgpack.decode(next(messages), type=Pushing)
    try:
        _push(pushing, messages)
    except (FFmpegError, OSError, ValueError) as error:
        # Without the URL, which the text of the exception has in it.
        _say(f"{getattr(error, 'strerror', '') or type(error).__name__}\n".encode())
        return 1
    return 0


def _push(pushing: Pushing, messages: Iterator[bytes]) -> None:
    packets = msgspec.msgpack.Decoder(Encoded)
    with open_input(pushing.head, "nut") as head:
        video = next((Source(stream, VIDEO_RATE) for stream in head.streams.video), None)
        audio = next((Source(stream, AUDIO_RATE) for stream in head.streams.audio), None)
        streams = Streams(video, audio)
        _set_alarm(pushing.wait_seconds)
        file = MediaFile(pushing.url, FLV, streams.sources, 0)
        _set_alarm(0)
        _say(CONNECTED)
        try:
            for number, message in enumerate(messages):
                packet = packets.decode(message)
                file.start = packet.at if number == 0 else file.start
                _set_alarm(pushing.wait_seconds)
                index = streams.index(is_audio=packet.is_audio)
                file.write(index, packet.data, packet.at, packet.duration, keyframe=packet.keyframe)
                _set_alarm(0)
        finally:
            _set_alarm(pushing.wait_seconds)
            file.close()


def _set_alarm(seconds: float) -> None:
    """A deadline that kills this process, which nothing gentler can interrupt; 0 is none."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _messages(pipe: BinaryIO) -> Iterator[bytes]:
    while len(head := pipe.read(_LENGTH.size)) == _LENGTH.size:
        yield pipe.read(_LENGTH.unpack(head)[0])


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
