"""ICE candidates of clients. The server's own are in its descriptions, from the first on. specs/livekit.md §3.30."""

import msgspec
from livekit.protocol import rtc

MAX_PER_DESCRIPTION = 256
"""Candidates taken from a client after each of its descriptions; more are ignored."""


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
