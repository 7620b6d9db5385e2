"""Rooms whose media go through 100ms. specs/room-signals.md §4.4; 100ms, "Authentication and tokens"."""

from collections.abc import Mapping
from typing import Any

import jwt

from roomful.protocols.room_signals.engines.seat import TOKEN_SECONDS, Seat
from roomful.rooms.ids import new_id


class HundredMsEngine:
    """Auth tokens signed by the app secret of a 100ms workspace."""

    def __init__(self, access_key: str, secret: str, rooms: Mapping[str, str]) -> None:
        """`rooms` maps `rid` to the id of a room at 100ms; of others the `rid` is that id."""
        self._access_key = access_key
        self._secret = secret
        self._rooms = dict(rooms)

    def payload(self, seat: Seat, now: float) -> dict[str, Any]:
        room_id = self._rooms.get(seat.room, seat.room)
        role = "host" if seat.publishes else "guest"
        claims = {
            "access_key": self._access_key,
            "type": "app",
            "version": 2,
            "room_id": room_id,
            "user_id": seat.user_id,
            "role": role,
            "jti": new_id(""),
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + TOKEN_SECONDS,
        }
        return {"roomId": room_id, "role": role, "token": jwt.encode(claims, self._secret, algorithm="HS256")}
