"""Whether a participant is still there: losing the signal is no departure. specs/livekit.md §3.29."""

from enum import Enum, auto

FAILED_AFTER = 5.0
"""Seconds from the engine's `disconnected` (10 s of silence) until the transport counts as failed."""
RESUME_GRACE = 5.0
"""Seconds a participant with a failed transport is kept for a resume."""
RECOVERY_TIME = 15.0
"""Seconds a resumed client has to bring its media back: as long as clients wait for it themselves."""
GOODBYE_GRACE = 1.0
"""Seconds between the end of a peer connection and the departure: the client's own good-bye may be on its way."""


class Verdict(Enum):
    ACTIVATE = auto()
    """The participant's media is up for the first time."""
    ASK_TO_RESUME = auto()
    """Tell the client that its media failed, close its signal connection, keep the participant a little longer."""
    REMOVE_UNSEEN = auto()
    """It is gone before its media was ever up."""
    REMOVE_LOST = auto()
    """Its media failed and nobody came back for it."""


class _Transport(Enum):
    UP = auto()
    SILENT = auto()
    GONE = auto()


class Liveness:
    """Follows the signal connection and the peer connections of one participant.

    Every method says what has to be done, if anything; `due` says when to call `on_time`.
    """

    __slots__ = ("_asked", "_primary", "_transports", "due")

    def __init__(self, primary: int) -> None:
        """`primary` is the peer whose connection makes the participant active."""
        self._primary = primary
        self._transports: dict[int, _Transport] = {}
        """Of the peers that have been up."""
        self._asked = False
        """The client was asked to resume and has not."""
        self.due: float | None = None

    @property
    def was_active(self) -> bool:
        return self._primary in self._transports

    @property
    def can_resume(self) -> bool:
        """Whether the media a resume would continue is still there."""
        return self.was_active and _Transport.GONE not in self._transports.values()

    @property
    def is_silent(self) -> bool:
        """Whether nothing has been heard of the media for a while."""
        return _Transport.SILENT in self._transports.values()

    def on_peer_up(self, peer: int) -> Verdict | None:
        """ICE and DTLS are up, or traffic came back."""
        first = not self.was_active
        self._transports[peer] = _Transport.UP
        if all(transport is _Transport.UP for transport in self._transports.values()):
            self.due, self._asked = None, False
        return Verdict.ACTIVATE if first and peer == self._primary else None

    def on_peer_silent(self, peer: int, now: float) -> None:
        """Nothing has been received on this peer connection for 10 s."""
        if self._transports.get(peer) is _Transport.UP:
            self._transports[peer] = _Transport.SILENT
            self.due = now + FAILED_AFTER if self.due is None else self.due

    def on_peer_gone(self, peer: int, now: float) -> Verdict | None:
        """The peer connection has ended for good, on either side."""
        if peer not in self._transports:  # it never came up; only the primary has to
            return Verdict.REMOVE_UNSEEN if peer == self._primary else None
        self._transports[peer] = _Transport.GONE
        self.due = now + GOODBYE_GRACE
        return None

    def on_signal_lost(self) -> Verdict | None:
        return None if self.was_active else Verdict.REMOVE_UNSEEN

    def on_resumed(self, now: float) -> None:
        """A new signal connection took over."""
        self._asked = False
        if self.due is not None:
            self.due = now + RECOVERY_TIME

    def on_time(self, now: float) -> Verdict | None:
        """Look whether `due` has come."""
        if self.due is None or now < self.due:
            return None
        self.due = None
        if self._asked or _Transport.GONE in self._transports.values():
            return Verdict.REMOVE_LOST
        self._asked = True
        self.due = now + RESUME_GRACE
        return Verdict.ASK_TO_RESUME
