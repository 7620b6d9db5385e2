"""One RTMP connection of a publisher, sans-IO: bytes in, events and bytes out."""

import os
import struct
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from roomful.media.ports.rtmp import amf
from roomful.media.ports.rtmp.chunks import MAX_CHUNK, BadChunk, ChunkReader, Message, write

VERSION = 3
HANDSHAKE = 1536
WINDOW = 2_500_000
"""Bytes after which the publisher and we acknowledge what came."""

CHUNK = 4096
"""Bytes of the chunks that we send."""

MAX_BEFORE_PUBLISHING = 256 * 1024
"""Bytes that somebody may send who does not publish yet."""

_SET_CHUNK, _ABORT, _ACK, _CONTROL, _WINDOW, _BANDWIDTH = 1, 2, 3, 4, 5, 6
_AUDIO, _VIDEO, _COMMAND_3, _COMMAND = 8, 9, 17, 20
_PING, _PONG, _STREAM_BEGINS = 6, 7, 0
_CONTROL_STREAM, _COMMAND_STREAM, _STATUS_STREAM = 2, 3, 5
_MEDIA = 1
"""Number of the only message stream there is."""


class BadRtmp(ValueError):
    """The other side does not speak RTMP, or not as a publisher; the connection is of no use."""


class PublishAsked(msgspec.Struct, frozen=True):
    """Somebody wants to publish: answer with `accept` or `refuse`."""

    app: str
    key: str


class Audio(msgspec.Struct, frozen=True):
    """An FLV audio tag's body. `time` is in ms."""

    time: int
    data: bytes


class Video(msgspec.Struct, frozen=True):
    """An FLV video tag's body. `time` is in ms, of decoding."""

    time: int
    data: bytes


class Ended(msgspec.Struct, frozen=True):
    """The publisher has said that it is done."""


Event: TypeAlias = PublishAsked | Audio | Video | Ended


class RtmpSession:
    """From the first byte to the last."""

    def __init__(self) -> None:
        self._handshake: bytearray | None = bytearray()
        self._greeted = False
        self._chunks = ChunkReader()
        self._out = bytearray()
        self._app = ""
        self._received = self._acknowledged = 0
        self._publishing = False

    def take_output(self) -> bytes:
        """Return what is to be sent."""
        out, self._out = bytes(self._out), bytearray()
        return out

    def receive(self, data: bytes) -> Iterator[Event]:
        """Yield what comes of these bytes.

        Raises:
            BadRtmp: the connection is of no use.
        """
        self._received += len(data)
        if not self._publishing and self._received > MAX_BEFORE_PUBLISHING:
            raise BadRtmp("too much was sent before anything was published")
        if self._handshake is not None:
            self._handshake += data
            data = self._shake_hands(self._handshake)
        try:
            for message in self._chunks.feed(data):
                yield from self._take(message)
        except (BadChunk, amf.BadAmf, struct.error) as error:
            raise BadRtmp(str(error)) from error
        if self._received - self._acknowledged >= WINDOW:
            self._acknowledged = self._received
            self._control(_ACK, struct.pack(">I", self._received & 0xFFFFFFFF))

    def accept(self) -> None:
        """Let the publisher publish."""
        self._publishing = True
        self._control(_CONTROL, struct.pack(">HI", _STREAM_BEGINS, _MEDIA))
        self._status("status", "NetStream.Publish.Start", "publishing")

    def refuse(self, reason: str) -> None:
        """Say why not; the connection should be closed then."""
        self._status("error", "NetStream.Publish.BadName", reason)

    def _shake_hands(self, buffer: bytearray) -> bytes:
        """Answer C0 and C1, wait for C2; return what follows it. Source: RTMP specification §5.2."""
        if buffer and buffer[0] != VERSION:
            raise BadRtmp("this is not RTMP")
        if not self._greeted and len(buffer) > HANDSHAKE:
            self._greeted = True
            own = bytes(8) + os.urandom(HANDSHAKE - 8)
            self._out += bytes([VERSION]) + own + buffer[1 : 1 + HANDSHAKE]
        if len(buffer) < 1 + 2 * HANDSHAKE:
            return b""
        self._handshake = None
        return bytes(buffer[1 + 2 * HANDSHAKE :])

    def _take(self, message: Message) -> Iterator[Event]:
        data = message.data
        match message.kind:
            case 8 if self._publishing:
                yield Audio(message.time, data)
            case 9 if self._publishing:
                yield Video(message.time, data)
            case 20:
                yield from self._command(amf.decode(data))
            case 17:
                yield from self._command(amf.decode(data[1:]))
            case 1:
                (size,) = struct.unpack(">I", data)
                if not 1 <= size <= MAX_CHUNK:
                    raise BadRtmp(f"chunks of {size} bytes; 1 to {MAX_CHUNK} are allowed")
                self._chunks.chunk_size = size
            case 2:
                self._chunks.abort(struct.unpack(">I", data)[0])
            case 4 if data[:2] == struct.pack(">H", _PING):
                self._control(_CONTROL, struct.pack(">H", _PONG) + data[2:6])
            case _:
                pass

    def _command(self, values: list[amf.Value]) -> Iterator[Event]:
        match values:
            case ["connect", float(number), {"app": str(app)}, *_]:
                self._app = app.strip("/")
                self._connected(number)
            case ["createStream", float(number), *_]:
                self._reply(_COMMAND_STREAM, 0, amf.encode("_result", number, None, _MEDIA))
            case ["publish", _, _, str(key), *_]:
                if self._publishing:
                    raise BadRtmp("one connection publishes one stream")
                yield PublishAsked(self._app, key)
            case ["play", *_]:
                raise BadRtmp("nothing is played here: this is for publishers")
            case ["deleteStream" | "closeStream" | "FCUnpublish", *_]:
                yield Ended()
            case _:
                pass  # releaseStream, FCPublish and others that need no answer

    def _connected(self, number: float) -> None:
        self._control(_WINDOW, struct.pack(">I", WINDOW))
        self._control(_BANDWIDTH, struct.pack(">IB", WINDOW, 2))
        self._control(_SET_CHUNK, struct.pack(">I", CHUNK))
        server = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31}
        success = {
            "level": "status",
            "code": "NetConnection.Connect.Success",
            "description": "connected",
            "objectEncoding": 0,
        }
        self._reply(_COMMAND_STREAM, 0, amf.encode("_result", number, server, success))

    def _status(self, level: str, code: str, description: str) -> None:
        status = {"level": level, "code": code, "description": description}
        self._reply(_STATUS_STREAM, _MEDIA, amf.encode("onStatus", 0, None, status))

    def _reply(self, number: int, stream: int, data: bytes) -> None:
        self._out += write(Message(_COMMAND, stream, 0, data), number, CHUNK)

    def _control(self, kind: int, data: bytes) -> None:
        self._out += write(Message(kind, 0, 0, data), _CONTROL_STREAM, CHUNK)
