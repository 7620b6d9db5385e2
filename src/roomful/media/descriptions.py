"""Session descriptions as far as Python has to understand and change them; the engine does the rest. RFC 8866."""

import re
from collections.abc import Iterable

import msgspec

from roomful.rooms.model import TrackKind

_KINDS = {"m=audio ": TrackKind.AUDIO, "m=video ": TrackKind.VIDEO}
_SENDING = {"a=sendrecv": True, "a=sendonly": True, "a=recvonly": False, "a=inactive": False}
_RECEIVING = {"a=sendrecv": True, "a=sendonly": False, "a=recvonly": True, "a=inactive": False}
_BUNDLE_ONLY = "a=bundle-only"
_ICE = ("a=ice-ufrag:", "a=ice-pwd:", "a=candidate:", "a=end-of-candidates")


class BadDescription(ValueError):
    """A text is no session description; the message says why."""


class Section(msgspec.Struct, frozen=True):
    """One media section."""

    lines: tuple[str, ...]

    @property
    def kind(self) -> TrackKind | None:
        return next((kind for start, kind in _KINDS.items() if self.lines[0].startswith(start)), None)

    @property
    def sends(self) -> bool:
        return self.kind is not None and not self.is_refused and self._direction(_SENDING)

    @property
    def receives(self) -> bool:
        return self.kind is not None and not self.is_refused and self._direction(_RECEIVING)

    @property
    def rids(self) -> tuple[str, ...]:
        """Simulcast layers that the writer sends, in its order (RFC 8851)."""
        return tuple(value.split(" ")[0] for value in self.values("rid") if " send" in value)

    @property
    def track_id(self) -> str | None:
        """Of `a=msid` (RFC 8830) or the older `a=ssrc:… msid:…`; empty if it names a stream alone."""
        of_ssrc = (value.split(" msid:", 1)[1] for value in self.values("ssrc") if " msid:" in value)
        value = next(iter(self.values("msid")), None) or next(of_ssrc, None)
        return None if value is None else "".join(value.split()[1:2])

    @property
    def codecs(self) -> tuple[str, ...]:
        """MIME types in lower case, preferred first."""
        named = {
            payload_type: name for payload_type, _, name in (value.partition(" ") for value in self.values("rtpmap"))
        }
        kind = self.kind
        return tuple(
            f"{kind.value}/{named[payload_type].partition('/')[0].lower()}"
            for payload_type in self.lines[0].split()[3:]
            if kind is not None and payload_type in named
        )

    def opus_parameter(self, name: str) -> bool:
        """Say whether the offer's format parameters of Opus set this one to 1 (RFC 7587 §6.1)."""
        opus = [value.split(" ")[0] for value in self.values("rtpmap") if " opus/" in value.lower()]
        formats = [value for value in self.values("fmtp") if value.split(" ")[0] in opus]
        return any(re.search(rf"(?:^|[ ;]){name}=1(?:;|$)", value) for value in formats)

    @property
    def is_refused(self) -> bool:
        """In an offer port 0 may also mean that the section is nothing but part of a bundle (RFC 9143 §7.2.1)."""
        return self.lines[0].split(" ")[1:2] == ["0"] and _BUNDLE_ONLY not in self.lines

    def without_candidates(self) -> "Section":
        return Section(tuple(line for line in self.lines if not line.startswith("a=candidate:")))

    def without_ice(self) -> "Section":
        return Section(tuple(line for line in self.lines if not line.startswith(_ICE)))

    def with_formats(self, other: "Section") -> "Section":
        """The same with the formats of another section."""
        formats = [line for line in other.lines if line.startswith(("a=rtpmap:", "a=fmtp:"))]
        head = [*self.lines[0].split(" ")[:3], *other.lines[0].split(" ")[3:]]
        return Section((" ".join(head), *self.lines[1:], *formats))

    def refused(self) -> "Section":
        """The same with port 0 (RFC 3264 §6). Its ICE credentials go too, because nobody uses them."""
        media, _, *rest = self.lines[0].split(" ")
        kept = (line for line in self.without_ice().lines[1:] if line != _BUNDLE_ONLY)
        return Section((" ".join((media, "0", *rest)), *kept))

    def values(self, name: str) -> list[str]:
        prefix = f"a={name}:"
        return [line.removeprefix(prefix) for line in self.lines if line.startswith(prefix)]

    def _direction(self, meaning: dict[str, bool]) -> bool:
        return next((meaning[line] for line in self.lines if line in meaning), True)


class Description(msgspec.Struct, frozen=True):
    """The lines of an SDP text, cut into sections."""

    session: tuple[str, ...]
    sections: tuple[Section, ...]

    @classmethod
    def parse(cls, text: str) -> "Description":
        """Raises BadDescription."""
        lines = text.splitlines()
        if not lines or not lines[0].startswith("v="):
            raise BadDescription("the text is not a session description")
        starts = [place for place, line in enumerate(lines) if line.startswith("m=")]
        if not starts:
            raise BadDescription("the session description has no media section")
        sections = [
            Section(tuple(lines[start:end])) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
        ]
        return cls(tuple(lines[: starts[0]]), tuple(sections))

    def text(self) -> str:
        lines = [*self.session, *(line for section in self.sections for line in section.lines)]
        return "".join(f"{line}\r\n" for line in lines if line)

    def with_track_ids(self) -> "Description":
        """Every section that sends has an `a=msid`: by it the engine tells tracks apart. Some clients leave it out."""
        return Description(
            self.session,
            tuple(
                Section((*section.lines, f"a=msid:- {place}"))
                if section.sends and section.track_id is None
                else section
                for place, section in enumerate(self.sections)
            ),
        )

    def refusing(self, kind: TrackKind) -> "Description":
        """The same without media of one kind: such sections are refused in the answer (RFC 8829 §5.3.1)."""
        refused = {mid for section in self.sections if section.kind is kind for mid in section.values("mid")}
        return Description(
            tuple(_unbundled(line, refused) for line in self.session),
            tuple(section.refused() if section.kind is kind else section for section in self.sections),
        )

    def refusing_by_name(self, offer: "Description") -> "Description":
        """This answer, in which refused sections have the formats of the offer, and others the candidates.

        Any formats would do (RFC 3264 §6), but some clients look for some that they know, and for ICE credentials.
        """
        candidates = [line for section in self.sections for line in section.lines if line.startswith("a=candidate:")]
        sections: list[Section] = []
        for mine, theirs in zip(self.sections, offer.sections, strict=True):
            if mine.is_refused:
                sections.append(mine.without_candidates().with_formats(theirs))
            else:
                sections.append(Section((*mine.without_candidates().lines, *candidates)))
                candidates = []
        return Description(self.session, tuple(sections))

    def with_ice(self, ufrag: str, password: str, candidates: Iterable[str]) -> "Description":
        """The same with other ICE credentials: what an offer to restart ICE would have been (RFC 8839 §4.4.1)."""
        fresh = [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}"]
        session = tuple(line for line in self.session if not line.startswith(_ICE))
        sections: list[Section] = []
        for place, section in enumerate(self.sections):
            kept = [line for line in section.lines if not line.startswith(_ICE)]
            added = [f"a={candidate}" for candidate in candidates] if place == 0 else []
            sections.append(Section((*kept, *fresh, *added)))
        return Description(session, tuple(sections))

    def value(self, name: str) -> str:
        """The first attribute of that name, in the first section that has it or for the whole session; else empty."""
        prefix = f"a={name}:"
        lines = (*(line for section in self.sections for line in section.lines), *self.session)
        return next((line.removeprefix(prefix) for line in lines if line.startswith(prefix)), "")


def _unbundled(line: str, mids: set[str]) -> str:
    if not line.startswith("a=group:BUNDLE"):
        return line
    return " ".join(word for word in line.split(" ") if word not in mids)


def without_streams(answer: str) -> str:
    """An answer that announces no SSRCs: a section may carry one track after another, told apart by mid (RFC 9143)."""
    kept = [line for line in answer.splitlines() if not line.startswith(("a=ssrc:", "a=ssrc-group:"))]
    return "".join(f"{line}\r\n" for line in kept)
