"""ICE candidates of clients. The server's own are in its descriptions, from the first on. specs/livekit.md §3.30."""

from collections.abc import Callable
from typing import TypeAlias

import msgspec
from livekit.protocol import rtc

MAX_PER_DESCRIPTION = 256
"""Candidates taken from a client after each of its descriptions; more are ignored."""


Only: TypeAlias = rtc.CandidateProtocol
"""What a client is able to: UDP is no limit, TCP is TCP alone, TLS is relays alone."""


class _CandidateInit(msgspec.Struct):
    candidate: str = ""


_decoder = msgspec.json.Decoder(_CandidateInit)


class BadCandidate(ValueError):
    """A `candidateInit` that is not the JSON it should be."""


def read_candidate(trickle: rtc.TrickleRequest) -> str:
    """The candidate line of a client's trickle; empty when it has no more. Raises BadCandidate."""
    try:
        return _decoder.decode(trickle.candidateInit).candidate
    except (msgspec.MsgspecError, RecursionError):
        raise BadCandidate("cannot decode candidateInit") from None


def is_allowed(candidate: str, only: Only) -> bool:
    """Say whether a candidate line, with `candidate:` or without, can be used; the end of candidates always can."""
    words = candidate.split()
    if not words or only == Only.UDP:
        return True
    if only == Only.TCP:
        return len(words) > 2 and words[2].lower() == "tcp"
    return "relay" in words


def described(sdp: str, only: Only) -> str:
    """A description of our own, with the candidates that the client may use. Its relays may use any."""
    return _kept(sdp, lambda candidate: only == Only.TLS or is_allowed(candidate, only), only)


def heard(sdp: str, only: Only) -> str:
    """A description of the client's, with the candidates that it may use."""
    return _kept(sdp, lambda candidate: is_allowed(candidate, only), only)


def _kept(sdp: str, keeps: Callable[[str], bool], only: Only) -> str:
    if only == Only.UDP:
        return sdp
    lines = sdp.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("a=candidate:") or keeps(line))
