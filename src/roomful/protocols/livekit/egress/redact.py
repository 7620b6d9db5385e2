"""What others may see of a request: everything but its secrets. specs/livekit.md §6.1."""

from typing import TypeVar, cast
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from google.protobuf.message import Message

_SECRET_FIELDS = {
    "S3Upload": ("access_key", "secret", "session_token", "assume_role_arn", "assume_role_external_id"),
    "GCPUpload": ("credentials",),
    "AzureBlobUpload": ("account_name", "account_key"),
    "AliOSSUpload": ("access_key", "secret"),
    "ProxyConfig": ("username", "password"),
}

_URL_FIELDS = frozenset(
    {
        ("StreamOutput", "urls"),
        ("StreamDestination", "url"),
        ("TrackEgressRequest", "websocket_url"),
    }
)

SHOWN = 3
"""Letters of a stream key that are shown at either end, if it is long enough to have some left."""

AnyMessage = TypeVar("AnyMessage", bound=Message)


def redacted(message: AnyMessage) -> AnyMessage:
    """Return a copy with `{access_key}` and the like in place of secrets, and stream keys shortened."""
    copy = type(message)()
    copy.CopyFrom(message)
    _redact(copy)
    return copy


def redacted_url(url: str) -> str:
    """Return the URL of a stream with `{abc...xyz}` for its key: the last part of its path, and values of its query."""
    parts = urlsplit(url)
    folder, _, key = parts.path.rpartition("/")
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(f"{name}={_shortened(value)}" for name, value in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, host, f"{folder}/{_shortened(key)}" if key else parts.path, query, ""))


def _shortened(secret: str) -> str:
    if len(secret) < 4 * SHOWN:
        return "{...}"
    return f"{{{secret[:SHOWN]}...{secret[-SHOWN:]}}}"


def _redact(message: Message) -> None:
    name = message.DESCRIPTOR.name
    for field in _SECRET_FIELDS.get(name, ()):
        if getattr(message, field):
            setattr(message, field, f"{{{field}}}")
    for field, value in message.ListFields():
        if (name, field.name) in _URL_FIELDS:
            if field.is_repeated:
                value[:] = [redacted_url(url) for url in value]
            else:
                setattr(message, field.name, redacted_url(value))
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for inner in value if field.is_repeated else [value]:
                _redact(cast(Message, inner))
