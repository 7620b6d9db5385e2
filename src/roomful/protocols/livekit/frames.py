"""Signalling messages as they travel: protobuf in binary WebSocket frames, protojson in text. specs/livekit.md §3.5."""

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from livekit.protocol import rtc

from roomful.sockets import binary_frame, text_frame

MAX_MESSAGE_BYTES = 2 * 1024 * 1024


class BadFrame(Exception):
    """A frame that is no SignalRequest. The connection that sent it is closed with 1007."""


class Frame:
    """One SignalResponse, encoded and framed when it is first sent in each form, however many get it."""

    __slots__ = ("_binary", "_text", "message")

    def __init__(self, message: rtc.SignalResponse) -> None:
        self.message = message
        self._binary: bytes | None = None
        self._text: bytes | None = None

    @property
    def kind(self) -> str:
        """The name of the message in the oneof, `update` for instance."""
        return self.message.WhichOneof("message") or ""

    def as_binary(self) -> bytes:
        """The WebSocket frame with the message as protobuf."""
        if self._binary is None:
            self._binary = binary_frame(self.message.SerializeToString())
        return self._binary

    def as_text(self) -> bytes:
        """The WebSocket frame with the message as protojson."""
        if self._text is None:
            self._text = text_frame(json_format.MessageToJson(self.message, indent=None).encode())
        return self._text


def decode_request(data: bytes | str) -> rtc.SignalRequest:
    """Decode what a client sent: bytes are protobuf, text is protojson. Raises BadFrame."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise BadFrame("message too large")
    request = rtc.SignalRequest()
    try:
        if isinstance(data, str):
            json_format.Parse(data, request, ignore_unknown_fields=True)
        else:
            request.ParseFromString(data)
    except (DecodeError, json_format.ParseError, RecursionError, ValueError) as error:
        raise BadFrame(f"not a signal request: {type(error).__name__}") from None
    return request
