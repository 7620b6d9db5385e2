"""Messages on the wire, as JSON or as protobuf. specs/livekit.md §1.1.

JSON that comes in may have camelCase or snake_case names and unknown fields. JSON that goes out has snake_case names
and every field, those that hold nothing included: messages that are not set are `null`.
"""

import json
from enum import Enum
from typing import Any, TypeVar, cast

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from roomful.protocols.livekit.room_service.errors import Code, TwirpError

Request = TypeVar("Request", bound=Message)


class Encoding(Enum):
    """How a call is written; the answer is written alike. The value is the content type."""

    JSON = "application/json"
    PROTOBUF = "application/protobuf"

    @classmethod
    def of(cls, content_type: str) -> "Encoding | None":
        """The encoding of a Content-Type header, whatever parameters it has."""
        kind = content_type.partition(";")[0].strip().lower()
        return next((encoding for encoding in cls if encoding.value == kind), None)


def decode(body: bytes, kind: type[Request], encoding: Encoding) -> Request:
    """Raises TwirpError (malformed)."""
    if encoding is Encoding.PROTOBUF:
        try:
            return kind.FromString(body)
        except DecodeError:
            raise TwirpError(Code.MALFORMED, "the protobuf request could not be decoded") from None
    try:
        plain = json.loads(body)
        if isinstance(plain, dict):  # protobuf's own parser lets `[]` pass for an empty message
            return json_format.ParseDict(cast(dict[str, Any], plain), kind(), ignore_unknown_fields=True)
    except (json_format.ParseError, ValueError, RecursionError):
        pass
    raise TwirpError(Code.MALFORMED, "the json request could not be decoded")


def encode(message: Message, encoding: Encoding) -> bytes:
    if encoding is Encoding.PROTOBUF:
        return message.SerializeToString()
    return json.dumps(to_json(message), ensure_ascii=False, separators=(",", ":")).encode()


def to_json(message: Message) -> dict[str, Any]:
    """The message as plain values, complete."""
    plain = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return _with_nulls(message, plain)


def _with_nulls(message: Message, plain: dict[str, Any]) -> dict[str, Any]:
    for field in message.DESCRIPTOR.fields:
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        if field.is_repeated:
            for inner, inner_plain in zip(getattr(message, field.name), plain[field.name], strict=True):
                _with_nulls(inner, inner_plain)
        elif message.HasField(field.name):
            _with_nulls(getattr(message, field.name), plain[field.name])
        elif field.containing_oneof is None:  # of a oneof that is not set, any member could be meant
            plain[field.name] = None
    return plain
