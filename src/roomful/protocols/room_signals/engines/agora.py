"""Rooms whose media go through Agora: the channel is the room. specs/room-signals.md §4.4."""

import hashlib
import secrets
from typing import Any

from roomful.protocols.room_signals.engines.access_token import Privilege, build_token
from roomful.protocols.room_signals.engines.seat import TOKEN_SECONDS, Seat

_MAX_SALT = 99_999_999


class AgoraEngine:
    """Tokens signed by the certificate of an Agora project."""

    def __init__(self, app_id: str, certificate: str) -> None:
        self._app_id = app_id
        self._certificate = certificate

    def payload(self, seat: Seat, now: float) -> dict[str, Any]:
        uid = uid_of(seat.session_id)
        token = build_token(
            self._app_id,
            self._certificate,
            channel=seat.room,
            uid=uid,
            privileges=list(Privilege) if seat.publishes else [Privilege.JOIN_CHANNEL],
            seconds=TOKEN_SECONDS,
            now=int(now),
            salt=1 + secrets.randbelow(_MAX_SALT),
        )
        return {
            "appId": self._app_id,
            "channel": seat.room,
            "uid": uid,
            "token": token,
            "role": "host" if seat.publishes else "audience",
        }


def uid_of(session_id: str) -> int:
    """The number of a session at Agora, 1 … 2³²-1: the same at each join, as Agora tells its users apart by it."""
    return int.from_bytes(hashlib.sha256(session_id.encode()).digest()[:4], "big") or 1
