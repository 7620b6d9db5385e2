"""`pps` of one room, encoded once per change. specs/room-signals.md §5."""

import msgspec

from roomful.protocols.room_signals.entries import Entry, SignalRole

_encoder = msgspec.json.Encoder()
EMPTY = msgspec.Raw(b"[]")


class ParticipantList:
    """Publishers in the order in which they got their right, then viewers if they are listed at all."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[Entry, bytes]] = {}
        """By participant sid."""
        self.own: dict[str, bytes] = {}
        """Entries as their own sessions are told, where others are told otherwise; by participant sid."""
        self._since: dict[str, int] = {}
        """Participant sid → when it got its place, as a number that grows."""
        self._next = 0
        self._encoded: msgspec.Raw | None = EMPTY

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, sid: str) -> bool:
        return sid in self._entries

    def put(self, sid: str, entry: Entry | None, own: Entry | None = None) -> None:
        """Replace the entry of a participant; None takes it out. `own` is what it is told itself, if not the same."""
        if own is None:
            self.own.pop(sid, None)
        else:
            self.own[sid] = _encoder.encode(own)
        before = self._entries.get(sid)
        if (None if before is None else before[0]) == entry:
            return
        self._encoded = None
        if entry is None:
            del self._entries[sid], self._since[sid]
            return
        if before is None or (before[0].role is SignalRole.VIEWER) != (entry.role is SignalRole.VIEWER):
            self._since[sid] = self._next
            self._next += 1
        self._entries[sid] = (entry, _encoder.encode(entry))

    def replace(self, sid: str, new_sid: str) -> None:
        """The same one is another participant now."""
        if sid in self._entries:
            self._entries[new_sid] = self._entries.pop(sid)
            self._since[new_sid] = self._since.pop(sid)
        if sid in self.own:
            self.own[new_sid] = self.own.pop(sid)

    def entry(self, sid: str) -> Entry | None:
        found = self._entries.get(sid)
        return None if found is None else found[0]

    def publishers(self) -> list[tuple[str, Entry]]:
        """Sids and entries of those who may publish, oldest first."""
        listed = [(sid, entry) for sid, (entry, _) in self._entries.items() if entry.role is not SignalRole.VIEWER]
        return sorted(listed, key=lambda one: self._since[one[0]])

    @property
    def encoded(self) -> msgspec.Raw:
        """The JSON array."""
        if self._encoded is None:
            self._encoded = self._joined({})
        return self._encoded

    def encoded_for(self, sid: str, *, silent: str = "") -> msgspec.Raw:
        """The same as one participant is told it; with `silent`, as if nothing were sent by the one of this sid."""
        if not self.own and not silent:  # as in every room that is not mixed
            return self.encoded
        other = {sid: self.own[sid]} if sid in self.own else {}
        if silent in self._entries:
            other[silent] = _encoder.encode(msgspec.structs.replace(self._entries[silent][0], publish=False))
        return self._joined(other) if other else self.encoded

    def _joined(self, other: dict[str, bytes]) -> msgspec.Raw:
        entries = (other.get(sid) or self._entries[sid][1] for sid in sorted(self._entries, key=self._place))
        return msgspec.Raw(b"[" + b",".join(entries) + b"]")

    def _place(self, sid: str) -> tuple[bool, int]:
        return self._entries[sid][0].role is SignalRole.VIEWER, self._since[sid]
