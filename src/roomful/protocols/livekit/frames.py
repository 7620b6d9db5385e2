"""Signalling messages as they travel: protobuf in binary WebSocket frames, protojson in text. specs/livekit.md §3.5."""

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from livekit.protocol import rtc

MAX_MESSAGE_BYTES = 2 * 1024 * 1024


class BadFrame(Exception):
    """A frame that is no SignalRequest. The connection that sent it is closed with 1007."""


class Frame:
    """One SignalResponse, encoded when it is first sent in each form, however many get it."""

    __slots__ = ("_binary", "_text", "message")

    def __init__(self, message: rtc.SignalResponse) -> None:
        self.message = message
        self._binary: bytes | None = None
        self._text: str | None = None

    @property
    def kind(self) -> str:
        """The name of the message in the oneof, `update` for instance."""
        return self.message.WhichOneof("message") or ""

    def binary(self) -> bytes:
        if self._binary is None:
            self._binary = self.message.SerializeToString()
        return self._binary

    def text(self) -> str:
        if self._text is None:
            self._text = json_format.MessageToJson(self.message, indent=None)
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
