"""Tokens that customers, agents and supervisors get: signed with HMAC-SHA256. specs/monibuca-rooms.md §8.4, §8.6."""

import base64
import hashlib
import hmac
from enum import StrEnum

import msgspec

from roomful.rooms.extension import Code, RoomApiError


class Kind(StrEnum):
    CUSTOMER = "customer"
    """Into the room of one session."""
    AGENT = "agent"
    """For the workplace and the HTTP API."""
    CALL = "call"
    """An agent's, into the room of one session."""
    SUPERVISOR = "supervisor"
    """Into the room of one session, unseen."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says."""

    kind: Kind
    user_id: str
    exp: float
    """Unix seconds."""
    session_id: str = ""
    generation: int = 0
    """Of an agent's password."""


class Tokens:
    """Makes and reads tokens with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, claims: Claims) -> str:
        payload = _encode(msgspec.json.encode(claims))
        return f"{payload}.{self._sign(payload)}"

    def read(self, token: str, now: float) -> Claims | None:
        """None for a token that is none of ours. Raises RoomApiError (TOKEN_EXPIRED)."""
        payload, _, signature = token.partition(".")
        if not token.isascii() or not hmac.compare_digest(self._sign(payload), signature):
            return None
        claims = msgspec.json.decode(_decode(payload), type=Claims)
        if claims.exp <= now:
            raise RoomApiError(Code.TOKEN_EXPIRED, "the link or login is no longer valid")
        return claims

    def _sign(self, payload: str) -> str:
        return _encode(hmac.new(self._key, payload.encode(), hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
