"""The messages between a lab and its link: one JSON request, one JSON reply, each one SOCK_SEQPACKET message."""

import msgspec

from .impairment import HostCounters, Impairment

MAX_MESSAGE = 4096
"""Bytes; no message comes near it."""


class AddLine(msgspec.Struct, frozen=True, tag="add_line"):
    """A new host. The descriptor of its TUN device comes with the message (SCM_RIGHTS)."""

    name: str
    address: str
    seed: str


class Impair(msgspec.Struct, frozen=True, tag="impair"):
    """New impairments of a host; None leaves that direction as it is."""

    name: str
    up: Impairment | None
    down: Impairment | None


class SetCut(msgspec.Struct, frozen=True, tag="set_cut"):
    """Cuts a host off in both directions, or lets it back."""

    name: str
    off: bool


class Move(msgspec.Struct, frozen=True, tag="move"):
    """A host has another address now; what goes to the old one is lost."""

    name: str
    address: str


class SetApart(msgspec.Struct, frozen=True, tag="set_apart"):
    """Divides the network: hosts of different sides do not reach each other. No sides: it is whole again."""

    sides: list[list[str]]


class ReadCounters(msgspec.Struct, frozen=True, tag="read_counters"):
    """Asks for the counters of a host; the reply is a Counted."""

    name: str


class Counted(msgspec.Struct, frozen=True, tag="counted"):
    """The counters of a host."""

    counters: HostCounters


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The request holds from now on."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The request could not be carried out."""

    reason: str


Request = AddLine | Impair | SetCut | Move | SetApart | ReadCounters
Reply = Counted | Done | Failed
