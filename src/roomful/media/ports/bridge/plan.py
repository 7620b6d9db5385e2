"""What the worker of a bridge is told: first the plan, then what happens in the room, each as one line of JSON."""

from typing import TypeAlias

import msgspec


class BridgePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Which room of peers, and how it is reached."""

    ticket: str = ""
    """Empty: a new room of peers."""
    allow: list[str]
    """Ids of the endpoints that media connections are taken from and made to; `*` stands for all."""
    offline: bool = False
    """Neither relays nor lookup: only addresses one is told."""
    bind: str = ""
    """Address to bind to, without a port; empty: all."""
    peers: list[str] = []
    """Where some peers are, as `ID@IP:PORT`."""

    @property
    def allows_all(self) -> bool:
        return "*" in self.allow

    def allows(self, peer: str) -> bool:
        return self.allows_all or peer in self.allow


class Arrived(msgspec.Struct, frozen=True, kw_only=True, tag="arrived"):
    """Somebody is in the room."""

    sid: str
    name: str


class Renamed(msgspec.Struct, frozen=True, kw_only=True, tag="renamed"):
    sid: str
    name: str


class Left(msgspec.Struct, frozen=True, kw_only=True, tag="left"):
    sid: str


class Said(msgspec.Struct, frozen=True, kw_only=True, tag="said"):
    """Somebody wrote to everybody."""

    sid: str
    text: str


class Admitted(msgspec.Struct, frozen=True, kw_only=True, tag="admitted"):
    """A peer is a participant now: what it sends is wanted."""

    peer: str


class Dismissed(msgspec.Struct, frozen=True, kw_only=True, tag="dismissed"):
    """A peer is no participant any more: what it sends is not wanted."""

    peer: str


Command: TypeAlias = Arrived | Renamed | Left | Said | Admitted | Dismissed
