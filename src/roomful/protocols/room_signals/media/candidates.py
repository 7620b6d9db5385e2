"""The ICE candidates of a client, in all forms that `sdp` of an ICE signal may have. specs/room-signals.md §7.4."""

from typing import Any

import msgspec

from roomful.protocols.room_signals.codes import invalid

MAX_PER_CONNECTION = 256
"""More candidates of one client are ignored."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate, or the end of them."""

    text: str
    """`candidate:…`; empty: there are no more."""
    mid: str = ""
    ufrag: str = ""


class _Wire(msgspec.Struct, rename="camel"):
    candidate: str = ""
    sdp_mid: str | None = None
    username_fragment: str | None = None
    ufrag: str | None = None


def read_candidate(sdp: str) -> Candidate:
    """Raises SignalError for what is no candidate."""
    text = sdp.strip()
    if text.startswith("{"):
        try:
            wire = msgspec.json.decode(text, type=_Wire)
        except msgspec.DecodeError as error:
            raise invalid(f"sdp is no candidate: {error}") from None
        ufrag = wire.username_fragment or wire.ufrag or ""
        return Candidate(text=_line(wire.candidate), mid=wire.sdp_mid or "", ufrag=ufrag or _ufrag(wire.candidate))
    return Candidate(text=_line(text), ufrag=_ufrag(text))


def _line(text: str) -> str:
    line = text.strip().removeprefix("a=")
    if line and not line.startswith("candidate:"):
        raise invalid("sdp is no candidate: it begins with `candidate:`")
    if any(letter in line for letter in "\r\n"):
        raise invalid("sdp is one candidate, in one line")
    return line


def _ufrag(text: str) -> str:
    """The extension attribute that browsers add (RFC 5245 §15.1)."""
    words: list[Any] = text.split()
    return words[words.index("ufrag") + 1] if "ufrag" in words[:-1] else ""
