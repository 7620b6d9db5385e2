"""The body of a webhook, and the token that proves who sent it. specs/livekit.md §4.1."""

import base64
import hashlib
import json

import jwt
from google.protobuf import json_format
from livekit.protocol.webhook import WebhookEvent

VALID_SECONDS = 300


def encode(event: WebhookEvent) -> str:
    """Protojson: names in camelCase, no default values, 64-bit numbers as text."""
    return json.dumps(json_format.MessageToDict(event), ensure_ascii=False, separators=(",", ":"))


def sign(body: bytes, key: str, secret: str, now: float) -> str:
    """The value of the `Authorization` header, which has no `Bearer` before it. `now` is unix seconds."""
    issued = int(now)
    claims = {
        "iss": key,
        "iat": issued,
        "nbf": issued,
        "exp": issued + VALID_SECONDS,
        # Padded, and in the standard alphabet: some receivers compare the text.
        "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
    }
    return jwt.encode(claims, secret, algorithm="HS256")
