"""The same room by LiveKit's protocol: such a client goes on with a LiveKit SDK. specs/room-signals.md §4.4."""

from typing import Any

from roomful.auth import Grant, VideoGrant, mint
from roomful.protocols.room_signals.engines.seat import TOKEN_SECONDS, Seat


class LiveKitEngine:
    """Tokens of this server's own API key, for its own LiveKit endpoint."""

    def __init__(self, key: str, secret: str) -> None:
        self._key = key
        self._secret = secret

    def payload(self, seat: Seat, now: float) -> dict[str, Any]:
        grant = Grant(
            identity=seat.session_id,
            name=seat.name,
            video=VideoGrant(room_join=True, room=seat.room, can_publish=seat.publishes),
        )
        token = mint(grant, self._key, self._secret, TOKEN_SECONDS, now)
        return {"url": seat.origin, "room": seat.room, "identity": seat.session_id, "token": token}
