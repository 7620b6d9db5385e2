"""What the worker of a bridge reports: its status, and what peers do."""

from typing import TypeAlias

import msgspec

from roomful.media.ports.worker.states import KeyframeWanted, WorkerStatus


class BridgeStatus(WorkerStatus, frozen=True, kw_only=True, tag="status"):
    """How the bridge is."""

    ticket: str = ""
    """For others to join the room of peers with, by way of this bridge."""
    endpoint: str = ""
    """`ID@IP:PORT` for those who cannot look it up."""


class PeerArrived(msgspec.Struct, frozen=True, kw_only=True, tag="peer_arrived"):
    """A peer asks to be a participant. Told again when its name changes."""

    peer: str
    """Endpoint id, 64 hex digits."""
    name: str


class PeerLeft(msgspec.Struct, frozen=True, kw_only=True, tag="peer_left"):
    peer: str


class PeerSaid(msgspec.Struct, frozen=True, kw_only=True, tag="peer_said"):
    peer: str
    text: str


class Unbridgeable(msgspec.Struct, frozen=True, kw_only=True, tag="unbridgeable"):
    """Something cannot cross without transcoding."""

    who: str
    """Endpoint id or participant sid."""
    what: str


PeerReport: TypeAlias = PeerArrived | PeerLeft | PeerSaid | Unbridgeable
Report: TypeAlias = BridgeStatus | KeyframeWanted | PeerReport
