"""One direction of a line: decides when a packet comes out, if it does. Time is an argument, the dice are seeded."""

import random

from .impairment import Counters, Impairment


class Direction:
    """Applies an Impairment to packets one after the other.

    The same seed and the same packets at the same times meet the same fate in every run.
    """

    def __init__(self, seed: str) -> None:
        self._dice = random.Random(seed)
        self._impairment = Impairment()
        self._is_perfect = True
        self._cut_off = False
        self._idle_from = 0.0
        self._last_out = 0.0
        self._packets = self._bytes = self._lost = self._overflowed = self._cut = self._blocked = 0
        self._reordered = self._duplicated = 0

    def impair(self, impairment: Impairment) -> None:
        """Treats packets so from now on; those already under way keep the time they were given."""
        self._impairment = impairment
        self._is_perfect = impairment == Impairment()
        if impairment.rate is None:
            self._idle_from = 0.0

    def cut(self, *, off: bool) -> None:
        """Drops everything (`off` true) or goes back to the impairment that was set (`off` false)."""
        self._cut_off = off

    def admit(self, size: int, now: float, *, is_udp: bool = True) -> tuple[float, ...]:
        """Takes a packet of `size` bytes; answers the times it comes out: none if dropped, two if duplicated.

        `now` is in seconds and never goes back between two calls.
        """
        self._packets += 1
        self._bytes += size
        if self._cut_off:
            self._cut += 1
            return ()
        if is_udp and self._impairment.blocks_udp:
            self._blocked += 1
            return ()
        if self._is_perfect and now >= self._last_out:
            return (now,)
        return self._impaired(size, now)

    def drop_cut(self) -> bool:
        """Whether a packet that is coming out just now falls into the cut; counted when it does."""
        if self._cut_off:
            self._cut += 1
        return self._cut_off

    def _impaired(self, size: int, now: float) -> tuple[float, ...]:
        bad, random_value = self._impairment, self._dice.random
        if bad.loss and random_value() < bad.loss:
            self._lost += 1
            return ()
        out = now
        if bad.rate is not None:
            start = max(now, self._idle_from)
            if start - now > bad.queue:
                self._overflowed += 1
                return ()
            out = self._idle_from = start + size * 8 / bad.rate
        out += bad.delay
        if bad.jitter:
            out += random_value() * bad.jitter
        if bad.reorder and random_value() < bad.reorder:
            self._reordered += 1
            out += bad.reorder_by
        else:
            out = self._last_out = max(out, self._last_out)
        if bad.duplicate and random_value() < bad.duplicate:
            self._duplicated += 1
            return (out, out)
        return (out,)

    @property
    def counters(self) -> Counters:
        """What this direction has seen since it was made."""
        return Counters(
            packets=self._packets,
            bytes=self._bytes,
            lost=self._lost,
            overflowed=self._overflowed,
            cut=self._cut,
            blocked=self._blocked,
            reordered=self._reordered,
            duplicated=self._duplicated,
        )
