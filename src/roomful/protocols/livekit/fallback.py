"""From UDP to TCP to relays over TLS, for who has no luck with the last. specs/livekit.md §3.30."""

from collections.abc import Sequence
from typing import TypeAlias

from livekit.protocol import rtc

Only: TypeAlias = rtc.CandidateProtocol

SHORT_LIFE = 90.0
"""Seconds; media that fails sooner is not worth another try of the same kind."""
SOON = 60.0
"""Seconds; nor is it after a second failure within them."""
SIGNAL_HEALTHY = 10.0
"""Seconds within which the client spoke, two pings' time: else its whole network is gone, which says nothing of UDP."""
MAX_REMEMBERED = 1000
"""Identities of one room whose way is remembered."""


def ladder(*, tcp: bool, tls: bool) -> Sequence[rtc.CandidateProtocol]:
    """What is tried, in this order. UDP is no limit."""
    return (Only.UDP, *((Only.TCP,) if tcp else ()), *((Only.TLS,) if tls else ()))


class Fallback:
    """What the identities of one room are able to, as far as is known; UDP is all."""

    def __init__(self, ways: Sequence[rtc.CandidateProtocol]) -> None:
        """`ways`: those there are, see `ladder`."""
        self._ways = ways
        self._chosen: dict[str, rtc.CandidateProtocol] = {}
        self._failed_at: dict[str, float] = {}

    def of(self, identity: str) -> rtc.CandidateProtocol:
        return self._chosen.get(identity, Only.UDP)

    def choose(self, identity: str, way: rtc.CandidateProtocol) -> None:
        if way == Only.UDP:
            self._chosen.pop(identity, None)
        elif identity in self._chosen or len(self._chosen) < MAX_REMEMBERED:
            self._chosen[identity] = way

    def on_failure(self, identity: str, lived: float, now: float) -> rtc.CandidateProtocol:
        """The media of an identity failed `lived` seconds after it was up; returns what to use from now on.

        After the last way comes the first again: nobody is left with one that does not work.
        """
        again = now - self._failed_at.get(identity, float("-inf")) <= SOON
        current = self.of(identity)
        if lived < SHORT_LIFE or again:
            self._failed_at.pop(identity, None)
            place = self._ways.index(current) if current in self._ways else -1
            self.choose(identity, self._ways[(place + 1) % len(self._ways)])
        elif identity in self._failed_at or len(self._failed_at) < MAX_REMEMBERED:
            self._failed_at[identity] = now
        return self.of(identity)
