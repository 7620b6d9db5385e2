"""Tickets: what it takes to join a room (specs/iroh-rooms.md §4)."""

import os
import re
import secrets
from dataclasses import dataclass, replace

from roomful._native import p2p_format_ticket, p2p_parse_ticket, p2p_ticket_from_bytes, p2p_ticket_to_bytes
from roomful.p2p.errors import TicketError
from roomful.p2p.identity import EndpointId

ROOM_VARIABLE = "IROH_LIVE_ROOM"
TOPIC_VARIABLE = "IROH_LIVE_TOPIC"


@dataclass(frozen=True, slots=True)
class RoomTicket:
    """A room's topic and peers to begin with. Whoever has it can join: treat it as a secret."""

    topic_id: bytes
    """32 bytes."""

    bootstrap: tuple[EndpointId, ...] = ()

    def __post_init__(self) -> None:
        if len(self.topic_id) != 32:
            raise TicketError(f"a topic has 32 bytes, not {len(self.topic_id)}")

    @classmethod
    def new(cls, topic_id: bytes, bootstrap: tuple[EndpointId, ...] = ()) -> "RoomTicket":
        """A ticket for this topic, with these peers to begin with."""
        return cls(topic_id, bootstrap)

    @classmethod
    def generate(cls) -> "RoomTicket":
        """A room of its own, with nobody in it yet."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> "RoomTicket":
        """From `room…`. Raises TicketError, which says what is wrong with the text."""
        try:
            return cls._of(p2p_parse_ticket(text))
        except ValueError as error:
            raise TicketError(str(error)) from None

    @classmethod
    def from_env(cls) -> "RoomTicket":
        """The ticket in IROH_LIVE_ROOM, else the topic in IROH_LIVE_TOPIC, else a new room.

        Raises:
            TicketError: a variable is set to something else.
        """
        if ticket := os.environ.get(ROOM_VARIABLE):
            return cls.parse(ticket)
        if topic := os.environ.get(TOPIC_VARIABLE):
            if not re.fullmatch("[0-9a-f]{64}", topic):
                raise TicketError(f"{TOPIC_VARIABLE} is not 64 lowercase hex digits")
            return cls(bytes.fromhex(topic))
        return cls.generate()

    @classmethod
    def from_bytes(cls, data: bytes) -> "RoomTicket":
        """Raises TicketError."""
        try:
            return cls._of(p2p_ticket_from_bytes(data))
        except ValueError as error:
            raise TicketError(str(error)) from None

    @classmethod
    def _of(cls, parts: tuple[bytes, list[bytes]]) -> "RoomTicket":
        topic, bootstrap = parts
        return cls(topic, tuple(EndpointId(raw) for raw in bootstrap))

    def to_bytes(self) -> bytes:
        return p2p_ticket_to_bytes(self.topic_id, [peer.raw for peer in self.bootstrap])

    def with_bootstrap(self, *ids: EndpointId) -> "RoomTicket":
        """The same room, with other peers to begin with."""
        return replace(self, bootstrap=ids)

    def __str__(self) -> str:
        return p2p_format_ticket(self.topic_id, [peer.raw for peer in self.bootstrap])
