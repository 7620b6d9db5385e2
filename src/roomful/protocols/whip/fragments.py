"""ICE candidates and credentials as PATCH carries them: `application/trickle-ice-sdpfrag`. RFC 8840, RFC 9725 §4.3."""

import re
from collections.abc import Sequence

import msgspec

from roomful.protocols.whip.problems import bad_request

MAX_CANDIDATES = 256
"""Candidates taken from one fragment."""


_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """What one PATCH says."""

    ufrag: str = ""
    password: str = ""
    candidates: tuple[str, ...] = ()
    """`candidate:…`"""
    end: bool = False
    """There will be no more."""

    @classmethod
    def parse(cls, text: str) -> "Fragment":
        """Raises Problem (400) for what is no fragment, or says two different things."""
        ufrags: set[str] = set()
        passwords: set[str] = set()
        candidates: list[str] = []
        end = False
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name == "a=ice-ufrag":
                ufrags.add(value)
            elif name == "a=ice-pwd":
                passwords.add(value)
            elif name == "a=candidate":
                candidates.append(line.removeprefix("a="))
            elif name == "a=end-of-candidates":
                end = True
            elif line[1:2] not in ("=", ""):
                raise bad_request("the body is not an SDP fragment")
        if len(ufrags) > 1 or len(passwords) > 1 or len(ufrags) != len(passwords):
            raise bad_request("a fragment has one ice-ufrag and one ice-pwd, or neither")
        ufrag, password = "".join(ufrags), "".join(passwords)
        if ufrags and not (_UFRAG.fullmatch(ufrag) and _PASSWORD.fullmatch(password)):
            raise bad_request("ice-ufrag has 4 characters or more, ice-pwd 22 or more (RFC 8839 §5.4)")
        if not (ufrags or candidates or end):
            raise bad_request("the fragment says nothing")
        return cls(
            ufrag=ufrag,
            password=password,
            # The sections of a bundle repeat each other's.
            candidates=tuple(dict.fromkeys(candidates))[:MAX_CANDIDATES],
            end=end,
        )


def write(mid: str, media: str, ufrag: str, password: str, candidates: Sequence[str]) -> str:
    """Our side of an ICE restart. `media` is the `m=` line of the section with this `mid`, the bundle's first."""
    lines = [
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        media,
        f"a=mid:{mid}",
        *(f"a={candidate}" for candidate in candidates),
        "a=end-of-candidates",
    ]
    return "".join(f"{line}\r\n" for line in lines)
