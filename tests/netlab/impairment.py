"""What can be wrong with one direction of a host's line, and the count of what went wrong."""

import msgspec


class Impairment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one direction treats its packets; by default as a perfect line. Raises ValueError for what no line can do."""

    loss: float = 0.0
    """Probability, 0 to 1, that a packet vanishes."""
    delay: float = 0.0
    """Seconds every packet takes."""
    jitter: float = 0.0
    """Up to so many seconds more, evenly spread. Packets stay in order: one that is early waits for those before it."""
    reorder: float = 0.0
    """Probability, 0 to 1, that a packet is held back `reorder_by` seconds while those behind it go past."""
    reorder_by: float = 0.02
    """Seconds a reordered packet is held back."""
    duplicate: float = 0.0
    """Probability, 0 to 1, that a packet arrives twice."""
    rate: float | None = None
    """Bits per second of IP packets, or None for a line without limit."""
    queue: float = 0.2
    """Seconds of traffic that may wait for a line with a `rate`; what comes while it is full is dropped."""
    blocks_udp: bool = False
    """Whether a firewall lets no UDP through, and says nothing about it."""

    def __post_init__(self) -> None:
        for name in ("loss", "reorder", "duplicate"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a probability from 0 to 1, not {getattr(self, name)}")
        for name in ("delay", "jitter", "reorder_by", "queue"):
            if getattr(self, name) < 0.0:
                raise ValueError(f"{name} is a time in seconds of at least 0, not {getattr(self, name)}")
        if self.rate is not None and self.rate <= 0.0:
            raise ValueError(f"rate is bits per second above 0 or None, not {self.rate}; to have no network: cut()")


class Counters(msgspec.Struct, frozen=True):
    """What one direction has seen since its host was made."""

    packets: int = 0
    """Packets that came in, whatever became of them."""
    bytes: int = 0
    """Bytes of those packets, with IP headers."""
    lost: int = 0
    """Dropped by `Impairment.loss`."""
    overflowed: int = 0
    """Dropped because the queue before a limited rate was full."""
    cut: int = 0
    """Dropped because the host was cut off."""
    blocked: int = 0
    """Dropped by a firewall."""
    reordered: int = 0
    duplicated: int = 0

    @property
    def dropped(self) -> int:
        """Packets that did not get through, for whatever reason."""
        return self.lost + self.overflowed + self.cut + self.blocked

    def __sub__(self, earlier: "Counters") -> "Counters":
        """What happened since `earlier`."""
        return Counters(*(getattr(self, name) - getattr(earlier, name) for name in self.__struct_fields__))


class HostCounters(msgspec.Struct, frozen=True):
    """Both directions of one host's line: `up` is what the host sent, `down` what was sent to it."""

    up: Counters
    down: Counters

    def __sub__(self, earlier: "HostCounters") -> "HostCounters":
        """What happened since `earlier`."""
        return HostCounters(up=self.up - earlier.up, down=self.down - earlier.down)
