"""Tokens for the room WebSocket, made by the server itself: for trials, and for back ends without a JWT library."""

import jwt
import msgspec

from roomful.auth import Grant, VideoGrant, mint
from roomful.config import Config
from roomful.rooms.extension import Role


class RoomTokens:
    """Signs what this server's verification accepts."""

    def __init__(self, config: Config) -> None:
        self._jwt = config.room.auth.jwt if config.room.auth.mode == "jwt" else None
        self._key = next(iter(config.keys.items()))

    def make(self, room_id: str, user_id: str, user_name: str, role: Role | None, ttl: float, now: float) -> str:
        """A token for one user and one room that is good for `ttl` seconds."""
        if self._jwt is None:
            attributes = {"role": role.value} if role is not None else {}
            grant = Grant(
                identity=user_id,
                name=user_name,
                video=VideoGrant(room_join=True, room=room_id),
                attributes=attributes,
            )
            return mint(grant, *self._key, ttl, now)
        claims = {"sub": user_id, "name": user_name, "room": room_id, "nbf": int(now), "exp": int(now + ttl)}
        if role is not None:
            claims["role"] = role.value
        return jwt.PyJWS().encode(msgspec.json.encode(claims), self._jwt.secret, algorithm=self._jwt.algorithms[0])
