"""`custom`: free data between members, and the application's data of other protocols. specs/monibuca-rooms.md §3.3."""

import base64
from typing import Any

import msgspec

from roomful.rooms.events import DataReceived
from roomful.rooms.extension.reading import read_json

TOPIC = "monibuca.custom"
"""Of our data for others; LiveKit clients see it as `topic` of the data packet, with JSON as payload."""


def payload_of(data: Any) -> bytes:
    return msgspec.json.encode(data)


def custom_fields(event: DataReceived) -> dict[str, Any] | None:
    """What our clients are told; None for envelopes that are another protocol's own."""
    if event.envelope:
        return None
    fields = {"user_id": "" if event.sender_hidden else event.identity, "data": _data(event.payload)}
    return fields if event.topic == TOPIC else {**fields, "topic": event.topic}


def _data(payload: bytes) -> Any:
    """JSON if it is JSON, else text if it is text, else the bytes in base64."""
    try:
        return read_json(payload)
    except ValueError:
        pass
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(payload).decode()}
