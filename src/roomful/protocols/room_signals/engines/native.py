"""The server's own media: clients only have to know how to find a way through the net. specs/room-signals.md §4.4."""

from collections.abc import Sequence
from typing import Any

from roomful.media.ice import IceServers
from roomful.protocols.room_signals.engines.seat import Seat


class NativeEngine:
    """`es.icfg`. The offers in `es.sdps` come from the room's connections."""

    def __init__(self, stun: Sequence[str], turn: IceServers) -> None:
        """`stun`: URLs."""
        self._stun = list(stun)
        self._turn = turn

    def payload(self, seat: Seat, now: float) -> dict[str, Any]:
        icfg: dict[str, Any] = {"is": self._stun}
        if turn := self._turn.of(seat.session_id, now):
            icfg["ics"] = [
                {"urls": list(server.urls), "username": server.username, "credential": server.credential}
                for server in turn
            ]
        return {"icfg": icfg}
