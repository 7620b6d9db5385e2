"""Who is to be let into an engine's room, and as what."""

import msgspec

TOKEN_SECONDS = 6 * 3600
"""How long the token of an engine lets its bearer in. Clients get another one by sending JOIN again."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One session of a room, as an engine has to know it."""

    room: str
    """`rid`"""
    user_id: str
    session_id: str
    name: str = ""
    publishes: bool = False
    """It is publisher or admin; others only receive."""
    origin: str = ""
    """Scheme and host by which the client reached this server, as `wss://example.com`."""
